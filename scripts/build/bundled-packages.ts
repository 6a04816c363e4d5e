import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** A package of others of which code is in the output. */
export interface BundledPackage {
	name: string;
	version: string;
	/** An SPDX identifier or expression, as the package declares it. */
	license: string;
	author: string | undefined;
	/** Where it is installed, relative to the root, with `/`. */
	folder: string;
	/** Names of the packages it asks for. */
	dependencies: string[];
}

/**
 * By name. Throws for a package that declares no licence: its code may not be shipped.
 *
 * @param root where `node_modules` is.
 */
export function bundledPackages(root: string, metafile: Metafile): BundledPackage[] {
	return bundledFolders(metafile)
		.map((folder) => describe(root, folder))
		.sort((one, other) => one.name.localeCompare(other.name));
}

/** Folders of packages of which at least one byte is in the output. */
function bundledFolders(metafile: Metafile): string[] {
	const folders = new Set<string>();
	for (const { inputs } of Object.values(metafile.outputs)) {
		for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
			const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
			if (folder && bytesInOutput > 0) folders.add(folder);
		}
	}
	return [...folders];
}

function describe(root: string, folder: string): BundledPackage {
	const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
		name: string;
		version: string;
		license?: string;
		author?: string | { name: string };
		dependencies?: Record<string, string>;
	};
	const { name, version, license, author, dependencies = {} } = manifest;
	if (!license) throw new Error(`${name} declares no licence; do not bundle it`);
	return {
		name,
		version,
		license,
		author: typeof author === 'object' ? author.name : author,
		folder,
		dependencies: Object.keys(dependencies),
	};
}
