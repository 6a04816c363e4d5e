import {
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from '../scripts/build/build-package';
import { packPackage } from '../scripts/build/package-budget';
import { npm } from '../scripts/npm';
import { E2E_FOLDER, ROOT } from '../scripts/paths';
import { inTurn } from './in-turn';

const TARBALLS = join(E2E_FOLDER, 'tarballs');
/** Another run may be about to install an earlier one. */
const TARBALLS_KEPT = 3;

/** The tarball of the current sources; built and packed only when they have changed. */
export async function packedTarball(): Promise<string> {
	return await inTurn('package', async () => {
		const { sourceHash } = await ensureBuilt();
		const folder = join(TARBALLS, sourceHash.slice(0, 16));
		const record = join(folder, 'packed.json');
		if (!existsSync(record)) {
			mkdirSync(folder, { recursive: true });
			const { filename } = await packPackage(ROOT, folder);
			writeFileSync(record, JSON.stringify({ filename }));
			removeOldTarballs();
		}
		const { filename } = JSON.parse(readFileSync(record, 'utf8')) as { filename: string };
		return join(folder, filename);
	});
}

function removeOldTarballs(): void {
	const newestFirst = readdirSync(TARBALLS)
		.map((name) => join(TARBALLS, name))
		.sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs);
	for (const folder of newestFirst.slice(TARBALLS_KEPT)) {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Installs the tarball where n8n looks for community packages. Nothing is fetched: it has no dependencies. */
export async function installPackage(userFolder: string, tarball: string): Promise<void> {
	const folder = join(userFolder, '.n8n', 'nodes');
	const record = join(folder, '.installed-from');
	if (existsSync(record) && readFileSync(record, 'utf8') === tarball) return;
	mkdirSync(folder, { recursive: true });
	writeFileSync(
		join(folder, 'package.json'),
		JSON.stringify({ name: 'installed-nodes', private: true, dependencies: {} }),
	);
	const args = ['install', tarball, '--ignore-scripts', '--legacy-peer-deps', '--offline'];
	await npm([...args, '--no-audit', '--no-fund', '--no-package-lock'], { cwd: folder });
	writeFileSync(record, tarball);
}
