import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

interface BundledPackage {
	name: string;
	version: string;
	license: string;
	text: string;
}

/**
 * The notices that the licences of bundled packages oblige us to pass on. Rejects a package that
 * declares no licence: its code may not be shipped.
 */
export function thirdPartyNotices(root: string, metafile: Metafile, legalComments: string): string {
	const packages = bundledFolders(metafile).map((folder) => describe(join(root, folder)));
	packages.sort((a, b) => a.name.localeCompare(b.name));
	return [
		'This package contains code of the following packages, under the licences given.',
		...packages.map(
			({ name, version, license, text }) =>
				`${name} ${version} (${license})\n\n${text.trim()}`,
		),
		...(legalComments ? [`Notices found in the code itself\n\n${legalComments}`] : []),
	]
		.map((section) => `${section}\n`)
		.join(`\n${'-'.repeat(80)}\n\n`);
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

function describe(folder: string): BundledPackage {
	const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
		name: string;
		version: string;
		license?: string;
		author?: string | { name: string };
	};
	if (!manifest.license)
		throw new Error(`${manifest.name} declares no licence; do not bundle it`);
	const author = typeof manifest.author === 'object' ? manifest.author.name : manifest.author;
	return {
		name: manifest.name,
		version: manifest.version,
		license: manifest.license,
		text:
			licenceFile(folder) ??
			`Licence: ${manifest.license}. Author: ${author ?? 'not named'}.`,
	};
}

function licenceFile(folder: string): string | undefined {
	const names = readdirSync(folder).filter((name) => /^(licen[cs]e|notice|copying)/i.test(name));
	const texts = names.map((name) => join(folder, name)).filter((path) => existsSync(path));
	return texts.length > 0
		? texts.map((path) => readFileSync(path, 'utf8')).join('\n')
		: undefined;
}
