// Makes a fresh clone ready and runs one command in it: `node scripts/bootstrap.mjs <command> [args]`.
// Plain JavaScript without dependencies, for Node 18 and later: it runs before anything is installed.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
	existsSync,
	mkdirSync,
	readFileSync,
	rmSync,
	statSync,
	utimesSync,
	writeFileSync,
} from 'node:fs';
import { dirname, delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const TOOLCHAIN = join(ROOT, 'toolchain');
const HOST = join(ROOT, 'host');
const NODE_MAJOR = 24;
const WINDOWS = process.platform === 'win32';
const DEBIAN_CHROMIUM = '/usr/bin/chromium';

/** Lets Node run TypeScript. */
const TYPESCRIPT = pathToFileURL(join(ROOT, 'scripts/typescript.mjs')).href;
const JEST = 'node_modules/jest/bin/jest.js';

/**
 * What a command runs, and what it needs beside Node and the packages of the clone. Its own arguments
 * come last: Jest takes every word after `--selectProjects` for the name of a project.
 */
const COMMANDS = {
	start: { script: 'scripts/start.ts', n8n: true },
	test: { script: 'scripts/run-tests.ts', n8n: true, chromium: true, servers: true },
	e2e: {
		script: 'scripts/run-tests.ts',
		args: ['--selectProjects', 'e2e'],
		n8n: true,
		chromium: true,
		servers: true,
	},
	soak: {
		script: 'scripts/run-tests.ts',
		args: ['--selectProjects', 'faults'],
		env: { SOAK: '1' },
		n8n: true,
		servers: true,
	},
	check: {
		script: 'scripts/run-tests.ts',
		args: ['--selectProjects', 'lint', 'types', 'unit', 'contract', 'build'],
		servers: true,
	},
	bench: { script: 'bench/main.ts', n8n: true, servers: true },
	'lint-cloud': { script: 'scripts/lint-cloud.ts' },
	'docs-screenshots': { script: 'scripts/docs-screenshots.ts', n8n: true, chromium: true },
	unit: { bin: JEST, args: ['--selectProjects', 'unit'] },
	jest: { bin: JEST },
	gulp: { bin: 'node_modules/gulp/bin/gulp.js' },
	tsc: { bin: 'node_modules/typescript/bin/tsc' },
	eslint: { bin: 'node_modules/eslint/bin/eslint.js' },
	prettier: { bin: 'node_modules/prettier/bin/prettier.cjs' },
};

/** Said to the person who ran the command: what failed and what to do about it. */
class BootstrapError extends Error {}

async function main([name = '', ...args]) {
	const command = COMMANDS[name];
	if (!command) {
		throw new BootstrapError(
			`There is no command "${name}". There are: ${Object.keys(COMMANDS).join(', ')}.`,
		);
	}
	const node = await findOrInstallNode();
	const env = { ...environmentOf(node), ...command.env };
	await installPackages('the packages of this clone', ROOT, env);
	if (command.n8n) {
		await installPackages('n8n (about 5 minutes, once)', HOST, env);
		await buildSqlite(node, env);
	}
	if (command.chromium) env.CHROMIUM_PATH = await findOrInstallChromium(env);
	if (command.servers) await findOrInstallServers(env);

	const program = command.bin ? [command.bin] : ['--import', TYPESCRIPT, command.script];
	return await runToTheEnd(node, [...program, ...args, ...(command.args ?? [])], env);
}

// ---------------------------------------------------------------------------------------- Node 24

async function findOrInstallNode() {
	if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) return process.execPath;
	const installed = toolchainNode();
	if (installed && isInstalled(TOOLCHAIN)) return installed;
	await installPackages(`Node ${NODE_MAJOR} (this is ${process.version})`, TOOLCHAIN, {
		...process.env,
	});
	const node = toolchainNode();
	if (node) return node;
	// The packages are optional, one per platform, so npm passes over one that it cannot fetch.
	rmSync(join(TOOLCHAIN, 'node_modules'), { recursive: true, force: true });
	const locked = Object.keys(packagesIn(join(TOOLCHAIN, 'package-lock.json')));
	const exists = toolchainPackages().some((name) => locked.includes(`node_modules/${name}`));
	const cause = exists
		? `npm could not fetch Node ${NODE_MAJOR}. Check that its registry can be reached, and run the command again.`
		: `There is no Node ${NODE_MAJOR} for ${process.platform}-${process.arch} on npm.`;
	throw new BootstrapError(
		`${cause} Or install Node ${NODE_MAJOR} or later yourself, and run the command with it.`,
	);
}

/** What the packages that hold Node's program may be called here. */
function toolchainPackages() {
	const target = `${WINDOWS ? 'win' : process.platform}-${process.arch}`;
	return [`node-${target}`, `node-bin-${target}`];
}

function toolchainNode() {
	const binary = WINDOWS ? 'node.exe' : 'node';
	return toolchainPackages()
		.map((name) => join(TOOLCHAIN, 'node_modules', name, 'bin', binary))
		.find(existsSync);
}

/** The environment for everything that is started from here: Node 24 comes first on the PATH. */
function environmentOf(node) {
	const env = { ...process.env };
	const pathName = Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
	env[pathName] = [dirname(node), env[pathName]].join(delimiter);
	return env;
}

// --------------------------------------------------------------------------------------- packages

async function installPackages(what, folder, env) {
	if (isInstalled(folder)) return;
	await underLock(async () => {
		if (isInstalled(folder)) return;
		await step(`Installing ${what}`, env, {
			npm: ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'],
			cwd: folder,
			fix: 'Check that the npm registry can be reached and that there is room on the disk, then run the command again.',
		});
		writeFileSync(stampOf(folder), lockHash(folder));
	});
}

/** True when node_modules is what package-lock.json says, whoever installed it. */
function isInstalled(folder) {
	try {
		if (readFileSync(stampOf(folder), 'utf8') === lockHash(folder)) return true;
	} catch {
		// No stamp: somebody else may have installed it all the same.
	}
	return installedAsLocked(folder);
}

const stampOf = (folder) => join(folder, 'node_modules', '.installed-from');

const lockHash = (folder) =>
	createHash('sha256')
		.update(readFileSync(join(folder, 'package-lock.json')))
		.digest('hex');

/** Compares with the list that npm leaves in node_modules when an install is complete. */
function installedAsLocked(folder) {
	let installed;
	try {
		installed = packagesIn(join(folder, 'node_modules', '.package-lock.json'));
	} catch {
		return false;
	}
	return Object.entries(packagesIn(join(folder, 'package-lock.json'))).every(([path, wanted]) => {
		if (path === '') return true;
		const found = installed[path];
		return found ? found.version === wanted.version : wanted.optional || wanted.devOptional;
	});
}

const packagesIn = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;

// ----------------------------------------------------------------------------------------- sqlite

/** n8n keeps its data in SQLite through a native module, which --ignore-scripts has left unbuilt. */
async function buildSqlite(node, env) {
	const stamp = join(HOST, 'node_modules', '.sqlite3-built-for');
	const target = `${process.platform}-${process.arch}`;
	if (existsSync(stamp) && readFileSync(stamp, 'utf8') === target) return;
	await underLock(async () => {
		if (!(await sqliteLoads(node, env))) {
			const headers = join(dirname(node), '..');
			const buildEnv = { ...env };
			if (existsSync(join(headers, 'include', 'node'))) buildEnv.npm_config_nodedir = headers;
			await step('Building the SQLite module of n8n (about 2 minutes, once)', buildEnv, {
				npm: ['rebuild', 'sqlite3'],
				cwd: HOST,
				fix: await compilerAdvice(env),
			});
			if (!(await sqliteLoads(node, env))) {
				throw new BootstrapError('The SQLite module was built, but Node cannot load it.');
			}
		}
		writeFileSync(stamp, target);
	});
}

const sqliteLoads = (node, env) => succeeds(node, ['-e', 'require("sqlite3")'], { cwd: HOST, env });

async function compilerAdvice(env) {
	const missing = [];
	for (const tool of ['python3', 'make', 'g++']) {
		if (!(await succeeds(tool, ['--version'], { env }))) missing.push(tool);
	}
	if (missing.length === 0)
		return 'The output above says why; python3, make and g++ are all there.';
	return (
		`It needs a compiler, and this machine has no ${missing.join(', ')}. ` +
		'On Debian or Ubuntu: apt-get install python3 make g++. On macOS: xcode-select --install.'
	);
}

// --------------------------------------------------------------------------------------- Chromium

async function findOrInstallChromium(env) {
	const found = await findChromium(env);
	if (found) return found;
	await installOnDebian('Chromium', 'chromium', env, {
		present: async () => Boolean(await findChromium(env)),
		advice:
			'Install Chromium or Chrome, or set CHROMIUM_PATH to its program. ' +
			'On Debian or Ubuntu: sudo apt-get install chromium. On macOS: brew install --cask chromium.',
	});
	return (await findChromium(env)) ?? DEBIAN_CHROMIUM;
}

/** The programs that the stores' tests start servers of their own with. */
async function findOrInstallServers(env) {
	const servers = [
		['Redis', 'redis-server', () => onPath('redis-server', env)],
		['PgBouncer', 'pgbouncer', () => onPath('pgbouncer', env)],
		[
			'Postgres',
			'postgresql',
			() => onPath('pg_ctl', env) || existsSync('/usr/lib/postgresql'),
		],
	];
	for (const [what, name, present] of servers) {
		if (present()) continue;
		const advice = `Install ${what}. On Debian or Ubuntu: sudo apt-get install ${name}. On macOS: brew install ${name}.`;
		await installOnDebian(what, name, env, { present, advice });
	}
}

/** Debian keeps servers outside the PATH of ordinary users. */
function onPath(program, env) {
	const folders = (env.PATH ?? env.Path ?? '').split(delimiter);
	return [...folders, '/usr/sbin', '/usr/local/sbin'].some((folder) =>
		existsSync(join(folder, WINDOWS ? `${program}.exe` : program)),
	);
}

async function installOnDebian(what, name, env, { present, advice }) {
	if (!existsSync('/etc/debian_version') || process.getuid?.() !== 0) {
		throw new BootstrapError(`The tests need ${what}, and it was not found. ${advice}`);
	}
	await underLock(async () => {
		if (await present()) return;
		const apt = { ...env, DEBIAN_FRONTEND: 'noninteractive' };
		await step('Reading the package lists', apt, {
			command: 'apt-get',
			args: ['update', '-q'],
			fix: advice,
		});
		await step(`Installing ${what}`, apt, {
			command: 'apt-get',
			args: ['install', '-y', '-q', '--no-install-recommends', name],
			fix: advice,
		});
	});
}

async function findChromium(env) {
	const { CHROMIUM_PATH: given } = process.env;
	if (given && !existsSync(given)) {
		throw new BootstrapError(`CHROMIUM_PATH is set to ${given}, but there is no such file.`);
	}
	if (given) return given;
	for (const name of ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']) {
		const path = (env.PATH ?? '')
			.split(delimiter)
			.map((folder) => join(folder, name))
			.find(existsSync);
		if (path) return path;
	}
	const { LOCALAPPDATA = '', PROGRAMFILES = '' } = process.env;
	return [
		'/Applications/Chromium.app/Contents/MacOS/Chromium',
		'/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
		...[PROGRAMFILES, LOCALAPPDATA].map((folder) =>
			join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe'),
		),
	].find(existsSync);
}

// -------------------------------------------------------------------------------------- processes

/** Runs one step, shows that it is alive, and keeps its output for the case that it fails. */
async function step(what, env, { npm, command, args, cwd = ROOT, fix }) {
	const [program, allArgs, shell] = npm ? npmCommand(npm) : [command, args, false];
	const started = Date.now();
	const progress = showProgress(what, started);
	const output = [];
	const code = await new Promise((resolve) => {
		const child = spawn(program, allArgs, {
			cwd,
			env,
			shell,
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		child.stdout.on('data', (chunk) => output.push(chunk));
		child.stderr.on('data', (chunk) => output.push(chunk));
		child.on('error', (error) => {
			output.push(Buffer.from(`${error.message}\n`));
			resolve(1);
		});
		child.on('close', resolve);
		endWithUs(child);
	});
	progress.end(code === 0 ? 'done' : 'failed');
	if (code === 0) return;
	const tail = Buffer.concat(output).toString('utf8').trim().split('\n').slice(-40).join('\n');
	throw new BootstrapError(`${tail}\n\n${what} failed. ${fix}`);
}

/** The npm that started us, run by the Node that is first on the PATH; else the npm on the PATH. */
function npmCommand(args) {
	const script = process.env.npm_execpath;
	if (script?.endsWith('npm-cli.js')) return ['node', [script, ...args], false];
	return ['npm', args, WINDOWS];
}

function showProgress(what, started) {
	const elapsed = () => duration(Date.now() - started);
	const live = process.stdout.isTTY === true;
	const write = (text) => process.stdout.write(live ? `\r\x1b[K${text}` : `${text}\n`);
	write(`${what} ...`);
	const timer = setInterval(() => write(`${what} ... ${elapsed()}`), live ? 1_000 : 15_000);
	return {
		end(result) {
			clearInterval(timer);
			write(`${what}: ${result} after ${elapsed()}`);
			if (live) process.stdout.write('\n');
		},
	};
}

function duration(milliseconds) {
	const seconds = Math.round(milliseconds / 1000);
	return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function succeeds(program, args, options) {
	return new Promise((resolve) => {
		const child = spawn(program, args, { ...options, stdio: 'ignore' });
		child.on('error', () => resolve(false));
		child.on('close', (code) => resolve(code === 0));
	});
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Hands the terminal over: the command's output, its signals and its exit code. */
async function runToTheEnd(node, args, env) {
	const child = spawn(node, args, { cwd: ROOT, env, stdio: 'inherit' });
	for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
	return await new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (code, signal) => resolve(code ?? 128 + (signal === 'SIGINT' ? 2 : 15)));
	});
}

/** An install that outlives us would go on writing into a folder that the next start empties. */
function endWithUs(child) {
	const stop = () => {
		child.kill('SIGTERM');
		process.exit(130);
	};
	for (const signal of SIGNALS) process.on(signal, stop);
	child.on('close', () => SIGNALS.forEach((signal) => process.off(signal, stop)));
}

// ------------------------------------------------------------------------------------------- lock

const LOCK = join(ROOT, '.e2e', 'bootstrap.lock');
const LOCK_BEAT_MS = 5_000;
const LOCK_STALE_MS = 30_000;

/** One bootstrap at a time changes a clone. A lock whose owner has stopped touching it is void. */
async function underLock(work) {
	mkdirSync(dirname(LOCK), { recursive: true });
	let said = false;
	while (!takeLock()) {
		if (!said) console.log('Another command is installing in this clone; waiting for it ...');
		said = true;
		await new Promise((resolve) => setTimeout(resolve, 500));
	}
	const beat = setInterval(() => touch(LOCK), LOCK_BEAT_MS);
	const release = () => rmSync(LOCK, { force: true });
	process.on('exit', release);
	try {
		return await work();
	} finally {
		clearInterval(beat);
		process.off('exit', release);
		release();
	}
}

function takeLock() {
	try {
		writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
		return true;
	} catch (error) {
		if (error.code !== 'EEXIST') throw error;
	}
	if (lockIsStale()) rmSync(LOCK, { force: true });
	return false;
}

function lockIsStale() {
	try {
		return Date.now() - statSync(LOCK).mtimeMs > LOCK_STALE_MS;
	} catch {
		return false; // released meanwhile
	}
}

function touch(path) {
	try {
		utimesSync(path, new Date(), new Date());
	} catch {
		// Removed under us: the next one to look takes it.
	}
}

// ------------------------------------------------------------------------------------------------

try {
	process.exitCode = await main(process.argv.slice(2));
} catch (error) {
	console.error(error instanceof BootstrapError ? `\n${error.message}` : error);
	// Whoever reads the totals of a test run must not mistake a run that never began for a pass.
	if (['test', 'e2e', 'check'].includes(process.argv[2])) console.log('0 passed, 1 failed');
	process.exitCode = 1;
}
