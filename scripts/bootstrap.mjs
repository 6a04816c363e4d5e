// Makes a fresh clone ready, then runs a command in it with Node 24 and the packages' programs on the PATH:
// `node scripts/bootstrap.mjs [--n8n] [--chromium] [--servers] <program> [args]`.
// Plain JavaScript without dependencies, for Node 18 and later: it runs before anything is installed.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { underLock } from './setup/lock.js';
import { SetupError, SIGNALS, step } from './setup/step.js';
import { findProgram, FORBID, planFor } from './setup/system-packages.js';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const TOOLCHAIN = join(ROOT, 'toolchain');
const HOST = join(ROOT, 'host');
const WINDOWS = process.platform === 'win32';
const NODE_MAJOR = Number.parseInt(readFileSync(join(ROOT, '.node-version'), 'utf8'), 10);

async function main(args) {
	const { n8n, chromium, servers, command } = parse(args);
	const node = await findOrInstallNode();
	const env = environmentOf(node);
	await installPackages('the packages of this clone', ROOT, env);
	if (n8n) {
		await installPackages('n8n (about 5 minutes, once)', HOST, env);
		await buildSqlite(node, env);
	}
	const needs = [
		...(chromium && !process.env.CHROMIUM_PATH ? ['chromium'] : []),
		...(servers ? ['redis', 'postgres', 'pgbouncer'] : []),
	];
	await installSystemPackages(needs, env);
	if (chromium) env.CHROMIUM_PATH ||= findProgram('chromium');
	return await runToTheEnd(command, env);
}

function parse(args) {
	const end = args.findIndex((arg) => !arg.startsWith('--'));
	const flags = args.slice(0, end);
	const unknown = flags.filter((flag) => !['--n8n', '--chromium', '--servers'].includes(flag));
	if (end < 0 || unknown.length > 0) {
		throw new SetupError(
			'Usage: node scripts/bootstrap.mjs [--n8n] [--chromium] [--servers] <program> [args]',
		);
	}
	return {
		n8n: flags.includes('--n8n'),
		chromium: flags.includes('--chromium'),
		servers: flags.includes('--servers'),
		command: args.slice(end),
	};
}

// ---------------------------------------------------------------------------------------- Node 24

async function findOrInstallNode() {
	if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR) return process.execPath;
	if (!toolchainNode()) {
		const what = `Node ${NODE_MAJOR} (this is ${process.version})`;
		await installPackages(what, TOOLCHAIN, process.env);
	}
	const node = toolchainNode();
	if (node) return node;
	// The packages are optional, one per platform, so npm passes over one that it cannot fetch.
	rmSync(join(TOOLCHAIN, 'node_modules'), { recursive: true, force: true });
	throw new SetupError(
		`npm gave no Node ${NODE_MAJOR} for ${process.platform}-${process.arch}. Check that its registry ` +
			`can be reached, or install Node ${NODE_MAJOR} or later yourself, and run the command again.`,
	);
}

function toolchainNode() {
	const target = `${WINDOWS ? 'win' : process.platform}-${process.arch}`;
	return [`node-${target}`, `node-bin-${target}`]
		.map((name) => join(TOOLCHAIN, 'node_modules', name, 'bin', WINDOWS ? 'node.exe' : 'node'))
		.find(existsSync);
}

/** For everything that is started from here: Node 24 comes first on the PATH, then our packages. */
function environmentOf(node) {
	const env = { ...process.env };
	const name = Object.keys(env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
	const bin = join(ROOT, 'node_modules', '.bin');
	env[name] = [dirname(node), bin, env[name]].join(delimiter);
	return env;
}

// --------------------------------------------------------------------------------------- packages

async function installPackages(what, folder, env) {
	if (isInstalled(folder)) return;
	await underLock(async () => {
		if (isInstalled(folder)) return;
		await step(`Installing ${what}`, npm('ci', '--no-audit', '--no-fund', '--prefer-offline'), {
			cwd: folder,
			env,
			fix: 'Check that the npm registry can be reached and that there is room on the disk, then run the command again.',
		});
	});
}

/** True when node_modules is what package-lock.json says: npm leaves a list there when it has finished. */
function isInstalled(folder) {
	const list = join(folder, 'node_modules', '.package-lock.json');
	if (!existsSync(list)) return false;
	const installed = packagesIn(list);
	return Object.entries(packagesIn(join(folder, 'package-lock.json'))).every(([path, wanted]) => {
		if (!path.startsWith('node_modules/')) return true; // this package and its workspaces
		const found = installed[path];
		return found ? found.version === wanted.version : wanted.optional || wanted.devOptional;
	});
}

const packagesIn = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;

/** n8n keeps its data in SQLite through a native module; its install script is the only one we allow. */
async function buildSqlite(node, env) {
	const loads = () => succeeds(node, ['-e', 'require("sqlite3")'], { cwd: HOST, env });
	if (await loads()) return;
	await underLock(async () => {
		if (await loads()) return;
		const headers = join(dirname(node), '..');
		const withHeaders = existsSync(join(headers, 'include', 'node'))
			? { ...env, npm_config_nodedir: headers }
			: env;
		const what = 'Building the SQLite module of n8n (about 2 minutes, once)';
		await step(what, npm('rebuild', 'sqlite3', '--ignore-scripts=false'), {
			cwd: HOST,
			env: withHeaders,
			fix:
				'It needs python3, make and a C++ compiler. On Debian or Ubuntu: ' +
				'apt-get install python3 make g++. On macOS: xcode-select --install.',
		});
		if (!(await loads())) throw new SetupError('SQLite was built, but Node cannot load it.');
	});
}

/** The npm that started us, run by the Node that is first on the PATH; else the npm on the PATH. */
function npm(...args) {
	const script = process.env.npm_execpath;
	return script?.endsWith('npm-cli.js') ? ['node', script, ...args] : ['npm', ...args];
}

// -------------------------------------------------------------------------------- system packages

async function installSystemPackages(needs, env) {
	const given = process.env.CHROMIUM_PATH;
	if (given && !existsSync(given)) {
		throw new SetupError(`CHROMIUM_PATH is set to ${given}, but there is no such file.`);
	}
	const missing = () => needs.filter((need) => !findProgram(need));
	if (missing().length === 0) return;
	await underLock(async () => {
		if (missing().length === 0) return;
		const { say, run } = planFor(missing(), {
			debian: existsSync('/etc/debian_version'),
			root: process.getuid?.() === 0,
			forbidden: process.env[FORBID] === '1',
		});
		if (run.length === 0) throw new SetupError(say);
		console.log(say);
		for (const args of run) {
			await step(`apt-get ${args[0]}`, ['apt-get', ...args], {
				cwd: ROOT,
				env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
				fix: `Run it yourself: apt-get ${args.join(' ')}`,
			});
		}
	});
}

// -------------------------------------------------------------------------------------- processes

function succeeds(program, args, options) {
	return new Promise((resolve) => {
		const child = spawn(program, args, { ...options, stdio: 'ignore' });
		child.on('error', () => resolve(false));
		child.on('close', (code) => resolve(code === 0));
	});
}

/** Hands the terminal over: the command's output, its signals and its exit code. */
async function runToTheEnd([program, ...args], env) {
	const shell = WINDOWS && program !== 'node';
	const child = spawn(program, args, { cwd: ROOT, env, shell, stdio: 'inherit' });
	for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
	return await new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (code, signal) => resolve(code ?? 128 + (signal === 'SIGINT' ? 2 : 15)));
	});
}

try {
	process.exitCode = await main(process.argv.slice(2));
} catch (error) {
	console.error(error instanceof SetupError ? `\n${error.message}` : error);
	// Whoever reads the totals of a test run must not mistake a run that never began for a pass.
	if (process.argv.includes('scripts/run-tests.ts')) console.log('0 passed, 1 failed');
	process.exitCode = 1;
}
