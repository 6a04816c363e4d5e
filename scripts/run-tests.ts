import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './paths';

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
	const jest = [join(ROOT, 'node_modules/jest/bin/jest.js'), ...reporters, ...args];
	const exitCode = await exitCodeOf(jest, { ...process.env, TEST_TOTALS_FILE: file });
	const totals = totalsIn(file);
	rmSync(folder, { recursive: true });

	const { passed, failed, skipped } = totals;
	const ran = passed + failed > 0;
	if (!ran) console.log('No test ran.');
	const failures = exitCode !== 0 && failed === 0 && ran ? 1 : failed; // Jest itself broke off
	console.log(`${passed} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
	return exitCode === 0 && (failed > 0 || !ran) ? 1 : exitCode;
}

async function exitCodeOf(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
	const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: 'inherit' });
	for (const signal of ['SIGINT', 'SIGTERM'] as const)
		process.on(signal, () => child.kill(signal));
	return await new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (code) => resolve(code ?? 1));
	});
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
