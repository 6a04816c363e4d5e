import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build, transform, type Loader, type Metafile, type OutputFile } from 'esbuild';

export interface BundleOptions {
	/** Folder the entries and the output keep their relative paths to. */
	root: string;
	/** Source files that n8n loads by path, relative to `root`. */
	entries: string[];
	/** Where the output goes; emptied first. */
	outdir: string;
	/** Packages that the host provides. */
	external: string[];
}

export interface BundleResult {
	metafile: Metafile;
	/** Comments that licences oblige us to keep, lifted out of the code. */
	legalComments: string;
}

/** What is imported as the text it holds: scripts of Redis, schemas of Postgres. */
export const TEXT_FILES: Record<string, Loader> = { '.lua': 'text', '.sql': 'text' };

interface CodeFile {
	/** Absolute. */
	path: string;
	/** CommonJS. */
	code: string;
}

/** Node 22 is the oldest that n8n 2 runs on. */
const TARGET = 'node22';

/**
 * Bundles entries that live in one process as separate files, each source module in exactly one
 * output file. Code that two entries share goes into `chunks/`, and so does everything behind
 * `await import('./module.js')`, which is then read from disk on first use only.
 *
 * Two steps, because n8n loads CommonJS and esbuild splits ES modules only: split first, then turn
 * every file into CommonJS, `import()` into a deferred `require`.
 *
 * Guarantee: a module's state and its classes exist once per process, whichever entries and
 * chunks use them, so a registry can be a module variable and `instanceof` holds everywhere.
 */
export async function bundle(options: BundleOptions): Promise<BundleResult> {
	const split = await build({
		absWorkingDir: options.root,
		entryPoints: options.entries,
		outbase: options.root,
		outdir: options.outdir,
		chunkNames: 'chunks/[name]-[hash]',
		bundle: true,
		splitting: true,
		format: 'esm',
		platform: 'node',
		target: TARGET,
		external: options.external,
		loader: TEXT_FILES,
		minifySyntax: true,
		legalComments: 'external',
		metafile: true,
		write: false,
		logLevel: 'warning',
	});

	await rm(options.outdir, { recursive: true, force: true });
	const isLegal = (file: OutputFile) => file.path.endsWith('.LEGAL.txt');
	const code = split.outputFiles.filter((file) => !isLegal(file));
	const libraries = filesWithLibraries(options.root, split.metafile);
	const files = await Promise.all(
		code.map((file) => asCommonJs(file, { shortNames: libraries.has(file.path) })),
	);
	for (const { path, code: text } of files) {
		await mkdir(dirname(path), { recursive: true });
		await writeFile(path, text);
	}

	return {
		metafile: split.metafile,
		legalComments: legalCommentsOf(split.outputFiles.filter(isLegal)),
	};
}

/** Absolute. Our own code keeps its names, so that a stack in n8n's log can be read. */
function filesWithLibraries(root: string, { outputs }: Metafile): Set<string> {
	const withLibraries = Object.entries(outputs).filter(([, { inputs }]) =>
		Object.entries(inputs).some(
			([path, { bytesInOutput }]) => bytesInOutput > 0 && path.includes('node_modules/'),
		),
	);
	return new Set(withLibraries.map(([path]) => join(root, path)));
}

async function asCommonJs(
	file: OutputFile,
	{ shortNames }: { shortNames: boolean },
): Promise<CodeFile> {
	const { code, warnings } = await transform(file.text, {
		format: 'cjs',
		platform: 'node',
		target: TARGET,
		supported: { 'dynamic-import': false },
		minifyWhitespace: true,
		minifyIdentifiers: shortNames,
		minifySyntax: true,
		legalComments: 'none',
		sourcefile: file.path,
		logLevel: 'warning',
		// A slip in xmlbuilder, which Twilio's TwiML classes use; the later of the two members counts.
		logOverride: { 'duplicate-class-member': 'silent' },
	});
	if (warnings.length > 0) throw new Error(`${file.path} does not translate to CommonJS cleanly`);
	return { path: file.path, code };
}

function legalCommentsOf(files: OutputFile[]): string {
	const comments = files.flatMap((file) => file.text.split(/\n(?=\S.*:\n)/));
	return [...new Set(comments.map((comment) => comment.trim()))].filter(Boolean).join('\n\n');
}

/** The files of the entries and all that they load at once; paths as in the metafile. */
export function outputsAtStartup({ outputs }: Metafile, entries: readonly string[]): string[] {
	const found = new Set<string>();
	const visit = (output: string) => {
		if (found.has(output)) return;
		found.add(output);
		for (const { path, kind, external } of outputs[output]?.imports ?? []) {
			if (!external && kind === 'import-statement') visit(path);
		}
	};
	const isEntry = (output: string) => entries.includes(outputs[output]?.entryPoint ?? '');
	Object.keys(outputs).filter(isEntry).forEach(visit);
	return [...found];
}

/** Output files by the source module they hold, both relative to the working folder of the build. */
export function outputsByModule(metafile: Metafile): Map<string, string[]> {
	const found = new Map<string, string[]>();
	for (const [output, { inputs }] of Object.entries(metafile.outputs)) {
		for (const [module, { bytesInOutput }] of Object.entries(inputs)) {
			if (bytesInOutput === 0) continue;
			found.set(module, [...(found.get(module) ?? []), output]);
		}
	}
	return found;
}
