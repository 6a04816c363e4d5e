import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Metafile } from 'esbuild';

export interface CodeFile {
	/** Absolute. */
	path: string;
	/** CommonJS. */
	code: string;
}

const MERGED = 'startup.js';
/** What esbuild begins every CommonJS file with: here once is enough. */
const HELPERS =
	/^var __.*?__toCommonJS=mod=>__copyProps\(__defProp\(\{\},"__esModule",\{value:!0\}\),mod\);/s;

/**
 * Puts the entries and all chunks that they load at once into one file, and in an entry's place a line
 * that takes it from there: finding, reading and compiling some forty small files takes Node longer
 * than what is in them. Each stays a module of its own in there, run when it is first asked for.
 */
export function mergeStartupChunks(
	files: readonly CodeFile[],
	metafile: Metafile,
	{ root, entries }: { root: string; entries: readonly string[] },
): CodeFile[] {
	const [firstChunk, ...otherChunks] = startupChunks(metafile, entries);
	if (firstChunk === undefined) return [...files];

	const absolute = (path: string) => resolve(root, path);
	const entryPaths = entryOutputs(metafile, entries).map(absolute);
	const merged = new Set([...entryPaths, ...[firstChunk, ...otherChunks].map(absolute)]);
	const mergedPath = join(dirname(absolute(firstChunk)), MERGED);
	const loading = (path: string, from: string) =>
		merged.has(path)
			? `require("${requirePath(mergedPath, from)}")("${basename(path)}")`
			: `require("${requirePath(path, from)}")`;
	const known = new Set(files.map(({ path }) => path));
	/** `code` of a file in `folder`, as it has to be in the folder `from`. */
	const rewired = (code: string, folder: string, from: string) =>
		code.replace(/\brequire\("(\.[^"]*)"\)/g, (call, path) => {
			const target = resolve(folder, String(path));
			return known.has(target) ? loading(target, from) : String(call);
		});

	const inside: CodeFile[] = [];
	const beside: CodeFile[] = [];
	for (const { path, code } of files) {
		const from = merged.has(path) ? mergedPath : path;
		(merged.has(path) ? inside : beside).push({
			path,
			code: rewired(code, dirname(path), dirname(from)),
		});
	}
	if (new Set(inside.map(({ path }) => basename(path))).size !== merged.size) {
		throw new Error('Entries and their chunks need a file each, and names of their own');
	}
	return [
		...beside,
		...entryPaths.map((path) => ({
			path,
			code: `module.exports=${loading(path, dirname(path))};\n`,
		})),
		{ path: mergedPath, code: mergedCode(inside) },
	];
}

/** As `require` takes it in a file of the folder `from`. */
function requirePath(path: string, from: string): string {
	const found = relative(from, path).replaceAll('\\', '/');
	return found.startsWith('.') ? found : `./${found}`;
}

function entryOutputs({ outputs }: Metafile, entries: readonly string[]): string[] {
	return Object.entries(outputs)
		.filter(([, { entryPoint }]) => entries.includes(entryPoint ?? ''))
		.map(([output]) => output);
}

/** The chunks that entries, or chunks of theirs, import when they are loaded; paths as in the metafile. */
export function startupChunks(metafile: Metafile, entries: readonly string[]): string[] {
	const found = new Set<string>();
	const visit = (output: string) => {
		for (const { path, kind, external } of metafile.outputs[output]?.imports ?? []) {
			if (external || kind !== 'import-statement' || found.has(path)) continue;
			found.add(path);
			visit(path);
		}
	};
	entryOutputs(metafile, entries).forEach(visit);
	return [...found];
}

function mergedCode(chunks: readonly CodeFile[]): string {
	const helpers = chunks.map(({ code }) => HELPERS.exec(code)?.[0] ?? '');
	// Of two sets of helpers that esbuild writes, the longer holds the shorter.
	const allHelpers = helpers.reduce(
		(one, other) => (other.length > one.length ? other : one),
		'',
	);
	for (const [name] of helpers.join('').matchAll(/\b__\w+(?==)/g)) {
		if (!allHelpers.includes(`${name}=`))
			throw new Error(`esbuild's helper ${name} is missing`);
	}
	// In brackets, a function is compiled with the file and not once more when it is called.
	const functions = chunks.map(
		({ path, code }) =>
			`${JSON.stringify(basename(path))}:(function(module,exports,require){${code.replace(HELPERS, '')}\n})`,
	);
	return `${allHelpers}
const chunks={${functions.join(',\n')}},loaded={};
module.exports=name=>{
	let chunk=loaded[name];
	if(!chunk){
		chunk=loaded[name]={exports:{}};
		try{chunks[name](chunk,chunk.exports,require)}
		catch(error){delete loaded[name];throw error}
	}
	return chunk.exports;
};
`;
}
