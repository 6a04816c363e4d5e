import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** All that the package is made of; a change in any of these asks for a new build. */
const SOURCES = [
	'nodes',
	'credentials',
	'scripts/build',
	'scripts/docs',
	'docs',
	'workflows',
	'gulpfile.js',
	'package.json',
	'package-lock.json',
	'README.md',
	'CHANGELOG.md',
	'LICENSE.md',
];

export function hashOfSources(root: string): string {
	const hash = createHash('sha256');
	for (const path of SOURCES.flatMap((source) => filesUnder(root, source))) {
		hash.update(`${path}\0`)
			.update(readFileSync(join(root, path)))
			.update('\0');
	}
	return hash.digest('hex');
}

/** Relative paths, sorted, with `/`; a source that does not exist has no files. */
export function filesUnder(root: string, source: string): string[] {
	const path = join(root, source);
	if (!existsSync(path)) return [];
	if (statSync(path).isFile()) return [source];
	return readdirSync(path, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
		.map((file) => file.replaceAll('\\', '/'))
		.sort();
}
