import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './paths';

/** After the last test: the teardown may still have an n8n to stop. */
const LINGER_MS = 60_000;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

interface Totals {
	passed: number;
	failed: number;
	skipped: number;
}

/** Runs Jest over all projects, or those named in the arguments, and ends with one line of totals. */
async function runTests(args: string[]): Promise<number> {
	const folder = mkdtempSync(join(tmpdir(), 'sms-agent-totals-'));
	const file = join(folder, 'totals.json');
	const reporters = ['default', './scripts/totals-reporter.js'].map(
		(name) => `--reporters=${name}`,
	);
	// Reporters last: like projects, Jest takes every word after them for one more.
	const jest = [join(ROOT, 'node_modules/jest/bin/jest.js'), ...args, ...reporters];
	const exitCode = await exitCodeOf(jest, file);
	const totals = totalsIn(file);
	rmSync(folder, { recursive: true });

	const { passed, failed, skipped } = totals;
	const ran = passed + failed > 0;
	if (!ran) console.log('No test ran.');
	const failures = exitCode !== 0 && failed === 0 ? 1 : failed; // Jest itself broke off
	console.log(`${passed} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
	return exitCode === 0 && (failed > 0 || !ran) ? 1 : exitCode;
}

/** Resolves when Jest has ended, or is as good as done and does not end. */
async function exitCodeOf(args: string[], file: string): Promise<number> {
	const env = { ...process.env, TEST_TOTALS_FILE: file };
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
		return { passed: 0, failed: 0, skipped: 0 };
	}
}

void runTests(process.argv.slice(2)).then((code) => {
	process.exitCode = code;
});
