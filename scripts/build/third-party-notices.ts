import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BundledPackage } from './bundled-packages';

/** The notices that the licences of bundled packages oblige us to pass on, after a list of them all. */
export function thirdPartyNotices(
	root: string,
	packages: readonly BundledPackage[],
	legalComments: string,
): string {
	const list = packages.map(titleOf).map((title) => `  ${title}`);
	return [
		[
			'This package contains code of the following packages, under the licences given.',
			'',
			...list,
		].join('\n'),
		...packages.map((one) => `${titleOf(one)}\n\n${textOf(root, one).trim()}`),
		...(legalComments ? [`Notices found in the code itself\n\n${legalComments}`] : []),
	]
		.map((section) => `${section}\n`)
		.join(`\n${'-'.repeat(80)}\n\n`);
}

function titleOf({ name, version, license }: BundledPackage): string {
	return `${name} ${version} (${license})`;
}

function textOf(root: string, { folder, license, author }: BundledPackage): string {
	const there = join(root, folder);
	return licenceFile(there) ?? `Licence: ${license}. Author: ${author ?? 'not named'}.`;
}

function licenceFile(folder: string): string | undefined {
	const names = readdirSync(folder).filter((name) => /^(licen[cs]e|notice|copying)/i.test(name));
	const texts = names.map((name) => join(folder, name)).filter((path) => existsSync(path));
	return texts.length > 0
		? texts.map((path) => readFileSync(path, 'utf8')).join('\n')
		: undefined;
}
