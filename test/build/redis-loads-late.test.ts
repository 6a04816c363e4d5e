import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bundle, outputsByModule } from '../../scripts/build/bundle';
import { ROOT } from '../../scripts/paths';

const run = promisify(execFile);
const ENTRY = 'nodes/shared/threads/stores/redis/redis-thread-store';

describe('the Redis client in the built package', () => {
	let outdir: string;
	let clientFiles: string[];

	beforeAll(async () => {
		outdir = await mkdtemp(join(tmpdir(), 'sms-agent-redis-bundle-'));
		const entries = [`${ENTRY}.ts`];
		const { metafile } = await bundle({ root: ROOT, entries, outdir, external: [] });
		const modules = [...outputsByModule(metafile)];
		const client = modules.filter(([module]) =>
			module.includes('@redis/client/dist/lib/client'),
		);
		clientFiles = [...new Set(client.flatMap(([, files]) => files))];
	});
	afterAll(async () => {
		await rm(outdir, { recursive: true, force: true });
	});

	it('is in a file of its own', () => {
		expect(clientFiles).toHaveLength(1);
		expect(clientFiles[0]).toMatch(/chunks[/]redis-client-/);
	});

	it('is read from the disk by the first call, not by opening a store', async () => {
		const script = `
			const { openRedisThreadStore } = require(${JSON.stringify(join(outdir, `${ENTRY}.js`))});
			const loaded = () => Object.keys(require.cache).some((file) => /redis-client-/.test(file));
			const clock = {
				now: Date.now,
				elapsed: () => performance.now(),
				sleep: (ms) => new Promise((wake) => setTimeout(wake, ms)),
				after: (ms, run) => {
					const timer = setTimeout(run, ms).unref();
					return () => clearTimeout(timer);
				},
			};
			(async () => {
				const settings = {
					host: '127.0.0.1', port: 1, database: 0, user: '', password: '',
					tls: { mode: 'off' }, keyPrefix: 'p',
				};
				const times = { connectMs: 5000, commandMs: 5000, bridgeMs: 0 };
				const store = await openRedisThreadStore(settings, { messagesPerThread: 1, maxAgeDays: 1 }, clock, times);
				const opened = loaded();
				const error = await store.threads.read('t', 1).catch(({ name, fix }) => ({ name, fix }));
				await store.close();
				console.log(JSON.stringify({ opened, called: loaded(), error }));
			})();`;
		const { stdout } = await run(process.execPath, ['-e', script]);
		expect(JSON.parse(stdout)).toEqual({
			opened: false,
			called: true,
			error: {
				name: 'StoreUnavailableError',
				fix: expect.stringMatching(/^Nothing answers at 127\.0\.0\.1, port 1\./),
			},
		});
	});
});
