import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { outputsAtStartup, outputsByModule } from '../../scripts/build/bundle';
import { ensureBuilt, entryPoints, type BuildRecord } from '../../scripts/build/build-package';
import {
	assertWithinBudget,
	packPackage,
	type PackedPackage,
} from '../../scripts/build/package-budget';
import { IN_PACKAGE } from '../../scripts/build/pages';
import { ROOT, TYPESCRIPT } from '../../scripts/paths';
import manifest from '../../package.json';

const run = promisify(execFile);

/** Code of ours that every n8n reads at start-up, whether or not a workflow uses it. */
const START_UP_BYTES_BUDGET = 155_000;
/** What esbuild puts before the code of each file, so that it is CommonJS. */
const HELPER_BYTES = 910;

/** Loads what package.json lists, as n8n does, from inside the unpacked tarball. */
const LOAD_ALL = `
	const { n8n } = require('./package.json');
	const exported = [...n8n.nodes, ...n8n.credentials].flatMap((path) => {
		const module = require('./' + path);
		// n8n asks an instance for the name of its class, and later loads the file by that name.
		return Object.entries(module).map(([name, Type]) => {
			const { name: called } = new Type().constructor;
			return called === name ? name : name + ', called ' + called;
		});
	});
	const ours = Object.keys(require.cache).filter((path) => path.startsWith(process.cwd()));
	const bytes = ours.reduce((sum, path) => sum + require('fs').statSync(path).size, 0);
	console.log(JSON.stringify({ exported, bytes, files: ours.length }));
`;

describe('the package', () => {
	let built: BuildRecord;
	let packed: PackedPackage;
	let paths: string[];

	beforeAll(async () => {
		built = await ensureBuilt();
		packed = await packPackage(ROOT);
		paths = packed.files.map(({ path }) => path);
	});

	it('stays within its budget', () => {
		expect(() => assertWithinBudget(packed)).not.toThrow();
	});

	it('has n8n read no library when it starts', () => {
		const { outputs } = built.metafile;
		const sources = outputsAtStartup(built.metafile, entryPoints()).flatMap((path) =>
			Object.keys(outputs[path]?.inputs ?? {}),
		);
		expect(sources).toContain('nodes/SendSms/fields.ts');
		expect(sources.filter((source) => source.includes('node_modules'))).toEqual([]);
	});

	it('names the largest files when it has outgrown the budget', () => {
		const files = [{ path: 'dist/chunks/heavy.js', size: 2_000_000 }];
		expect(() => assertWithinBudget({ size: 820_000, files })).toThrow(
			/820\.0 kB packed, pictures aside.*800\.0 kB[^]*2000\.0 kB {2}dist\/chunks\/heavy\.js/,
		);
	});

	it('counts pictures apart, and has a budget for them too', () => {
		const picture = (size: number) => ({ path: 'dist/docs/images/trigger.webp', size });
		expect(() =>
			assertWithinBudget({ size: 700_000, files: [picture(150_000)] }),
		).not.toThrow();
		expect(() => assertWithinBudget({ size: 700_000, files: [picture(400_000)] })).toThrow(
			/pictures are 400\.0 kB/,
		);
	});

	it('holds every node, credential, icon and codex file that n8n reads', () => {
		const entries = [...manifest.n8n.nodes, ...manifest.n8n.credentials];
		const codex = manifest.n8n.nodes.map((path) => path.replace(/\.js$/, '.json'));
		expect(paths).toEqual(expect.arrayContaining([...entries, ...codex]));
		expect(paths.some((path) => path.endsWith('.svg'))).toBe(true);
	});

	it('holds the workflows to import, and what sets a client up without a clone', () => {
		expect(paths).toEqual(
			expect.arrayContaining([
				'workflows/two-way-ai-agent.json',
				'dist/docs/workflows/two-way-ai-agent.html',
				'dist/docs/resellers.html',
				'docs/queue-mode/compose.yaml',
				'docs/resellers/new-client.mjs',
				'docs/resellers/client.example.json',
			]),
		);
	});

	it('holds nothing else than code, icons, codex files, workflows and texts', () => {
		const allowed = [
			/^(package\.json|README\.md|LICENSE\.md|CHANGELOG\.md|dist\/THIRD_PARTY_NOTICES\.txt|dist\/sbom\.cdx\.json)$/,
			/^dist\/(nodes|credentials|chunks)\/.*\.(js|svg|png|node\.json)$/,
			/^workflows\/[a-z0-9-]+\.json$/,
			/^dist\/docs\/((nodes|workflows)\/)?[a-z0-9-]+\.html$/,
			/^dist\/docs\/images\/(workflows\/)?[a-z0-9-]+\.webp$/,
			/^docs\/(resellers|queue-mode)\/[a-z0-9.-]+\.(mjs|json|yaml)$/,
		];
		const others = paths.filter((path) => !allowed.some((pattern) => pattern.test(path)));
		expect(others).toEqual([]);
	});

	it('holds every page and picture that its README on npm leads to', async () => {
		const folder = mkdtempSync(join(tmpdir(), 'sms-agent-readme-'));
		copyFileSync(join(ROOT, 'README.md'), join(folder, 'README.md'));
		const script = join(ROOT, 'scripts/readme-for-npm.ts');
		await run(process.execPath, ['--import', TYPESCRIPT, script], { cwd: folder });
		const readme = readFileSync(join(folder, 'README.md'), 'utf8');
		rmSync(folder, { recursive: true });
		const targets = [...readme.matchAll(/\]\(([^)\s#]+)/g)].map(([, target = '']) => target);
		const ours = targets.filter((target) => target.startsWith(IN_PACKAGE));
		expect(ours.length).toBeGreaterThan(30);
		expect(targets.filter((target) => !/^https:/.test(target))).toEqual([]);
		const files = ours.map((target) => target.slice(IN_PACKAGE.length));
		expect(files.filter((path) => !paths.includes(path))).toEqual([]);
	});

	it('holds every page and picture that its pages lead to', () => {
		const pages = paths.filter((path) => path.endsWith('.html'));
		expect(pages.length).toBeGreaterThan(15);
		const lost = pages.flatMap((page) =>
			[...readFileSync(join(ROOT, page), 'utf8').matchAll(/(?:href|src)="([^"#]+)/g)]
				.map(([, target = '']) => target)
				.filter((target) => !/^https?:/.test(target))
				.map((target) => posix.join(posix.dirname(page), target))
				.filter((path) => !paths.includes(path))
				.map((path) => `${page} -> ${path}`),
		);
		expect(lost).toEqual([]);
	});

	it('has each source module in one file, so that state exists once per process', () => {
		const repeated = [...outputsByModule(built.metafile)].filter(
			([, files]) => files.length > 1,
		);
		expect(repeated).toEqual([]);
	});

	it('bundles nothing that n8n provides, and nothing of the tests', () => {
		const modules = [...outputsByModule(built.metafile).keys()];
		expect(
			modules.filter((path) => /^test\/|node_modules\/n8n-(workflow|core)\//.test(path)),
		).toEqual([]);
	});

	it('passes on the notices of the packages it bundles', () => {
		expect(existsSync(join(ROOT, 'dist/THIRD_PARTY_NOTICES.txt'))).toBe(true);
	});

	describe('loaded by Node', () => {
		let loaded: { exported: string[]; bytes: number; files: number };

		beforeAll(async () => {
			const folder = mkdtempSync(join(tmpdir(), 'sms-agent-package-'));
			const { filename } = await packPackage(ROOT, folder);
			await run('tar', ['-xzf', filename], { cwd: folder });
			const { stdout } = await run(process.execPath, ['-e', LOAD_ALL], {
				cwd: join(folder, 'package'),
				env: { ...process.env, NODE_PATH: join(ROOT, 'node_modules') },
			});
			loaded = JSON.parse(stdout) as typeof loaded;
			rmSync(folder, { recursive: true });
		});

		it('exports each class under the name of its file', () => {
			const entries = [...manifest.n8n.nodes, ...manifest.n8n.credentials];
			const names = entries.map((path) => /(\w+)\.\w+\.js$/.exec(path)?.[1]);
			expect(loaded.exported).toEqual(expect.arrayContaining(names));
		});

		it('reads little code when n8n starts; the rest waits for its first use', () => {
			expect(loaded.bytes).toBeGreaterThan(0);
			const code = loaded.bytes - loaded.files * HELPER_BYTES;
			expect(code).toBeLessThan(START_UP_BYTES_BUDGET);
		});
	});
});
