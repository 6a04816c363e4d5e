import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import manifest from '../../../package.json';
import { filesUnder } from '../../../scripts/build/source-hash';
import { anchorOf } from '../../../scripts/docs/node-pages';
import { ROOT } from '../../../scripts/paths';

/** npm shows the README there, so what follows is an anchor in it. */
const OUR_PAGE = /https:\/\/www\.npmjs\.com\/package\/n8n-nodes-sms-agent#([\w-]+)/g;

/** Pages for those who have a clone. The README names them as such. */
const IN_THE_CLONE_ONLY = [
	'CONTRIBUTING.md',
	'docs/add-a-store.md',
	'docs/benchmarks.md',
	'docs/decisions.md',
	'docs/how-a-text-travels.md',
	'test/fixtures/built-in',
];

interface Link {
	/** Seen from the root of the clone. */
	from: string;
	to: string;
	anchor: string;
}

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const pages = [...filesAtRoot(), ...filesUnder(ROOT, 'docs')].filter((path) =>
	path.endsWith('.md'),
);
const links = pages.flatMap(relativeLinks);

describe('a link', () => {
	it('is found on every page that has some', () => {
		expect(links.length).toBeGreaterThan(100);
	});

	it('leads to a file that is there', () => {
		expect(links.filter(({ to }) => !existsSync(join(ROOT, to)))).toEqual([]);
	});

	it('with an anchor leads to a heading that is there', () => {
		const lost = links.filter(
			({ to, anchor }) => anchor !== '' && !anchorsOf(to).includes(anchor),
		);
		expect(lost).toEqual([]);
	});

	it('from the editor leads to a heading of the README', () => {
		const sources = ['nodes', 'credentials'].flatMap((folder) => filesUnder(ROOT, folder));
		const anchors = sources.flatMap((path) =>
			[...read(path).matchAll(OUR_PAGE)].map(([, anchor = '']) => anchor),
		);
		expect(anchors).not.toEqual([]);
		expect(anchors.filter((anchor) => !anchorsOf('README.md').includes(anchor))).toEqual([]);
	});

	// Pictures stay out: they weigh more than the rest of the package.
	it('from a page in the package leads to what is in the package, pictures aside', () => {
		const astray = links.filter(
			({ from, to }) =>
				isPacked(from) &&
				!isPacked(to) &&
				!to.endsWith('.png') &&
				!IN_THE_CLONE_ONLY.includes(to),
		);
		expect(astray).toEqual([]);
	});
});

function filesAtRoot(): string[] {
	const names = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md'];
	return names.filter((name) => existsSync(join(ROOT, name)));
}

function relativeLinks(from: string): Link[] {
	return [...prose(from).matchAll(/\]\(([^)\s]+)\)/g)]
		.map(([, target = '']) => target)
		.filter((target) => !/^[a-z]+:/.test(target))
		.map((target) => {
			const [path = '', anchor = ''] = target.split('#');
			const to = path === '' ? from : posix.join(posix.dirname(from), path);
			return { from, to, anchor };
		});
}

/** As GitHub and npm make them: a heading that comes again gets a number. */
function anchorsOf(path: string): string[] {
	const seen = new Map<string, number>();
	return [...prose(path).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => {
		const anchor = anchorOf(heading.replaceAll(/[*`]|\]\([^)]*\)/g, ''));
		const times = seen.get(anchor) ?? 0;
		seen.set(anchor, times + 1);
		return times === 0 ? anchor : `${anchor}-${times}`;
	});
}

/** Without blocks and words of code, where nothing is a link or a heading. */
function prose(path: string): string {
	return read(path)
		.replaceAll(/^```[^]*?^```/gm, '')
		.replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]]/g, ' '));
}

/** npm takes these in any case, beside what `files` names. */
function isPacked(path: string): boolean {
	const always = ['README.md', 'LICENSE.md', 'CHANGELOG.md'];
	return [...always, ...manifest.files].some(
		(packed) => path === packed || path.startsWith(`${packed}/`),
	);
}
