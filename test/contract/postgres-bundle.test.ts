import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { TEXT_FILES } from '../../scripts/build/bundle';
import { claimPort } from '../../harness/claim-port';

const FOLDER = join(__dirname, '../../nodes/shared/threads/stores/postgres');

it('works bundled where nothing is installed, pg-native neither', async () => {
	const folder = mkdtempSync(join(tmpdir(), 'sms-bundle-'));
	const outfile = join(folder, 'store.js');
	await build({
		stdin: {
			contents: `export { testPostgresSettings } from './test-postgres-settings';
				export { systemClock } from '../../../n8n/host/system-clock';`,
			resolveDir: FOLDER,
		},
		bundle: true,
		platform: 'node',
		format: 'cjs',
		outfile,
		loader: TEXT_FILES,
		logLevel: 'silent',
	});
	const settings = {
		...{ host: '127.0.0.1', port: await claimPort(), database: 'd', user: 'u' },
		...{ password: '', schema: 's', ssl: 'disable' },
	};
	const program = `const store = require(${JSON.stringify(outfile)});
		store.testPostgresSettings(${JSON.stringify(settings)}, store.systemClock)
		.then((verdict) => console.log(JSON.stringify(verdict)))`;
	const output = execFileSync(process.execPath, ['-e', program], { cwd: folder });
	rmSync(folder, { recursive: true });
	expect(JSON.parse(output.toString())).toEqual({
		ok: false,
		message: expect.stringMatching(/^Nothing listens/),
	});
});

it('loads pg in one place, on first use', () => {
	const files = readdirSync(FOLDER, { recursive: true })
		.map(String)
		.filter((file) => file.endsWith('.ts'));
	const loading = files.flatMap((file) =>
		[...readFileSync(join(FOLDER, file), 'utf8').matchAll(/^.*['"]pg(?:\/.*)?['"].*$/gm)]
			.map(([line]) => line.trim())
			.filter((line) => !line.startsWith('import type '))
			.map((line) => `${file}: ${line}`),
	);
	expect(loading).toEqual(["postgres-connection.ts: const { Pool } = await import('pg');"]);
});
