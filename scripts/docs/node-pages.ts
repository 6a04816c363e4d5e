import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ICredentialType, INodeType } from 'n8n-workflow';
import manifest from '../../package.json';
import { ROOT } from '../paths';
import { credentialTable, nodeTables } from './field-tables';

// The pages in docs/nodes are written by hand, but for the tables between two marks:
//   <!-- fields of sendSms: ... -->
//   <!-- end of fields -->

/** Where the pages are, seen from the root of the clone. */
export const NODE_PAGES = 'docs/nodes';

const MARKED = /<!-- fields of (\w+)[^]*?<!-- end of fields -->/g;

/** Headings for the credentials of n8n's own that a node takes, by name. */
const OF_N8N: Readonly<Record<string, string>> = { openAiApi: "n8n's OpenAI" };

export interface NodePage {
	/** Seen from the root of the clone. */
	path: string;
	/** As it stands in the clone. */
	text: string;
	/** With the tables that the descriptions of today make. */
	filled: string;
}

/** Every page in docs/nodes. Rejects where a page names what the package does not have. */
export async function nodePages(): Promise<NodePage[]> {
	const tables = await allTables();
	const folder = join(ROOT, NODE_PAGES);
	if (!existsSync(folder)) return [];
	return readdirSync(folder)
		.filter((file) => file.endsWith('.md'))
		.sort()
		.map((file) => {
			const path = `${NODE_PAGES}/${file}`;
			const text = readFileSync(join(ROOT, path), 'utf8');
			return { path, text, filled: filled(path, text, tables) };
		});
}

/** The names of the nodes and credentials that have tables on one of these pages. */
export function namesOnPages(pages: NodePage[]): string[] {
	return pages.flatMap(({ text }) => [...text.matchAll(MARKED)].map(([, name = '']) => name));
}

/** The names of all nodes and credentials of the package. */
export async function namesInPackage(): Promise<string[]> {
	return [...(await allTables()).keys()];
}

function filled(path: string, text: string, tables: Map<string, string>): string {
	return text.replaceAll(MARKED, (_, name: string) => {
		const table = tables.get(name);
		if (table === undefined) {
			const names = [...tables.keys()].join(', ');
			throw new Error(
				`${path} wants the fields of "${name}", and there is no such node or credential. There are: ${names}.`,
			);
		}
		const begin = `<!-- fields of ${name}: made by "npm run docs:nodes", do not edit -->`;
		return [begin, table, '<!-- end of fields -->'].join('\n\n');
	});
}

async function allTables(): Promise<Map<string, string>> {
	const credentials = await instances<ICredentialType>(manifest.n8n.credentials);
	const nodes = await instances<INodeType>(manifest.n8n.nodes);
	const credentialOf = (name: string) => {
		const ours = credentials.find((one) => one.name === name)?.displayName;
		const displayName = ours ?? OF_N8N[name] ?? name;
		return { displayName, link: `credentials.md#${anchorOf(displayName)}` };
	};
	return new Map([
		...nodes.map(({ description }) => {
			const tables = nodeTables(description, credentialOf);
			return [description.name, tables] as const;
		}),
		...credentials.map(({ name, properties }) => [name, credentialTable(properties)] as const),
	]);
}

/** One of each class that package.json lists, from its source. */
async function instances<Kind>(built: string[]): Promise<Kind[]> {
	const made: Kind[] = [];
	for (const path of built) {
		const source = path.replace(/^dist\//, '').replace(/\.js$/, '.ts');
		const name = basename(source).replace(/\..*$/, '');
		const module = (await import(join(ROOT, source))) as Record<string, new () => Kind>;
		const Type = module[name];
		if (!Type) throw new Error(`${source} does not export ${name}`);
		made.push(new Type());
	}
	return made;
}

/** The anchor that GitHub and npm give a heading. */
export function anchorOf(heading: string): string {
	return heading
		.trim()
		.toLowerCase()
		.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
		.replaceAll(/\s/g, '-');
}
