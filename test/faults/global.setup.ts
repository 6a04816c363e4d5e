import { packedTarball } from '../../harness/install-package';
import { clearDeadRuns, endThisRunOnSignals } from '../../harness/leftovers';
import { shareThisRun } from '../../harness/run';
import { templateFolder } from '../../harness/template-folder';
import { timed } from '../../harness/timed';

export default async function globalSetup(): Promise<void> {
	shareThisRun();
	clearDeadRuns();
	endThisRunOnSignals();
	await timed('Building and packing the package', packedTarball);
	await timed('Preparing a database for n8n (once per version of n8n)', templateFolder);
}
