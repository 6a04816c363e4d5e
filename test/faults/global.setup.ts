import { packedTarball } from '../e2e/support/install-package';
import { endProcessesWithTheRun } from '../e2e/support/end-with-the-run';
import { templateFolder } from '../e2e/support/template-folder';
import { timed } from '../e2e/support/timed';

export default async function globalSetup(): Promise<void> {
	endProcessesWithTheRun();
	await timed('Building and packing the package', packedTarball);
	await timed('Preparing a database for n8n (once per version of n8n)', templateFolder);
}
