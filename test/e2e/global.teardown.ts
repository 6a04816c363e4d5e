import { shared } from './global.setup';
import { endLeftoverProcesses } from './support/n8n-process';
import { withdrawSharedN8n } from './support/shared-n8n';

export default async function globalTeardown(): Promise<void> {
	withdrawSharedN8n();
	await shared.smsAgentN8n?.stop();
	endLeftoverProcesses();
}
