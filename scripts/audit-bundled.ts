import { spawnSync } from 'node:child_process';
import { ensureBuilt } from './build/build-package';
import { bundledPackages } from './build/bundled-packages';
import { findingsIn } from './release/audit-findings';
import { ROOT } from './paths';

/**
 * Asks npm for known weaknesses of what is inside the package. The libraries are bundled, so they are
 * `devDependencies`, which an audit of what users install leaves out.
 */
async function audit(): Promise<void> {
	const { metafile } = await ensureBuilt();
	const bundled = bundledPackages(ROOT, metafile);
	// npm answers with a status of its own where it has found anything.
	const { stdout } = spawnSync('npm', ['audit', '--json'], {
		cwd: ROOT,
		encoding: 'utf8',
		maxBuffer: 64 * 1024 * 1024,
		shell: process.platform === 'win32',
	});
	const { grave, others } = findingsIn(stdout, bundled);
	for (const line of [...grave, ...others]) console.log(line);
	if (grave.length > 0) {
		console.error('Update what is named above: it is inside the package.');
		process.exitCode = 1;
	} else {
		console.log(`${bundled.length} bundled packages: nothing of high severity is known.`);
	}
}

void audit();
