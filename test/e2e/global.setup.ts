import { constants } from 'node:os';
import { packedTarball } from './support/install-package';
import { startN8n, type N8nHost } from './support/n8n-host';
import { endLeftoverProcesses } from './support/n8n-process';
import { announceSharedN8n } from './support/shared-n8n';
import { templateFolder } from './support/template-folder';
import { timed } from './support/timed';

/** For the teardown, which runs in the same process. */
export const shared = globalThis as { smsAgentN8n?: N8nHost };

export default async function globalSetup(): Promise<void> {
	endLeftoverProcesses();
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
		process.once(signal, () => {
			endLeftoverProcesses(); // those of this run included: nobody else would
			process.exit(128 + constants.signals[signal]);
		});
	}
	await timed('Building and packing the package', packedTarball);
	await timed('Preparing a database for n8n (once per version of n8n)', templateFolder);
	const n8n = await timed('Starting n8n', () => startN8n());
	shared.smsAgentN8n = n8n;
	await announceSharedN8n(n8n);
}
