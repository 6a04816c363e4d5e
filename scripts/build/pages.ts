import { readFileSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { Marked } from 'marked';
import manifest from '../../package.json';
import { anchorOf } from '../docs/node-pages';
import { DIST, ROOT } from '../paths';
import { filesUnder } from './source-hash';

// The documentation as it reaches those who have no clone: pages of HTML in the package, which unpkg.com
// serves as such, and the README on npm, which renders no other page.

/** Where a file of this version of the package can be read. */
export const IN_PACKAGE = `https://unpkg.com/${manifest.name}@${manifest.version}/`;
/** Shows the README. */
export const ON_NPM = `https://www.npmjs.com/package/${manifest.name}`;

/** For those who work on the package, who have a clone. */
const FOR_DEVELOPERS = ['add-a-store', 'benchmarks', 'decisions', 'demo', 'how-a-text-travels'];

/** The pages that are packed, seen from the root of the clone. */
export function packedPages(): string[] {
	const isOurs = (path: string) =>
		path.endsWith('.md') && !FOR_DEVELOPERS.some((name) => path === `docs/${name}.md`);
	return ['CHANGELOG.md', ...filesUnder(ROOT, 'docs').filter(isOurs)];
}

/** Where a file of the clone is in the package; undefined for what is not packed. */
export function packedPath(path: string): string | undefined {
	if (path === 'LICENSE.md' || /^workflows\/|^docs\/(resellers|queue-mode)\//.test(path))
		return path;
	if (path.startsWith('docs/images/')) return `dist/${path}`;
	if (!packedPages().includes(path)) return undefined;
	return posix.join(
		'dist/docs',
		path
			.toLowerCase()
			.replace(/^docs\//, '')
			.replace(/\.md$/, '.html'),
	);
}

/** The README with addresses where the clone has links to files; what is not packed is named without one. */
export function readmeForNpm(readme: string): string {
	return withLinks(readme, 'README.md', (path) => {
		const packed = packedPath(path);
		return packed && IN_PACKAGE + packed;
	});
}

/** Writes the pages, and the pictures of these and of the README, into `dist`. */
export async function writePages(): Promise<void> {
	let shown = read('README.md');
	for (const page of packedPages()) {
		const markdown = read(page);
		shown += markdown;
		const html = pageOf(page, markdown);
		await write(packedPath(page) ?? '', async (to) => await writeFile(to, html));
	}
	const pictures = filesUnder(ROOT, 'docs/images');
	for (const picture of pictures.filter((path) => shown.includes(path.replace('docs/', '')))) {
		await write(packedPath(picture) ?? '', async (to) => {
			await copyFile(join(ROOT, picture), to);
		});
	}
}

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

async function write(path: string, into: (file: string) => Promise<void>): Promise<void> {
	const file = join(dirname(DIST), path);
	await mkdir(dirname(file), { recursive: true });
	await into(file);
}

/** A page of HTML. Its links lead to files beside it, so that it can be read from a disk as well. */
export function pageOf(page: string, markdown: string): string {
	const folder = posix.dirname(packedPath(page) ?? '');
	const text = withLinks(markdown, page, (path) => {
		if (path === 'README.md') return ON_NPM;
		const packed = packedPath(path);
		return packed && posix.relative(folder, packed);
	});
	const title = /^# (.+)$/m.exec(markdown)?.[1] ?? basename(page, '.md');
	return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · ${manifest.name}</title>
<style>${STYLE}</style>
<nav><a href="${ON_NPM}">${manifest.name}</a> ${manifest.version}</nav>
${rendered(text)}</html>
`;
}

const STYLE =
	'body{max-width:50rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 system-ui,sans-serif;color:#1f2328}' +
	'table{border-collapse:collapse;display:block;overflow-x:auto}td,th{border:1px solid #d1d9e0;padding:.4rem .7rem;text-align:left;vertical-align:top}' +
	'code,pre{background:#f3f4f6;border-radius:4px}code{padding:.1rem .3rem}pre{padding:.8rem;overflow-x:auto}pre code{padding:0}' +
	'img{max-width:100%}nav{color:#59636e}a{color:#0550ae}';

function rendered(markdown: string): string {
	const anchors = new AnchorNames();
	const marked = new Marked({
		renderer: {
			heading({ tokens, depth, text }) {
				const words = this.parser.parseInline(tokens);
				return `<h${depth} id="${anchors.next(text)}">${words}</h${depth}>\n`;
			},
		},
	});
	return marked.parse(markdown, { async: false });
}

/** Anchors of the headings of one page, as GitHub and npm make them: one that comes again gets a number. */
export class AnchorNames {
	private readonly seen = new Map<string, number>();

	next(heading: string): string {
		const anchor = anchorOf(heading.replaceAll(/[*`]|\]\([^)]*\)/g, ''));
		const times = this.seen.get(anchor) ?? 0;
		this.seen.set(anchor, times + 1);
		return times === 0 ? anchor : `${anchor}-${times}`;
	}
}

const FENCED = /(^```[^]*?^```$)/m;
const LINK = /!?\[((?:[^[\]]|\[[^[\]]*\])*)\]\(([^)\s]+)\)/g;

/** @param addressOf of a file of the clone; a link to one without is left as its words. */
function withLinks(
	markdown: string,
	page: string,
	addressOf: (path: string) => string | undefined,
): string {
	const linked = (link: string, words: string, target: string) => {
		if (/^([a-z]+:|#)/.test(target)) return link;
		const [file = '', anchor] = target.split('#');
		const address = addressOf(posix.join(posix.dirname(page), file));
		if (address === undefined) return words;
		const isPicture = link.startsWith('!');
		return `${isPicture ? '!' : ''}[${words}](${address}${anchor ? `#${anchor}` : ''})`;
	};
	return markdown
		.split(FENCED)
		.map((part) => (part.startsWith('```') ? part : part.replaceAll(LINK, linked)))
		.join('');
}
