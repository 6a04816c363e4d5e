import { readingScript } from '../redis-script';
import { THREAD_VIEW } from './thread-view';

/** KEYS: messages, seen, state. ARGV: limit. */
export const READ_THREAD = readingScript(`
${THREAD_VIEW}
return view(tonumber(ARGV[1]))
`);
