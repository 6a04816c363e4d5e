import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
	bundle,
	outputsAtStartup,
	outputsByModule,
	type BundleResult,
} from '../../scripts/build/bundle';

const run = promisify(execFile);

const SOURCES: Record<string, string> = {
	'nodes/One/One.node.ts': `
		import { registry } from '../shared/registry';
		import { Refused } from '../shared/refused';
		export class One {
			add(name: string) { registry.set(name, true); }
			isRefusal(error: unknown) { return error instanceof Refused; }
		}`,
	'nodes/Two/Two.node.ts': `
		import { registry } from '../shared/registry';
		export class Two {
			names() { return [...registry.keys()]; }
			async heavy() { return await (await import('../shared/heavy.js')).work(); }
			async library() {
				return (await import('../shared/with-library.js')).namesOfLibraries();
			}
		}`,
	'credentials/Three.credentials.ts': `
		import { registry } from '../nodes/shared/registry';
		export class Three { size = () => registry.size; }`,
	'nodes/shared/registry.ts': `export const registry = new Map<string, boolean>();`,
	'nodes/shared/refused.ts': `
		if ((globalThis as { broken?: boolean }).broken) throw new Error('broken');
		export class Refused extends Error {}`,
	'nodes/shared/heavy.ts': `
		import { createHash } from 'node:crypto';
		import { registry } from './registry';
		import { Refused } from './refused';
		(globalThis as { heavyLoads?: number }).heavyLoads = 1;
		export async function work() {
			registry.set(createHash('md5').update('x').digest('hex').slice(0, 4), true);
			return new Refused('no');
		}`,
	'nodes/shared/with-library.ts': `
		import { answer } from 'library';
		export function namesOfLibraries() { return answer(); }`,
	'node_modules/library/index.js': `
		function nameInsideTheLibrary() { return nameInsideTheLibrary.calls = 1; }
		exports.answer = () => nameInsideTheLibrary();`,
};

describe('the bundler', () => {
	const root = mkdtempSync(join(tmpdir(), 'sms-agent-bundle-'));
	const outdir = join(root, 'dist');
	let result: BundleResult;
	// In a process of its own: Jest has its own module system, which is not the one n8n uses.
	const inNode = async (script: string) => {
		const { stdout } = await run(process.execPath, ['-e', script], { cwd: root });
		return JSON.parse(stdout) as unknown;
	};

	beforeAll(async () => {
		for (const [path, text] of Object.entries(SOURCES)) {
			mkdirSync(dirname(join(root, path)), { recursive: true });
			writeFileSync(join(root, path), text);
		}
		const entries = Object.keys(SOURCES).filter((path) =>
			/\.(node|credentials)\.ts$/.test(path),
		);
		result = await bundle({ root, entries, outdir, external: ['n8n-workflow'] });
	});

	afterAll(() => rmSync(root, { recursive: true, force: true }));

	it('keeps entries at the paths that n8n loads them by', () => {
		const files = readdirSync(outdir, { recursive: true });
		expect(files).toEqual(
			expect.arrayContaining([
				join('nodes', 'One', 'One.node.js'),
				join('credentials', 'Three.credentials.js'),
			]),
		);
	});

	it('puts each source module into exactly one file', () => {
		const repeated = [...outputsByModule(result.metafile)].filter(
			([, files]) => files.length > 1,
		);
		expect(repeated).toEqual([]);
	});

	it('shares one instance of a module between nodes, credentials and what they load later', async () => {
		const seen = await inNode(`
			const { One } = require('./dist/nodes/One/One.node.js');
			const { Two } = require('./dist/nodes/Two/Two.node.js');
			const { Three } = require('./dist/credentials/Three.credentials.js');
			new One().add('from one');
			const before = { names: new Two().names(), size: new Three().size(), heavy: !!globalThis.heavyLoads };
			new Two().heavy().then((error) => console.log(JSON.stringify({
				before,
				after: { names: new Two().names(), heavy: !!globalThis.heavyLoads },
				instanceOf: new One().isRefusal(error),
				named: error.constructor.name,
			})));
		`);

		expect(seen).toEqual({
			before: { names: ['from one'], size: 1, heavy: false },
			after: { names: ['from one', '9dd4'], heavy: true },
			instanceOf: true,
			named: 'Refused',
		});
	});

	it('says what entries load at once, and nothing of what comes later', () => {
		const entries = Object.keys(SOURCES).filter((path) =>
			/\.(node|credentials)\.ts$/.test(path),
		);
		const { metafile } = result;
		const sources = outputsAtStartup(metafile, entries).flatMap((path) =>
			Object.keys(metafile.outputs[path]?.inputs ?? {}),
		);
		expect(sources.sort()).toEqual(
			Object.keys(SOURCES)
				.filter((path) => !/heavy|library/.test(path))
				.sort(),
		);
	});

	it('shortens the names in files that hold a library, and keeps them in ours', async () => {
		const of = (source: string) => outputsByModule(result.metafile).get(source)?.[0] ?? '';
		const read = (source: string) => readFileSync(join(root, of(source)), 'utf8');
		expect(read('node_modules/library/index.js')).not.toContain('nameInsideTheLibrary');
		expect(read('nodes/shared/heavy.ts')).toContain('function work(');
		const seen = await inNode(`
			const { Two } = require('./dist/nodes/Two/Two.node.js');
			new Two().library().then((answer) => console.log(answer));
		`);
		expect(seen).toBe(1);
	});

	it('writes readable CommonJS without source maps', () => {
		const code = readFileSync(join(outdir, 'nodes/Two/Two.node.js'), 'utf8');
		expect(code).toContain('require(');
		expect(code).not.toMatch(/\bimport\s*\(|sourceMappingURL/);
		expect(code).toContain('registry');
	});
});
