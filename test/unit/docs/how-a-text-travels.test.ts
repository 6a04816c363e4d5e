import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from '../../../scripts/paths';

const page = readFileSync(join(ROOT, 'docs/how-a-text-travels.md'), 'utf8');

/** The files that a section lists, with those named beside another without their folder. */
function filesListed(heading: string): string[] {
	const section = page.split(`### ${heading}\n`)[1]?.split('\n#')[0] ?? '';
	const lines = section.split('\n').filter((line) => /^\d+\. /.test(line));
	return lines.flatMap((line) => {
		const names = [...line.matchAll(/`([\w./-]+\.ts)`/g)].map(([, name = '']) => name);
		const folder = dirname(names[0] ?? '');
		return names.map((name) => (name.includes('/') ? name : join(folder, name)));
	});
}

describe('how a text travels', () => {
	it('names files that are there', () => {
		const named = [...page.matchAll(/`(nodes\/[\w./-]+)`/g)].map(([, path = '']) => path);
		expect(named.length).toBeGreaterThan(20);
		expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
	});

	it('has a reader open fifteen files at most to see that a reply is sent exactly once', () => {
		const files = filesListed('A reply is sent exactly once');
		expect(files.length).toBeGreaterThan(5);
		expect(files.length).toBeLessThanOrEqual(15);
		expect(files.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
	});
});
