import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import manifest from '../../package.json';
import { ROOT } from '../../scripts/paths';

interface Codex {
	node: string;
	categories?: string[];
	subcategories?: Record<string, string[]>;
	alias?: string[];
}

const files = manifest.n8n.nodes.map((path) => path.replace(/^dist\/(.*)\.js$/, '$1.json'));

function codexIn(path: string): Codex {
	return JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as Codex;
}

/**
 * The rule of n8n's node panel: its search passes over a node of the category AI, as a part that
 * belongs below an agent, unless the node is one of AI's root nodes too.
 */
function isFoundBySearch({ categories = [], subcategories = {} }: Codex): boolean {
	return !categories.includes('AI') || (subcategories['AI'] ?? []).includes('Root Nodes');
}

describe.each(files)('%s', (path) => {
	const codex = codexIn(path);

	it("is of a node that the search in n8n's node panel finds", () => {
		expect(isFoundBySearch(codex)).toBe(true);
	});

	it('names its node, and sorts it under Communication', () => {
		const name = /([^/]+)\.node\.json$/.exec(path)?.[1] ?? '';
		const type = `${manifest.name}.${name.charAt(0).toLowerCase()}${name.slice(1)}`;
		expect(codex.node).toBe(type);
		expect(codex.categories).toContain('Communication');
	});

	it('has subcategories of its own categories only', () => {
		const strays = Object.keys(codex.subcategories ?? {}).filter(
			(category) => !codex.categories?.includes(category),
		);
		expect(strays).toEqual([]);
	});

	it('is found by "sms" and by "twilio"', () => {
		expect(codex.alias).toEqual(expect.arrayContaining(['sms', 'twilio']));
	});
});
