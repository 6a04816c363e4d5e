import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Metafile } from 'esbuild';
import { DIST, ROOT } from '../paths';
import manifest from '../../package.json';
import { bundle } from './bundle';
import { bundledPackages } from './bundled-packages';
import { assertWithinBudget, kilobytes, packPackage } from './package-budget';
import { writePages } from './pages';
import { sbomOf, type LockFile } from './sbom';
import { filesUnder, hashOfSources } from './source-hash';
import { thirdPartyNotices } from './third-party-notices';

const RECORD = join(ROOT, 'node_modules/.cache/n8n-nodes-sms-agent/build.json');

/** In `dist`: the list of what is inside, for tools. */
export const SBOM = 'sbom.cdx.json';

export interface BuildRecord {
	/** Of the sources that `dist` was built from. */
	sourceHash: string;
	metafile: Metafile;
}

/** Builds `dist` and fails when the packed package outgrows its budget. */
export async function buildPackage(): Promise<BuildRecord> {
	const sourceHash = hashOfSources(ROOT);
	await rm(RECORD, { force: true });
	const { metafile, legalComments } = await bundle({
		root: ROOT,
		entries: entryPoints(),
		outdir: DIST,
		external: ['n8n-workflow'],
	});
	await mkdir(DIST, { recursive: true });
	await copyAssets();
	await writePages();
	const packages = bundledPackages(ROOT, metafile);
	const notices = thirdPartyNotices(ROOT, packages, legalComments);
	await writeFile(join(DIST, 'THIRD_PARTY_NOTICES.txt'), notices);
	const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as LockFile;
	await writeFile(join(DIST, SBOM), `${JSON.stringify(sbomOf(manifest, packages, lock))}\n`);

	const packed = await packPackage(ROOT);
	assertWithinBudget(packed);
	console.log(
		`Built ${packed.files.length} files: ${kilobytes(packed.size)} packed, ` +
			`${kilobytes(packed.unpackedSize)} unpacked.`,
	);

	const record = { sourceHash, metafile };
	mkdirSync(dirname(RECORD), { recursive: true });
	writeFileSync(RECORD, JSON.stringify(record));
	return record;
}

/** Builds only where the sources have changed since the last build. */
export async function ensureBuilt(): Promise<BuildRecord> {
	if (existsSync(RECORD) && existsSync(DIST)) {
		const record = JSON.parse(readFileSync(RECORD, 'utf8')) as BuildRecord;
		if (record.sourceHash === hashOfSources(ROOT)) return record;
	}
	return await buildPackage();
}

export async function cleanPackage(): Promise<void> {
	await rm(DIST, { recursive: true, force: true });
	await rm(RECORD, { force: true });
}

/** What n8n loads by path: every node and every credential. */
export function entryPoints(): string[] {
	return [
		...filesUnder(ROOT, 'nodes').filter((path) => path.endsWith('.node.ts')),
		...filesUnder(ROOT, 'credentials').filter((path) => path.endsWith('.credentials.ts')),
	];
}

/** Icons and codex files, which n8n reads beside the code. */
async function copyAssets(): Promise<void> {
	const assets = ['nodes', 'credentials']
		.flatMap((folder) => filesUnder(ROOT, folder))
		.filter((path) => /\.(svg|png|node\.json)$/.test(path));
	for (const asset of assets) {
		await mkdir(dirname(join(DIST, asset)), { recursive: true });
		await copyFile(join(ROOT, asset), join(DIST, asset));
	}
}
