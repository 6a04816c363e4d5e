import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import manifest from '../package.json';
import { filesUnder } from '../scripts/build/source-hash';
import { ROOT } from '../scripts/paths';

/** What each folder of shared code may import of ours; imports point inward. */
const MAY_IMPORT: Record<string, string[]> = {
	messaging: [],
	http: [],
	twilio: ['messaging', 'http'],
	threads: ['messaging'],
	agent: ['messaging', 'http', 'twilio', 'threads'],
	n8n: ['messaging', 'http', 'twilio', 'threads', 'agent'],
};

const sources = ['nodes', 'credentials']
	.flatMap((folder) => filesUnder(ROOT, folder))
	.filter((path) => path.endsWith('.ts'));

const imports = sources.flatMap((file) => importsOf(file).map((to) => ({ file, to })));

describe('imports', () => {
	it.each(Object.entries(MAY_IMPORT))('of shared/%s go to %j only', (folder, allowed) => {
		const strays = imports.filter(({ file, to }) => {
			const target = sharedFolder(to);
			const ours = to.startsWith('nodes/') || to.startsWith('credentials/');
			return (
				sharedFolder(file) === folder &&
				ours &&
				target !== folder &&
				!allowed.includes(target)
			);
		});
		expect(strays).toEqual([]);
	});

	it('know no folder of shared code without a rule', () => {
		const folders = new Set(sources.map(sharedFolder).filter(Boolean));
		expect([...folders].filter((folder) => !(folder in MAY_IMPORT))).toEqual([]);
	});

	it('of n8n happen in nodes, credentials and shared/n8n only', () => {
		const strays = imports.filter(({ file, to }) => {
			const folder = sharedFolder(file);
			return folder !== '' && folder !== 'n8n' && /^(@n8n\/|n8n-)/.test(to);
		});
		expect(strays).toEqual([]);
	});

	it('never lead from one node into the folder of another', () => {
		const strays = imports.filter(({ file, to }) => {
			const own = /^nodes\/([^/]+)\//.exec(file)?.[1];
			const other = /^nodes\/([^/]+)\//.exec(to)?.[1];
			return other !== undefined && other !== 'shared' && other !== own;
		});
		expect(strays).toEqual([]);
	});

	it('never lead out of nodes and credentials into tests or scripts', () => {
		const strays = imports.filter(({ to }) => /^(\.\.|test\/|scripts\/|host\/)/.test(to));
		expect(strays).toEqual([]);
	});
});

describe('package.json', () => {
	const built = (path: string) => `dist/${path.replace(/\.ts$/, '.js')}`;

	it('registers every node and nothing else', () => {
		const nodes = sources.filter((path) => path.endsWith('.node.ts')).map(built);
		expect([...manifest.n8n.nodes].sort()).toEqual(nodes.sort());
	});

	it('registers every credential and nothing else', () => {
		const credentials = sources.filter((path) => path.endsWith('.credentials.ts')).map(built);
		expect([...manifest.n8n.credentials].sort()).toEqual(credentials.sort());
	});

	it('has no dependency to install: everything is bundled', () => {
		expect('dependencies' in manifest ? manifest.dependencies : {}).toEqual({});
		expect(manifest.peerDependencies).toEqual({ 'n8n-workflow': '*' });
	});
});

describe('package-lock.json', () => {
	it.each(['', 'toolchain', 'host'])('in "%s" locks the packages of every platform', (folder) => {
		const file = join(ROOT, folder, 'package-lock.json');
		const { packages } = JSON.parse(readFileSync(file, 'utf8')) as { packages: LockedPackages };
		const locked = new Set(
			Object.keys(packages).map((path) => path.split('node_modules/').at(-1)),
		);
		const wanted = Object.values(packages).flatMap(({ optionalDependencies = {} }) =>
			Object.keys(optionalDependencies),
		);
		// An install where one cannot be found leaves it out, and `npm ci` then refuses the file.
		expect(wanted.filter((name) => !locked.has(name))).toEqual([]);
	});
});

type LockedPackages = Record<string, { optionalDependencies?: Record<string, string> }>;

describe('every node', () => {
	const nodes = manifest.n8n.nodes.map((path) => path.replace(/^dist\/(.*)\.js$/, '$1.ts'));

	it.each(nodes)('%s has a codex file and an icon for light and for dark', (path) => {
		const folder = dirname(join(ROOT, path));
		expect(existsSync(join(ROOT, path.replace(/\.ts$/, '.json')))).toBe(true);

		const texts = filesUnder(ROOT, posix.dirname(path)).filter((file) => file.endsWith('.ts'));
		const icons = texts.flatMap((file) =>
			[...sourceText(file).matchAll(/file:([\w./-]+\.svg)/g)].map(([, icon]) => icon ?? ''),
		);
		expect(icons.filter((icon) => icon.includes('dark'))).toHaveLength(1);
		expect(icons.filter((icon) => !icon.includes('dark'))).toHaveLength(1);
		expect(icons.filter((icon) => !existsSync(join(folder, icon)))).toEqual([]);
	});
});

/** `twilio` for a file under nodes/shared/twilio, nothing for a node or a credential. */
function sharedFolder(path: string): string {
	return /^nodes\/shared\/([^/]+)\//.exec(path)?.[1] ?? '';
}

/** Imported modules: packages by name, files of ours relative to the root and without an ending. */
function importsOf(file: string): string[] {
	return ts.preProcessFile(sourceText(file), true, true).importedFiles.map(({ fileName }) => {
		if (!fileName.startsWith('.')) return fileName;
		return posix.join(posix.dirname(file), fileName).replace(/\.js$/, '');
	});
}

function sourceText(path: string): string {
	return readFileSync(join(ROOT, path), 'utf8');
}
