import { describe, expect, it } from '@jest/globals';
import type { INodeProperties } from 'n8n-workflow';
import { credentialTable, nodeTables } from '../../../scripts/docs/field-tables';

const text = (overrides: Partial<INodeProperties>): INodeProperties => ({
	displayName: 'To',
	name: 'to',
	type: 'string',
	default: '',
	...overrides,
});

const mode: INodeProperties = {
	displayName: 'Mode',
	name: 'mode',
	type: 'options',
	default: 'raw',
	options: [
		{ name: 'Raw Text', value: 'raw', description: 'Your words' },
		{ name: 'AI-Generated', value: 'ai' },
	],
};

const tablesOf = (properties: INodeProperties[]) =>
	nodeTables({ properties }, (name) => ({ displayName: name, link: '#' }));

describe('the table of a field', () => {
	it('tells its purpose, its limits, an example and its default', () => {
		const field = text({
			type: 'number',
			default: 5,
			description: 'How many | at most',
			placeholder: 'e.g. 7',
			typeOptions: { minValue: 1, maxValue: 9 },
			required: true,
		});
		expect(credentialTable([field])).toContain(
			'| **To** (required) | How many \\| at most. From 1 to 9. For example: `7` | 5 |',
		);
	});

	it('tells its choices, by the names that the editor shows', () => {
		expect(credentialTable([mode])).toContain(
			'| **Mode** | *Raw Text*: Your words.<br>*AI-Generated* | Raw Text |',
		);
	});

	it('tells when it is shown', () => {
		const field = text({
			displayOptions: { show: { '/mode': ['raw', 'ai'] } },
			description: 'Where to',
		});
		expect(credentialTable([mode, field])).toContain(
			'| **To** | With *Mode* set to *Raw Text* or *AI-Generated*: Where to. | empty |',
		);
	});

	it('names a choice by the field of its own resource, also within a list', () => {
		const operation = (resource: string, name: string): INodeProperties => ({
			...{ displayName: 'Operation', name: 'operation', type: 'options', default: 'set' },
			displayOptions: { show: { resource: [resource] } },
			options: [{ name, value: 'set' }],
		});
		const show = { resource: ['contact'], operation: ['set'] };
		const within = text({ displayOptions: { show: { '/operation': ['set'] } } });
		const fields = [
			operation('thread', 'Set Facts'),
			operation('contact', 'Set Details'),
			text({ displayOptions: { show } }),
			text({ type: 'collection', options: [within], displayOptions: { show } }),
		];
		const table = credentialTable(fields);
		expect(table.match(/\*Operation\* set to \*Set Details\*/g)).toHaveLength(3);
		expect(table).not.toContain('set to *Set Facts*');
	});

	it('tells which choices a tool does not have', () => {
		const options = [
			{ name: 'Delete', value: 'raw', displayOptions: { show: { '@tool': [false] } } },
		];
		expect(credentialTable([{ ...mode, options }])).toContain('*Delete* (not as a tool)');
	});

	it('tells when it is hidden, also by an option', () => {
		const quiet = text({ type: 'boolean', displayName: 'Be Quiet', name: 'isQuiet' });
		const options = text({ name: 'options', type: 'collection', options: [quiet] });
		const field = text({
			displayOptions: { hide: { mode: ['ai'], '/options.isQuiet': [true] } },
			description: 'Where to',
		});
		expect(credentialTable([mode, field, options])).toContain(
			'| **To** | Not with *Mode* set to *AI-Generated* or *Be Quiet* on: Where to. | empty |',
		);
	});

	it('keeps what only a tool has apart', () => {
		const tool = text({ displayOptions: { show: { '@tool': [true] } }, displayName: 'Rule' });
		const [steps, tools] = tablesOf([mode, tool]).split('### Fields as a tool');
		expect(steps).toContain('**Mode**');
		expect(steps).not.toContain('**Rule**');
		expect(tools).toContain('| **Rule** |  | empty |');
	});

	it('gives options and lists a table each', () => {
		const options = text({
			displayName: 'Options',
			type: 'collection',
			default: {},
			options: [text({})],
		});
		const list = text({
			displayName: 'Agents',
			type: 'fixedCollection',
			default: { agent: [{ name: 'Assistant' }] },
			options: [{ displayName: 'Agent', name: 'agent', values: [text({})] }],
		});
		const tables = tablesOf([list, options]);
		expect(tables).toContain('| **Agents** |  | one: Assistant |');
		expect(tables).toContain('### Agents\n\nEach agent has:');
		expect(tables).toContain('### Options\n\n| Option | What it does | When you add it |');
	});
});
