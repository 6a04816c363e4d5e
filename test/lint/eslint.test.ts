import { execFile } from 'node:child_process';
import { join, relative } from 'node:path';
import { expect, it } from '@jest/globals';
import { ROOT } from '../../scripts/paths';

interface FileReport {
	filePath: string;
	messages: Array<{ line: number; ruleId: string | null; message: string }>;
}

it('has no error and no warning of ESLint, n8n community rules included', async () => {
	const reports = JSON.parse(
		await output('eslint/bin/eslint.js', '.', '--format', 'json'),
	) as FileReport[];
	const problems = reports.flatMap(({ filePath, messages }) =>
		messages.map(({ line, ruleId, message }) => {
			return `${relative(ROOT, filePath)}:${line} ${ruleId ?? ''} ${message}`;
		}),
	);
	expect(problems).toEqual([]);
	expect(reports.some(({ filePath }) => filePath.endsWith('package.json'))).toBe(true);
});

it('is formatted by Prettier', async () => {
	const unformatted = await output('prettier/bin/prettier.cjs', '--list-different', '.');
	expect(unformatted.split('\n').filter(Boolean)).toEqual([]);
});

/** In a process of its own: the tools load ES modules, which Jest's module system does not. */
function output(bin: string, ...args: string[]): Promise<string> {
	return new Promise((resolve, reject) => {
		const command = [join(ROOT, 'node_modules', bin), ...args];
		// Jest sets NODE_ENV to "test", in which n8n's rules take every file for one of their fixtures.
		const env = { ...process.env, NODE_ENV: 'development' };
		const options = { cwd: ROOT, env, maxBuffer: 64 * 1024 * 1024 };
		execFile(process.execPath, command, options, (error, stdout, stderr) => {
			// Exit code 1 means findings, which are on stdout; anything else is a broken tool.
			if (error && error.code !== 1) reject(new Error(stderr || error.message));
			else resolve(stdout);
		});
	});
}
