import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import manifest from '../package.json';
import { filesUnder } from '../scripts/build/source-hash';
import { ROOT } from '../scripts/paths';

/** What every engine of a thread store may import of ours; never another engine. */
const ENGINE = ['process', 'messaging', 'threads', 'threads/stores'];

/**
 * The rooms of shared code, and what each may import of ours beside itself. A folder without a line
 * belongs to the room around it. `threads/*` stands for every room within threads.
 */
const ROOMS: Record<string, string[]> = {
	// What outlives an update of the package.
	process: [],
	// What must be told to nobody.
	secrets: [],
	messaging: ['secrets'],
	http: [],
	'twilio/api': ['messaging', 'http'],
	'twilio/inbound': ['messaging'],
	'twilio/voice': ['messaging', 'twilio/inbound'],
	'twilio/registration': ['messaging', 'twilio/api'],
	threads: ['messaging'],
	'threads/turns': ['messaging', 'threads'],
	'threads/stores': ['messaging', 'threads'],
	'threads/stores/static-data': ENGINE,
	'threads/stores/embedded': ENGINE,
	'threads/stores/redis': ENGINE,
	'threads/stores/postgres': ENGINE,
	contacts: ['messaging', 'threads'],
	composing: ['process', 'messaging', 'http', 'threads'],
	acting: ['messaging', 'threads', 'composing'],
	sending: [
		...['process', 'messaging', 'http', 'threads', 'threads/turns'],
		...['twilio/api', 'contacts', 'composing'],
	],
	replying: [
		...['messaging', 'threads', 'threads/turns'],
		...['contacts', 'composing', 'acting', 'sending'],
	],
	// What the silence of a contact comes to.
	remembering: [
		...['messaging', 'threads', 'threads/turns'],
		...['contacts', 'composing', 'acting', 'sending'],
	],
	receiving: [
		...['process', 'messaging', 'http', 'threads', 'threads/turns'],
		...['contacts', 'twilio/api', 'twilio/inbound', 'twilio/registration'],
	],
	desk: [
		...['messaging', 'threads', 'threads/turns', 'contacts', 'twilio/api'],
		...['sending', 'owners', 'remembering'],
	],
	owners: ['messaging', 'threads', 'threads/turns', 'contacts', 'sending'],
	calls: ['messaging', 'threads', 'contacts', 'twilio/*'],
	// What the domain is built of; the only room that knows n8n.
	n8n: [
		...['process', 'secrets', 'messaging', 'http', 'twilio/*', 'threads', 'threads/*'],
		...[
			'contacts',
			'composing',
			'acting',
			'sending',
			'replying',
			'remembering',
			'receiving',
			'owners',
			'calls',
		],
	],
};

/** The most source files in one folder; with more, nobody finds what they look for at a glance. */
const MOST_FILES = 15;

const sources = ['nodes', 'credentials']
	.flatMap((folder) => filesUnder(ROOT, folder))
	.filter((path) => path.endsWith('.ts'));

const imports = sources.flatMap((file) => importsOf(file).map((to) => ({ file, to })));

describe('imports', () => {
	it.each(Object.entries(ROOMS))('of %s go to %j only', (room, allowed) => {
		const strays = imports.filter(({ file, to }) => {
			const ours = to.startsWith('nodes/') || to.startsWith('credentials/');
			if (!ours || roomOf(file) !== room) return false;
			const target = roomOf(to);
			return target !== room && !allowed.some((name) => isMeant(target, name));
		});
		expect(strays).toEqual([]);
	});

	it('know no folder of shared code without a rule', () => {
		const without = sources.filter(
			(file) => file.startsWith('nodes/shared/') && roomOf(file) === '',
		);
		expect(without).toEqual([]);
	});

	it('know no engine of a store without a line of its own', () => {
		const engines = sources.flatMap(
			(file) => /^nodes\/shared\/(threads\/stores\/[^/]+)\//.exec(file)?.[1] ?? [],
		);
		expect(engines).not.toEqual([]);
		expect(engines.filter((room) => ROOMS[room] !== ENGINE)).toEqual([]);
	});

	it('run in no circle', () => {
		expect(circles()).toEqual([]);
	});

	it('of a composer know of threads the type of a thread only', () => {
		const names = sources
			.filter((file) => roomOf(file) === 'composing')
			.flatMap((file) => [
				...sourceText(file).matchAll(/^import (.*) from '(?:\.\.\/)+threads\/.*';$/gm),
			])
			.map(([, names]) => names);
		expect(new Set(names)).toEqual(new Set(['type { Thread }']));
	});

	it('of n8n happen in nodes, credentials and shared/n8n only', () => {
		const strays = imports.filter(({ file, to }) => {
			const room = roomOf(file);
			return room !== '' && room !== 'n8n' && /^(@n8n\/|n8n-)/.test(to);
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

/** Only n8n/host touches what the process lends everybody; the rest is handed a clock or a value. */
const HOST = 'nodes/shared/n8n/host/';
/** One of its files reads the package's own folder. */
const OWN_FILES = `${HOST}load-rest.singleton.ts`;
/** And one file keeps, with the process, what two copies of the package share. */
const KEPT = 'nodes/shared/process/process-wide.ts';
const PROCESS_WIDE = new Set([
	...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'],
	...['clearTimeout', 'clearInterval', 'clearImmediate'],
	...['process', 'global', 'globalThis', '__dirname', '__filename'],
]);
const TIMERS = /^node:(timers|process)\b/;
const MACHINE = /^node:(fs|net|tls|sqlite|dns|http|https|child_process|worker_threads)\b/;

describe('the machine', () => {
	it('lends timers, its process and other globals to n8n/host only', () => {
		const strays = sources
			.filter((file) => !file.startsWith(HOST) && file !== KEPT)
			.flatMap((file) => [
				...globalsUsedIn(file).map((name) => `${file}: ${name}`),
				...importsOf(file)
					.filter((to) => TIMERS.test(to))
					.map((to) => `${file}: ${to}`),
			]);
		expect(strays).toEqual([]);
	});

	it('lends files and sockets to the engines of stores only', () => {
		const strays = imports.filter(
			({ file, to }) =>
				MACHINE.test(to) &&
				file !== OWN_FILES &&
				!/^nodes\/shared\/threads\/stores\/[^/]+\//.test(file),
		);
		expect(strays).toEqual([]);
	});
});

/**
 * State of a module exists once per copy of the package, and after an update there are two: what they
 * must agree on goes through `processWide`. Nothing is decided by what these keep.
 */
const STATE_PER_COPY = [
	'nodes/shared/composing/message-tags.ts', // date formats
	'nodes/shared/contacts/agent-record.ts', // agents, read again after some seconds
	'nodes/shared/n8n/credentials/signing-account.singleton.ts', // credentials, read again at any time
	'nodes/shared/n8n/credentials/twilio-account.ts', // what accounts were read from, a minute long
	'nodes/shared/n8n/host/load-rest.singleton.ts', // each copy loads its own files
	'nodes/shared/n8n/items/prompt-variables.ts', // hints that the run of a node has given
	'nodes/shared/threads/stores/store-pool.singleton.ts', // connections; the servers decide
];

describe('the state of modules', () => {
	it('is kept with the process, so that two copies of the package share it', () => {
		const stateful = sources.filter((file) => hasState(file));
		expect(stateful.sort()).toEqual(STATE_PER_COPY);
	});
});

describe('folders', () => {
	it(`hold ${MOST_FILES} source files at most`, () => {
		const counts = new Map<string, number>();
		for (const file of sources) {
			const folder = posix.dirname(file);
			counts.set(folder, (counts.get(folder) ?? 0) + 1);
		}
		expect([...counts].filter(([, count]) => count > MOST_FILES)).toEqual([]);
	});
});

describe('imports of the tools around the package', () => {
	/** What each may not import of ours. */
	const MUST_NOT: Record<string, RegExp> = {
		scripts: /^test\//,
		bench: /^test\//,
		emulator: /^(?!emulator\/)[a-z]+\//,
		// The servers that it starts are told to the stores in the stores' own settings.
		harness: /^(test|bench|emulator|credentials|nodes(?!.*-settings$))\//,
	};

	it.each(Object.entries(MUST_NOT))('of %s never match %s', (folder, forbidden) => {
		const files = filesUnder(ROOT, folder).filter((path) => path.endsWith('.ts'));
		expect(files).not.toEqual([]);
		const strays = files.flatMap((file) =>
			relativeImportsOf(file)
				.filter((to) => forbidden.test(to))
				.map((to) => ({ file, to })),
		);
		expect(strays).toEqual([]);
	});
});

it('test files take the editor from where each of their tests gets a second try', () => {
	const files = filesUnder(ROOT, 'test').filter((path) => path.endsWith('.test.ts'));
	const strays = files.filter((file) => relativeImportsOf(file).includes('harness/editor'));
	expect(strays).toEqual([]);
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

/** The room of a file under nodes/shared, nothing for a node or a credential. */
function roomOf(path: string): string {
	const folder = /^nodes\/shared\/(.+)\/[^/]+$/.exec(path)?.[1] ?? '';
	const rooms = Object.keys(ROOMS).filter(
		(room) => folder === room || folder.startsWith(`${room}/`),
	);
	return rooms.sort((one, other) => other.length - one.length)[0] ?? '';
}

function isMeant(room: string, name: string): boolean {
	return name.endsWith('/*') ? room.startsWith(name.slice(0, -1)) : room === name;
}

/** Circles of files that import each other, types and imports on first use included. */
function circles(): string[][] {
	const importedBy = new Map(
		sources.map((file) => [
			file,
			imports.filter((one) => one.file === file).map(({ to }) => `${to}.ts`),
		]),
	);
	const found: string[][] = [];
	const done = new Set<string>();
	const visit = (file: string, path: string[]) => {
		const at = path.indexOf(file);
		if (at >= 0) found.push(path.slice(at));
		if (at >= 0 || done.has(file)) return;
		for (const to of importedBy.get(file) ?? []) visit(to, [...path, file]);
		done.add(file);
	};
	for (const file of importedBy.keys()) visit(file, []);
	return found;
}

/** Names that stand for something of the process, members of the same name (`call.process`) left out. */
function globalsUsedIn(file: string): string[] {
	const found: string[] = [];
	const visit = (node: ts.Node) => {
		const { parent } = node;
		if (ts.isIdentifier(node) && PROCESS_WIDE.has(node.text)) {
			const isMember =
				(ts.isPropertyAccessExpression(parent) ||
					ts.isPropertyAssignment(parent) ||
					ts.isPropertySignature(parent)) &&
				parent.name === node;
			if (!isMember) found.push(node.text);
		}
		ts.forEachChild(node, visit);
	};
	visit(ts.createSourceFile(file, sourceText(file), ts.ScriptTarget.Latest, true));
	return found;
}

/** Imported files of ours, relative to the root and without an ending. */
function relativeImportsOf(file: string): string[] {
	const relative = ts
		.preProcessFile(sourceText(file), true, true)
		.importedFiles.filter(({ fileName }) => fileName.startsWith('.'));
	return relative.map(({ fileName }) => posix.join(posix.dirname(file), fileName));
}

/** Whether the module has a variable that it changes: `let`, or a collection that begins empty. */
function hasState(file: string): boolean {
	const source = ts.createSourceFile(file, sourceText(file), ts.ScriptTarget.Latest, true);
	return source.statements.filter(ts.isVariableStatement).some(({ declarationList }) => {
		if (!(declarationList.flags & ts.NodeFlags.Const)) return true;
		return declarationList.declarations.some(
			({ initializer }) =>
				initializer !== undefined &&
				ts.isNewExpression(initializer) &&
				(initializer.arguments ?? []).length === 0,
		);
	});
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
