import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inTurn } from '../harness/in-turn';
import { timed } from '../harness/timed';
import { npm } from './npm';
import { E2E_FOLDER, ROOT, TYPESCRIPT } from './paths';

/** Where the n8n that all other tests use is installed, and which it is. */
const HOST = join(ROOT, 'host');
const PINNED = dependenciesIn(HOST)['n8n'] ?? '';

/** The last 1.x, the first 2.x that can still be installed, and the pinned one. */
const VERSIONS = ['1.123.81', '2.0.3', PINNED];

/**
 * For the older ones. xlsx: their own is no package of a registry. langgraph-checkpoint: they take
 * the newest, which wants a newer neighbour than theirs.
 */
const OVERRIDES = { xlsx: '0.18.5', '@langchain/langgraph-checkpoint': '1.0.0' };

/**
 * Runs the tests of `test/versions` on one n8n after another; `npm run test:versions -- 2.0.3` on
 * that one only. Installs each that is missing, which takes some minutes and 1.5 GB of disk, and
 * keeps it in `.e2e/versions` for the next time.
 */
async function main(): Promise<void> {
	const { positionals } = parseArgs({ allowPositionals: true });
	const versions = positionals.length > 0 ? positionals : VERSIONS;
	const failed: string[] = [];
	for (const version of versions) {
		console.log(`\nn8n ${version}`);
		const folder = version === PINNED ? HOST : await installed(version);
		if ((await runTests(folder)) !== 0) failed.push(version);
	}
	console.log('');
	for (const version of versions) {
		console.log(`n8n ${version}: ${failed.includes(version) ? 'failed' : 'passed'}`);
	}
	if (failed.length > 0) process.exitCode = 1;
}

/** The folder that has this n8n. */
async function installed(version: string): Promise<string> {
	const folder = join(E2E_FOLDER, 'versions', version);
	await inTurn(`n8n-${version}`, async () => {
		if (!isInstalled(folder)) await install(version, folder);
	});
	return folder;
}

/** npm writes its list last, and we the SQLite module after it. */
function isInstalled(folder: string): boolean {
	return ['.package-lock.json', 'sqlite3/build/Release/node_sqlite3.node'].every((file) =>
		existsSync(join(folder, 'node_modules', file)),
	);
}

async function install(version: string, folder: string): Promise<void> {
	mkdirSync(folder, { recursive: true });
	const manifest = { private: true, dependencies: { n8n: version }, overrides: OVERRIDES };
	writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
	const args = ['install', '--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund'];
	await timed(`Installing n8n ${version} (some minutes, once)`, () =>
		npm([...args, '--prefer-offline'], { cwd: folder }),
	);
	await giveSqlite(folder);
}

/** The built module of the pinned n8n, where it is the same version; it suits every Node. */
async function giveSqlite(folder: string): Promise<void> {
	const [from, to] = [HOST, folder].map((each) => join(each, 'node_modules/sqlite3'));
	if (from && to && versionIn(from) === versionIn(to)) {
		cpSync(join(from, 'build'), join(to, 'build'), { recursive: true });
		return;
	}
	await timed('Building its SQLite module (about 2 minutes, once)', () =>
		npm(['rebuild', 'sqlite3', '--ignore-scripts=false'], { cwd: folder }),
	);
}

/** Resolves with the exit code. */
async function runTests(folder: string): Promise<number> {
	const script = join(ROOT, 'scripts/run-tests.ts');
	const child = spawn(
		process.execPath,
		['--import', TYPESCRIPT, script, '--only=versions', '--verbose'],
		{ cwd: ROOT, env: { ...process.env, TEST_N8N_FOLDER: folder }, stdio: 'inherit' },
	);
	return await new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (code) => resolve(code ?? 1));
	});
}

function versionIn(folder: string): string {
	return (manifestIn(folder) as { version: string }).version;
}

function dependenciesIn(folder: string): Record<string, string> {
	return (manifestIn(folder) as { dependencies: Record<string, string> }).dependencies;
}

function manifestIn(folder: string): unknown {
	return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

main().catch((error: unknown) => {
	console.error(error);
	process.exitCode = 1;
});
