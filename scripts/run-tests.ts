import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { npm } from './npm';
import { ROOT } from './paths';

/** What is right without running: each counts as one in the totals. The slowest first, two at a time. */
const CHECKS = ['lint', 'types', 'format:check', 'knip'];
const AT_ONCE = 2;

/** After the last test: the teardown may still have an n8n to stop. */
const LINGER_MS = 60_000;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

interface Totals {
	passed: number;
	failed: number;
	skipped: number;
}

/**
 * Runs the checks and Jest over all projects, and ends with one line of totals. `--only=checks,unit`
 * names what to run (`soak` is the project `faults` at full size); all else is for Jest.
 */
async function runTests(args: string[]): Promise<number> {
	const only = args
		.find((arg) => arg.startsWith(ONLY))
		?.slice(ONLY.length)
		.split(',');
	const projects = only?.filter((name) => name !== 'checks') ?? [];
	const jestArgs = args.filter((arg) => !arg.startsWith(ONLY));

	const checks = !only || only.includes('checks') ? await runChecks() : NONE;
	const tests = !only || projects.length > 0 ? await runJest(projects, jestArgs) : NONE;

	const passed = checks.passed + tests.passed;
	const failed = checks.failed + tests.failed;
	const { skipped } = tests;
	console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
	return failed > 0 ? 1 : 0;
}

const ONLY = '--only=';
const NONE: Totals = { passed: 0, failed: 0, skipped: 0 };

/** One that fails prints what it found, and does not keep the others or the tests from running. */
async function runChecks(): Promise<Totals> {
	const waiting = [...CHECKS];
	const totals = { ...NONE };
	const worker = async () => {
		for (let name = waiting.shift(); name; name = waiting.shift()) {
			const started = Date.now();
			const problem = await npm(['run', '--silent', name], { cwd: ROOT }).then(
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

async function runJest(projects: string[], args: string[]): Promise<Totals> {
	const folder = mkdtempSync(join(tmpdir(), 'sms-agent-totals-'));
	const file = join(folder, 'totals.json');
	const soak = projects.includes('soak');
	const names = projects.map((name) => (name === 'soak' ? 'faults' : name));
	const env = { ...process.env, TEST_TOTALS_FILE: file, ...(soak && { SOAK: '1' }) };
	// Projects and reporters last: Jest takes every word after such an option for one more of them.
	const exitCode = await exitCodeOf(
		[
			join(ROOT, 'node_modules/jest/bin/jest.js'),
			...args,
			...(names.length > 0 ? ['--selectProjects', ...names] : []),
			...['default', './scripts/totals-reporter.js'].map((name) => `--reporters=${name}`),
		],
		env,
		file,
	);
	const totals = totalsIn(file);
	rmSync(folder, { recursive: true });

	const ran = totals.passed + totals.failed > 0;
	if (!ran) console.log('No test ran.');
	const brokeOff = totals.failed === 0 && (exitCode !== 0 || !ran);
	return brokeOff ? { ...totals, failed: 1 } : totals;
}

/** Resolves when Jest has ended, or is as good as done and does not end. */
async function exitCodeOf(args: string[], env: NodeJS.ProcessEnv, file: string): Promise<number> {
	const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: 'inherit' });
	for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));

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
