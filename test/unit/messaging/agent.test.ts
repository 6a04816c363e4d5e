import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { INodePropertyCollection } from 'n8n-workflow';
import {
	type AgentInput,
	agentIdFromName,
	agentsNamed,
	FIRST_TEXT,
	MAY_PASS_TO,
	SHARE,
	TASKS,
	ONLY_NUMBERS,
	PERMANENT_NAME,
} from '../../../nodes/shared/messaging/agent';
import { parseAgents, routesFor } from '../../../nodes/shared/messaging/routing';
import { agentsField } from '../../../nodes/shared/n8n/agents/agents-field';
import { assertAgentId } from '../../../nodes/shared/messaging/thread-id';

const input = (fields: Partial<AgentInput> = {}): AgentInput => ({
	id: '',
	name: 'Front Desk',
	smsPrompt: 'Be kind.',
	numbers: '',
	onText: 'reply',
	webhookUrl: '',
	brand: '',
	ownersPhones: '',
	...fields,
});

describe('agentIdFromName', () => {
	it.each([
		['Front Desk', 'front-desk'],
		['  Łódź & Café #2 ', 'odz-cafe-2'],
		['A name of 20 letters', 'a-name-of-20-letters'],
		['An exceedingly long name of an agent', 'an-exceedingly-nwy5m'],
		['客服', ''],
	])('makes of %j the ID %j', (name, id) => {
		expect(agentIdFromName(name)).toBe(id);
	});

	it.each([
		['Bright Dental Care Berlin', 'Bright Dental Care Hamburg'],
		['Bright Dental Care: Berlin', 'Bright Dental Care, Bonn'],
		['Front Desk of Client 1000001', 'Front Desk of Client 1000002'],
		['客服 1', '销售 1'],
		['Desk ١', 'Desk ٢'],
	])('keeps apart two names that an ID has no room for: %j and %j', (one, other) => {
		const [first, second] = [agentIdFromName(one), agentIdFromName(other)];
		expect(first).not.toBe(second);
		for (const id of [first, second]) assertAgentId(id);
	});

	it('knows a long name however it is typed, and an ID by itself', () => {
		const id = agentIdFromName('Bright Dental Care Berlin');
		expect(agentIdFromName('  bright dental-care BERLIN!')).toBe(id);
		expect(agentIdFromName(id)).toBe(id);
	});

	it('gives thousands of clients with one beginning an ID each', () => {
		const names = Array.from({ length: 2_000 }, (_, at) => `Appointment Desk of Client ${at}`);
		expect(new Set(names.map(agentIdFromName)).size).toBe(names.length);
	});

	it('makes an ID that is valid, or none', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'grapheme' }), (name) => {
				const id = agentIdFromName(name);
				if (id !== '') assertAgentId(id);
			}),
		);
	});
});

describe('agentsNamed', () => {
	const agents = [
		{ id: 'desk-1', name: 'Front Desk' },
		{ id: 'sales', name: 'Old Sales' },
		{ id: 'sales-eu', name: 'Sales' },
		{ id: 'reception', name: '受付' },
		{ id: 'one', name: 'Help' },
		{ id: 'two', name: 'HELP!' },
	];

	it.each([
		['Front Desk', ['desk-1']],
		[' front   desk ', ['desk-1']],
		['DESK-1', ['desk-1']],
		['Sales', ['sales']],
		['受付', ['reception']],
		['前台', []],
		['help', ['one', 'two']],
		['Nobody', []],
	])('of %s gives %j', (name, ids) => {
		expect(agentsNamed(agents, name).map(({ id }) => id)).toEqual(ids);
	});
});

describe('parseAgents', () => {
	it('makes an ID of the name, and reads numbers as people write them', () => {
		const [agent] = parseAgents([
			input({ numbers: '+1 (415) 555-0100,\n12345; MG' + 'a'.repeat(32) }),
		]);
		expect(agent).toEqual({
			id: 'front-desk',
			name: 'Front Desk',
			smsPrompt: 'Be kind.',
			senders: ['+14155550100', '12345', 'MG' + 'a'.repeat(32)],
			onText: 'reply',
			webhookUrl: '',
			brand: '',
			ownersPhones: [],
		});
	});

	it('reads numbers as people paste them, and those of a country that is given', () => {
		const [agent] = parseAgents([
			input({ numbers: '\u202A+1\u2011415\u2011555\u20110100\u202C' }),
		]);
		expect(agent.senders).toEqual(['+14155550100']);
		expect(parseAgents([input({ numbers: '40000000' })], 'NO')[0].senders).toEqual([
			'+4740000000',
		]);
	});

	it('lets agents share a number, or the rest, where each has a share', () => {
		const agents = parseAgents([
			input({ numbers: '+14155550100', share: '3' }),
			input({ name: 'Sales', numbers: '+14155550100', share: '0.5' }),
			input({ name: 'Rest', share: '1' }),
			input({ name: 'Rest Too', share: '1' }),
		]);
		expect(agents.map(({ share }) => share)).toEqual([3, 0.5, 1, 1]);
		expect(parseAgents([input({ share: '0' })])[0]).not.toHaveProperty('share');
	});

	it('gives agents without numbers that others pass to no other texts, but one that has to', () => {
		const parsed = parseAgents([
			input({ mayPassTo: 'billing\nTech Support' }),
			input({ name: 'Billing', mayPassTo: 'Front Desk' }),
			input({ name: 'Tech Support' }),
		]);
		expect(parsed[0]).toMatchObject({
			mayPassTo: [
				{ id: 'billing', name: 'Billing' },
				{ id: 'tech-support', name: 'Tech Support' },
			],
		});
		expect(parsed.map(({ onlyPassed }) => onlyPassed)).toEqual([undefined, true, true]);
		expect(routesFor(parsed, { to: '+14155550100' }).all).toMatchObject([{ index: 0 }]);
		const [desk, rest] = parseAgents([
			input({ numbers: '+14155550100', mayPassTo: 'Rest' }),
			input({ name: 'Rest' }),
		]);
		expect([desk.onlyPassed, rest?.onlyPassed]).toEqual([undefined, undefined]);
	});

	it('names an agent by its ID where it has no name', () => {
		expect(parseAgents([input({ name: '', id: 'sales' })])[0].name).toBe('sales');
	});

	it('passes over the webhook URL of an agent that does not notify', () => {
		expect(parseAgents([input({ webhookUrl: 'nonsense' })])[0].webhookUrl).toBe('');
	});

	it.each([
		['no agent at all', [], 'Agents: there is none'],
		[
			'an agent without a name',
			[input({ name: ' ' })],
			'Agent 1, Permanent Name: the agent has no name',
		],
		[
			'a name that makes no ID',
			[input({ name: '客服' })],
			'Agent 1, Permanent Name: none can be made of the name "客服"',
		],
		[
			'an ID with blanks',
			[input({ id: 'Front Desk' })],
			'Agent 1, Permanent Name: no conversations can be kept under "Front Desk"',
		],
		[
			'an ID twice',
			[input({ numbers: '+14155550100' }), input()],
			'Agent 2, Permanent Name: "front-desk" is that of agent 1 already',
		],
		[
			'two names of one ID',
			[input({ numbers: '+14155550100' }), input({ name: 'Front-Desk!' })],
			'("Front Desk" and "Front-Desk!"); both would have the same conversations',
		],
		[
			'a number without a country code',
			[input({ numbers: '415 555-0100' })],
			'Agent 1 (Front Desk), Only for These Numbers: "415 555-0100" is neither a phone number',
		],
		[
			'a number of eight digits without a country code',
			[input({ numbers: '91230001' })],
			'Agent 1 (Front Desk), Only for These Numbers: "91230001" is neither a phone number',
		],
		[
			'a number twice',
			[
				input({ numbers: '+14155550100' }),
				input({ name: 'Sales', numbers: '+1 415 555 0100' }),
			],
			'Agent 2 (Sales), Only for These Numbers: +14155550100 belongs to the agent "Front Desk" already',
		],
		[
			'two agents that take all the rest',
			[input(), input({ name: 'Sales' })],
			'Agent 2 (Sales), Only for These Numbers: it is empty, and so it is for the agent "Front Desk"',
		],
		[
			'two agents for one number, of which one has no share',
			[
				input({ numbers: '+14155550100', share: '3' }),
				input({ name: 'Sales', numbers: '+14155550100', share: '0' }),
			],
			'Agent 2 (Sales), Share of New Contacts: "Front Desk" has one and "Sales" has none, and both have +14155550100',
		],
		[
			'a share that is no number',
			[input({ share: 'half' })],
			'Agent 1 (Front Desk), Share of New Contacts: "half" is not a number from 0 to 1000',
		],
		[
			'a share below nothing',
			[input({ share: '-1' })],
			'Agent 1 (Front Desk), Share of New Contacts: "-1" is not a number from 0 to 1000',
		],
		[
			'two brands with one number',
			[
				input({ share: '1', brand: 'One' }),
				input({ name: 'Sales', share: '1', brand: 'Two' }),
			],
			'Agent 2 (Sales), Brand: it is another one than that of "Front Desk"',
		],
		[
			"one owner's phone of two agents with one number",
			[
				input({ share: '1' }),
				input({ name: 'Help', share: '1', ownersPhones: '+14155550188' }),
				input({ name: 'Sales', share: '1', ownersPhones: '+14155550188' }),
			],
			'Agent 3 (Sales), Owner\'s Phones: +14155550188 is one of "Help" too',
		],
		[
			'a task without a name',
			[input({ tasks: [{ name: ' ', instructions: 'Ask.', opening: '' }] })],
			'Agent 1 (Front Desk), Tasks, 1: it has no name',
		],
		[
			'a task without instructions',
			[input({ tasks: [{ name: 'Visit', instructions: '', opening: 'Hi' }] })],
			'Agent 1 (Front Desk), Tasks, Visit: it has no instructions',
		],
		[
			'an opening text with variables, which nothing fills',
			[input({ tasks: [{ name: 'Visit', instructions: 'Ask.', opening: 'Hi {{name}}' }] })],
			'Agent 1 (Front Desk), Tasks, Visit: its opening text has curly brackets',
		],
		[
			'two tasks of one name',
			[
				input({
					tasks: ['Visit', 'visit'].map((name) => ({
						name,
						instructions: 'Ask.',
						opening: '',
					})),
				}),
			],
			'Agent 1 (Front Desk), Tasks: two are called "visit"',
		],
		[
			'passing to an agent that there is not',
			[
				input({ mayPassTo: 'Sales, Biling' }),
				input({ name: 'Sales' }),
				input({ name: 'Billing' }),
			],
			'Agent 1 (Front Desk), May Pass To: there is no other agent "Biling" in this node',
		],
		[
			'passing to a name that two agents have',
			[
				input({ mayPassTo: 'Help' }),
				input({ id: 'help-us', name: 'Help' }),
				input({ id: 'help-eu', name: 'help' }),
			],
			'Agent 1 (Front Desk), May Pass To: 2 agents are called "Help"',
		],
		[
			'passing to a name of another script that no agent has',
			[input({ mayPassTo: '前台' }), input({ id: 'reception', name: '受付' })],
			'Agent 1 (Front Desk), May Pass To: there is no other agent "前台" in this node',
		],
		[
			'passing to itself',
			[input({ mayPassTo: 'Front Desk' })],
			'Agent 1 (Front Desk), May Pass To: there is no other agent "Front Desk" in this node',
		],
		[
			'passing to another brand',
			[input({ mayPassTo: 'Sales' }), input({ name: 'Sales', brand: 'Two' })],
			'Agent 1 (Front Desk), May Pass To: "Sales" has another brand',
		],
		[
			'passing to an agent that tells another app',
			[
				input({ mayPassTo: 'Sales' }),
				input({ name: 'Sales', onText: 'notify', webhookUrl: 'https://example.com' }),
			],
			'Agent 1 (Front Desk), May Pass To: "Sales" answers no texts',
		],
		[
			'a webhook without an address',
			[input({ onText: 'notify' })],
			'Agent 1 (Front Desk), Webhook URL: it is empty',
		],
		[
			'a webhook that is no web address',
			[input({ onText: 'both', webhookUrl: 'ftp://example.com' })],
			'Agent 1 (Front Desk), Webhook URL: "ftp://example.com" is not a web address',
		],
		[
			'a webhook whose address has no slashes',
			[input({ onText: 'notify', webhookUrl: 'https:example.com' })],
			'Agent 1 (Front Desk), Webhook URL: "https:example.com" is not a web address',
		],
		[
			'a first text that is longer than two segments',
			[input({ firstText: 'x'.repeat(301) })],
			'Agent 1 (Front Desk), First Text Says: it has 301 characters',
		],
		[
			'a first text with variables, which nothing fills',
			[input({ firstText: 'I text for {{brand}}.' })],
			'Agent 1 (Front Desk), First Text Says: it has curly brackets',
		],
	])('refuses %s, naming the field', (_what, inputs, message) => {
		expect(() => parseAgents(inputs)).toThrow(message);
	});
});

it('makes what the first text says plain, as a curly quote would make the whole text dearer', () => {
	const [agent] = parseAgents([input({ firstText: ' I’m an AI assistant. ' })]);
	expect(agent.firstText).toBe("I'm an AI assistant.");
	expect(parseAgents([input({ firstText: ' ' })])[0]).not.toHaveProperty('firstText');
});

it('calls the fields of an agent in errors as the editor does', () => {
	const [{ values }] = agentsField.options as [INodePropertyCollection];
	const labels = values.map(({ displayName }) => displayName);
	expect(labels).toEqual(
		expect.arrayContaining([
			PERMANENT_NAME,
			ONLY_NUMBERS,
			SHARE,
			TASKS,
			MAY_PASS_TO,
			FIRST_TEXT,
		]),
	);
});
