import { jest } from '@jest/globals';

// A busy machine loses a click now and then, and the editor is not ours. A file that shows what is
// sent opens no editor: there, a first failure counts.
jest.retryTimes(1, { logErrorsBeforeRetry: true });

export { openEditor, openNode, untilSeen, type Editor } from '../../../harness/editor';
