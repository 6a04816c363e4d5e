import { endThisRun } from '../../harness/leftovers';
import { shared } from './global.setup';
import { withdrawSharedN8n } from './support/shared-n8n';

export default async function globalTeardown(): Promise<void> {
	withdrawSharedN8n();
	await shared.smsAgentN8n?.stop();
	endThisRun();
}
