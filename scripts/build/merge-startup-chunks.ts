import { basename, dirname, join, resolve } from 'node:path';
import type { Metafile } from 'esbuild';

export interface CodeFile {
	/** Absolute. */
	path: string;
	/** CommonJS. */
	code: string;
}

const MERGED = 'startup.js';

/**
 * Puts all chunks that entries load at once into one file: finding, reading and compiling some thirty
 * small ones takes Node longer than what is in them. Each stays a module of its own in there, run when
 * it is first asked for.
 */
export function mergeStartupChunks(
	files: readonly CodeFile[],
	metafile: Metafile,
	{ root, entries }: { root: string; entries: readonly string[] },
): CodeFile[] {
	const chunks = startupChunks(metafile, entries);
	const names = new Set(chunks.map((path) => resolve(root, path)));
	const chunkNames = chunks.map((path) => basename(path));
	const rewired = files.map(({ path, code }) => ({
		path,
		code: throughMerged(code, chunkNames),
	}));
	const merged = rewired.filter(({ path }) => names.has(resolve(path)));
	const [first, second] = merged;
	if (!first || !second) return [...files];

	return [
		...rewired.filter((file) => !merged.includes(file)),
		{ path: join(dirname(first.path), MERGED), code: mergedCode(merged) },
	];
}

/** The chunks that entries, or chunks of theirs, import when they are loaded; paths as in the metafile. */
export function startupChunks({ outputs }: Metafile, entries: readonly string[]): string[] {
	const found = new Set<string>();
	const visit = (output: string) => {
		for (const { path, kind, external } of outputs[output]?.imports ?? []) {
			if (external || kind !== 'import-statement' || found.has(path)) continue;
			found.add(path);
			visit(path);
		}
	};
	for (const [output, { entryPoint }] of Object.entries(outputs)) {
		if (entries.includes(entryPoint ?? '')) visit(output);
	}
	return [...found];
}

function throughMerged(code: string, chunks: readonly string[]): string {
	return code.replace(/\brequire\("(\.[^"]*\/)([^"/]+)"\)/g, (call, folder, name) =>
		chunks.includes(String(name)) ? `require("${folder}${MERGED}")("${name}")` : String(call),
	);
}

function mergedCode(chunks: readonly CodeFile[]): string {
	// In brackets, a function is compiled with the file and not once more when it is called.
	const functions = chunks.map(
		({ path, code }) =>
			`${JSON.stringify(basename(path))}:(function(module,exports,require){${code}\n})`,
	);
	return `const chunks={${functions.join(',\n')}},loaded={};
module.exports=name=>{
	let chunk=loaded[name];
	if(!chunk){
		chunk=loaded[name]={exports:{}};
		chunks[name](chunk,chunk.exports,require);
	}
	return chunk.exports;
};
`;
}
