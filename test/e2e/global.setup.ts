import { packedTarball } from '../../harness/install-package';
import { clearDeadRuns, endThisRunOnSignals } from '../../harness/leftovers';
import { startN8n, type N8nHost } from '../../harness/n8n-host';
import { shareThisRun } from '../../harness/run';
import { templateFolder } from '../../harness/template-folder';
import { timed } from '../../harness/timed';
import { announceSharedN8n } from './support/shared-n8n';

/** For the teardown, which runs in the same process. */
export const shared = globalThis as { smsAgentN8n?: N8nHost };

export default async function globalSetup(): Promise<void> {
	shareThisRun();
	clearDeadRuns();
	endThisRunOnSignals();
	await timed('Building and packing the package', packedTarball);
	await timed('Preparing a database for n8n (once per version of n8n)', templateFolder);
	const n8n = await timed('Starting n8n', () => startN8n());
	shared.smsAgentN8n = n8n;
	await announceSharedN8n(n8n);
}
