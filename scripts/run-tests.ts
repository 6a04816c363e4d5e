import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import jestConfig from '../jest.config';
import { ensureBuilt } from './build/build-package';
import { npm } from './npm';
import { ROOT } from './paths';

/** What is right without running: each counts as one in the totals. The slowest first, two at a time. */
const CHECKS = ['lint', 'types', 'format:check', 'knip'];
const AT_ONCE = 2;

/** After the last test: the teardown may still have an n8n to stop. */
const LINGER_MS = 60_000;

/** For the last words of a Jest that has ended. */
const DRAIN_MS = 5_000;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

interface Totals {
	passed: number;
	failed: number;
	skipped: number;
	/** Tests that passed when they were tried once more; they count as passed. */
	secondTries: string[];
	/** Files in which whatever failed is something that did not come in time. */
	waitedInVain: LateFile[];
}

interface LateFile {
	/** From the root of the project. */
	file: string;
	passed: number;
	failed: number;
}

/**
 * Runs the checks and Jest over all projects, and ends with one line of totals. `--only=checks,unit`
 * names what to run, by the names of projects or of AT_FULL_SIZE; all else is for Jest.
 */
async function runTests(args: string[]): Promise<number> {
	for (const signal of SIGNALS) process.on(signal, () => cutOff.abort(signal));
	const only = args
		.find((arg) => arg.startsWith(ONLY))
		?.slice(ONLY.length)
		.split(',');
	const jestArgs = args.filter((arg) => !arg.startsWith(ONLY));

	const { passed, failed, skipped, secondTries } =
		args.length === 0
			? await runEverything()
			: await runInARow(only ?? ['checks', ...PROJECTS], jestArgs);
	for (const name of secondTries) console.log(`Passed at the second try: ${name}`);
	console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
	return failed > 0 ? 1 : 0;
}

/**
 * Two cores are busy only where several wait at once. So three end-to-end files run side by side, and
 * beside them the checks and, one file at a time, what needs no n8n; then three files of the faults,
 * which mostly wait for silence. The attacks come last and alone: they measure how long n8n keeps
 * others waiting.
 */
async function runEverything(): Promise<Totals> {
	// All need the package. One that cannot be built fails the tests by its reason.
	await ensureBuilt().catch(() => undefined);
	const [ofE2e, ofOthers] = await Promise.all([
		runInARow(['e2e'], [`--maxWorkers=${AT_ONCE_WITH_N8N}`], 'e2e   '),
		runOthers(),
	]);
	const ofAttacks = await runInARow(['attack'], [], 'attack');
	return sum(await againAlone(sum(ofE2e, ofOthers)), ofAttacks);
}

async function runOthers(): Promise<Totals> {
	const ofChecks = await runInARow(['checks'], []);
	const quick = PROJECTS.filter((name) => !WITH_N8N.includes(name));
	const ofQuick = await runInARow(quick, ['--maxWorkers=1'], 'others');
	const ofFaults = await runInARow(['faults'], [`--maxWorkers=${AT_ONCE_WITH_N8N}`], 'faults');
	// What has to be answered there is answered whatever happens.
	return [ofChecks, ofQuick, { ...ofFaults, waitedInVain: [] }].reduce(sum);
}

/**
 * Whoever waits in vain beside others cannot tell a thing that never comes from a busy machine. So
 * these few files are run once more, alone; what passes then is named beside the totals, and is a
 * time to mend. A test that found something wrong gets no second try.
 */
async function againAlone(totals: Totals): Promise<Totals> {
	const { waitedInVain } = totals;
	if (waitedInVain.length === 0 || waitedInVain.length > MOST_AGAIN) return totals;
	const files = waitedInVain.map(({ file }) => file);
	console.log(`Waited in vain beside others, and run once more alone: ${files.join(', ')}`);
	const names = PROJECTS.filter((name) => files.some((file) => file.startsWith(`test/${name}/`)));
	const alone = await runInARow(
		names,
		['--maxWorkers=1', '--runTestsByPath', ...files],
		'again ',
	);
	const before = waitedInVain.reduce(sumOfTests, { passed: 0, failed: 0 });
	return {
		passed: totals.passed - before.passed + alone.passed,
		failed: totals.failed - before.failed + alone.failed,
		skipped: totals.skipped,
		secondTries: [
			...totals.secondTries,
			...(alone.failed === 0 ? files : []),
			...alone.secondTries,
		],
		waitedInVain: [],
	};
}

/** With a label what Jest prints comes line by line, each after the label. */
async function runInARow(names: string[], jestArgs: string[], label?: string): Promise<Totals> {
	if (cutOff.signal.aborted) return NONE;
	const projects = names.filter((name) => name !== 'checks');
	const checks = names.includes('checks') ? await runChecks() : NONE;
	const tests = projects.length > 0 ? await runJest(projects, jestArgs, label) : NONE;
	return sum(checks, tests);
}

function sum(one: Totals, other: Totals): Totals {
	return {
		passed: one.passed + other.passed,
		failed: one.failed + other.failed,
		skipped: one.skipped + other.skipped,
		secondTries: [...one.secondTries, ...other.secondTries],
		waitedInVain: [...one.waitedInVain, ...other.waitedInVain],
	};
}

function sumOfTests(
	one: { passed: number; failed: number },
	other: { passed: number; failed: number },
): { passed: number; failed: number } {
	return { passed: one.passed + other.passed, failed: one.failed + other.failed };
}

/** Aborted with the name of the signal that ends this process: nothing more is begun. */
const cutOff = new AbortController();

const WITH_N8N = ['e2e', 'faults', 'attack'];
const AT_ONCE_WITH_N8N = 3;

/** More of them say that something is wrong. */
const MOST_AGAIN = 5;

/** What the short form of a project is cut out of, and what asks for the whole of it. */
const AT_FULL_SIZE: Record<string, { project: string; env: Record<string, string> }> = {
	soak: { project: 'faults', env: { SOAK: '1' } },
	attacks: { project: 'attack', env: { ATTACK: 'whole' } },
	long: { project: 'e2e', env: { LONG: '1' } },
};

const PROJECTS = jestConfig.projects.map(({ displayName }) => displayName);
const ONLY = '--only=';
const NONE: Totals = { passed: 0, failed: 0, skipped: 0, secondTries: [], waitedInVain: [] };

/** One that fails prints what it found, and does not keep the others or the tests from running. */
async function runChecks(): Promise<Totals> {
	const { signal } = cutOff;
	const waiting = [...CHECKS];
	const next = () => (signal.aborted ? undefined : waiting.shift());
	const totals = { ...NONE };
	const worker = async () => {
		for (let name = next(); name; name = next()) {
			const started = Date.now();
			const problem = await npm(['run', '--silent', name], { cwd: ROOT, signal }).then(
				() => undefined,
				(error: unknown) => String(error),
			);
			const seconds = Math.round((Date.now() - started) / 1000);
			console.log(`${problem ? 'FAIL' : 'PASS'} npm run ${name} (${seconds} s)`);
			if (problem) console.log(problem);
			totals[problem ? 'failed' : 'passed'] += 1;
		}
	};
	await Promise.all(Array.from({ length: AT_ONCE }, worker));
	return totals;
}

async function runJest(projects: string[], args: string[], label?: string): Promise<Totals> {
	const folder = mkdtempSync(join(tmpdir(), 'sms-agent-totals-'));
	const file = join(folder, 'totals.json');
	const names = projects.map((name) => AT_FULL_SIZE[name]?.project ?? name);
	const asked = projects.map((name) => AT_FULL_SIZE[name]?.env ?? {});
	const env = {
		...process.env,
		TEST_TOTALS_FILE: file,
		...(Object.assign({}, ...asked) as Record<string, string>),
		...(label !== undefined && process.stdout.isTTY && { FORCE_COLOR: '1' }),
	};
	// Projects and reporters last: Jest takes every word after such an option for one more of them.
	const exitCode = await exitCodeOf(
		[
			join(ROOT, 'node_modules/jest/bin/jest.js'),
			...args,
			...['--selectProjects', ...names],
			...['default', './scripts/totals-reporter.js'].map((name) => `--reporters=${name}`),
		],
		env,
		file,
		label,
	);
	const totals = totalsIn(file);
	rmSync(folder, { recursive: true });

	const ran = totals.passed + totals.failed > 0;
	if (!ran) console.log(`No test ran of ${projects.join(', ')}.`);
	const brokeOff = totals.failed === 0 && (exitCode !== 0 || !ran);
	if (brokeOff && ran) {
		console.log(
			`Jest ended with ${exitCode} though no test of ${projects.join(', ')} failed. It does so where a test file asks for a module after its end: look for "torn down" above.`,
		);
	}
	return brokeOff ? { ...totals, failed: 1 } : totals;
}

/** Resolves when Jest has ended, or is as good as done and does not end. */
async function exitCodeOf(
	args: string[],
	env: NodeJS.ProcessEnv,
	file: string,
	label: string | undefined,
): Promise<number> {
	if (cutOff.signal.aborted) return 1;
	const child = spawn(process.execPath, args, {
		cwd: ROOT,
		env,
		stdio: label === undefined ? 'inherit' : ['ignore', 'pipe', 'pipe'],
	});
	if (label !== undefined) printLines(child, label);
	cutOff.signal.addEventListener('abort', () =>
		child.kill(cutOff.signal.reason as NodeJS.Signals),
	);

	let doneSince: number | undefined;
	const watch = setInterval(() => {
		if (existsSync(file)) doneSince ??= Date.now();
		if (!doneSince || Date.now() - doneSince < LINGER_MS) return;
		console.log(
			'The tests are done, but something they left open keeps Jest alive; ending it.',
		);
		child.kill('SIGKILL');
	}, 1_000);
	try {
		return await new Promise((resolve, reject) => {
			child.on('error', reject);
			child.on('close', (code) => resolve(code ?? 1));
		});
	} finally {
		clearInterval(watch);
	}
}

/** Until Jest has ended; what it has left running may hold on to its output. */
function printLines(child: ChildProcess, label: string): void {
	for (const stream of [child.stdout, child.stderr]) {
		if (!stream) continue;
		createInterface(stream).on('line', (line) => console.log(`${label} | ${line}`.trimEnd()));
		child.once('exit', () => setTimeout(() => stream.destroy(), DRAIN_MS).unref());
	}
}

function totalsIn(file: string): Totals {
	try {
		return JSON.parse(readFileSync(file, 'utf8')) as Totals;
	} catch {
		return NONE;
	}
}

void runTests(process.argv.slice(2)).then((code) => {
	process.exitCode = code;
});
