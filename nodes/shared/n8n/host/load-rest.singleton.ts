import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';

/** Where the build puts what nodes share and what is loaded on first use: scripts/build/bundle.ts. */
const CHUNKS = 'chunks';

let begun = false;

/**
 * Loads all files of the package, with pauses for others. An update takes them away while n8n runs
 * on until its restart: what was first needed then would be missing, and a text lost with it.
 */
export function loadRest(): void {
	if (begun || basename(__dirname) !== CHUNKS) return;
	begun = true;
	const dist = dirname(__dirname);
	const entries = readdirSync(dist, { recursive: true, withFileTypes: true });
	const folders = entries.filter((entry) => entry.isDirectory());
	loadNext(
		readdirSync(__dirname).filter((file) => file.endsWith('.js')),
		folders.map(({ parentPath, name }) => join(parentPath, name)),
	);
}

/**
 * From each folder that has files of ours: Node looks on the disk for what a folder asks for the
 * first time, though it has loaded it for another.
 */
function loadNext([file, ...others]: string[], folders: string[]): void {
	if (file === undefined) return;
	setImmediate(() => {
		for (const folder of folders) {
			const path = relative(folder, join(__dirname, file)).replaceAll('\\', '/');
			createRequire(join(folder, 'any.js'))(path.startsWith('.') ? path : `./${path}`);
		}
		loadNext(others, folders);
	});
}
