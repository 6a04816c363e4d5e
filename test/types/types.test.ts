import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { ROOT } from '../../scripts/paths';

/** Covers the `@ts-expect-error` lines in this folder as well: an error that is absent is an error. */
it('compiles without an error', async () => {
	const errors = await new Promise<string>((resolve) => {
		const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
		const cache = [
			'--incremental',
			'--tsBuildInfoFile',
			'node_modules/.cache/types.tsbuildinfo',
		];
		execFile(process.execPath, [tsc, '--noEmit', ...cache], { cwd: ROOT }, (error, stdout) => {
			resolve(error ? stdout || error.message : '');
		});
	});
	expect(errors.split('\n').filter(Boolean)).toEqual([]);
});
