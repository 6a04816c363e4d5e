import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';
import { itemsOf, type StoredExecution, type StoredWorkflow } from '../../harness/n8n-client';
import { contactFixture, type ContactFixture } from './support/contact-fixture';
import { openWorkflowsFixture, type WorkflowsFixture } from './support/workflows-fixture';
import { workflowFile, type Changes } from './support/workflow-file';

const TRIGGER = 'When clicking Execute workflow';
const FILE = workflowFile('text-a-list');
/** Of Send SMS, once the trial is over. */
const { toMeFirst: MINE, ...OPTIONS } = optionsOf('Send SMS');
const OFFER = 'A check-up is $90 in October.';
const ME = '+14155559999';
/** As many rows as people, one who is in it twice and one without a number. */
const PEOPLE = 998;

const phoneOf = (nth: number) => `+1415557${String(nth).padStart(4, '0')}`;

/** As people write numbers. */
function spelled(nth: number): string {
	const [, area, office, line] = /^\+1(...)(...)(....)$/.exec(phoneOf(nth)) ?? [];
	const ways = [
		phoneOf(nth),
		`(${area}) ${office}-${line}`,
		`${area}.${office}.${line}`,
		`1 ${area} ${office} ${line}`,
	];
	return ways[nth % ways.length] ?? '';
}

const ROWS = [
	...Array.from({ length: PEOPLE }, (_, nth) => ({ name: `Person ${nth}`, phone: spelled(nth) })),
	{ name: 'The same person', phone: '415-557-0000' },
	{ name: 'Somebody', phone: 'ask her' },
].map((row) => ({ ...row, offer: OFFER }));

describe('Text a list', () => {
	let workflows: WorkflowsFixture;
	let fixture: WorkflowsFixture['fixture'];
	let workflow: StoredWorkflow;
	let table: Changes;
	/** What those got who were texted, and how often. */
	let texted: Map<string, string[]>;

	beforeAll(async () => {
		workflows = await openWorkflowsFixture();
		({ fixture } = workflows);
		table = await workflows.peopleTable(ROWS);
		workflow = await workflows.add(FILE);
		// Whoever answers talks to this agent.
		await workflows.start('two-way-ai-agent', {
			'Incoming SMS Trigger': { threadStore: 'embedded' },
		});
	});
	afterAll(async () => {
		await workflows?.stop();
		await workflows?.close();
	});

	const person = (nth: number): ContactFixture => contactFixture(fixture, phoneOf(nth));

	/** As the page tells the builder to. */
	async function change(changes: Changes): Promise<void> {
		const nodes = workflow.nodes.map((node) => ({
			...node,
			parameters: { ...node.parameters, ...changes[node.name] },
		}));
		workflow = await fixture.client.updateWorkflow(workflow.id, { ...workflow, nodes });
	}
	const changeOptions = async (options: INodeParameters) =>
		await change({ 'Send SMS': { options } });

	const texts = () => fixture.twilio.messages({ direction: 'outbound', automatic: false });

	/** Runs it, and notes who has got something meanwhile. */
	async function run(): Promise<StoredExecution> {
		const before = texts().length;
		const id = await fixture.client.execute(workflow.id, TRIGGER);
		const execution = await fixture.client.endedExecution(id);
		texted = new Map();
		for (const { to, body } of texts().slice(before)) {
			texted.set(to, [...(texted.get(to) ?? []), body]);
		}
		return execution;
	}
	const taskOf = ({ data }: StoredExecution, node: string) => data.resultData.runData[node]?.[0];
	const summaryOf = (execution: StoredExecution) =>
		(taskOf(execution, 'Send SMS')?.hints ?? [])
			.map(({ message }) => message)
			.find((message) => message.includes('of the list') || message.includes('texts sent')) ??
		'';
	const everybodyBut = (...left: number[]) =>
		Array.from({ length: PEOPLE }, (_, nth) => nth)
			.filter((nth) => !left.includes(nth))
			.map(phoneOf);

	it('texts nobody before a table is chosen, nor before the phone for the trial is', async () => {
		const bare = await run();
		expect(bare.status).toBe('error');
		expect(bare.data.resultData.error?.message).toContain('People to text');
		await change(table);
		const untried = await run();
		const failed = itemsOf(untried, 'Send SMS', 1).map(({ json }) => json['error']);
		expect(failed).toHaveLength(ROWS.length);
		expect(failed[0]).toContain(`Send to Me First: "${MINE as string}"`);
		expect([...texted]).toEqual([]);
	});

	it('texts the builder first, and nobody else', async () => {
		await changeOptions({ ...OPTIONS, toMeFirst: ME });
		const execution = await run();
		expect([...texted]).toEqual([
			[ME, [expect.stringMatching(/^\[Trial, for \+14155570000\] Hi Person 0, /)]],
		]);
		expect(summaryOf(execution)).toMatch(/nothing to the 1,000 of the list/);
	});

	it('texts each person of the list once, and says at the end what became of it', async () => {
		await changeOptions(OPTIONS);
		for (const nth of [10, 11, 12]) await person(nth).text('STOP');
		// Whoever wrote and was answered gets the text all the same.
		await person(20).ask('Are you open on Friday?');
		const execution = await run();
		expect([...texted.keys()].sort()).toEqual(everybodyBut(10, 11, 12));
		expect([...texted.values()].filter(({ length }) => length > 1)).toEqual([]);
		expect(texted.get(phoneOf(1))).toEqual([
			`Hi Person 1, this is Ava from Bright Dental. ${OFFER} Shall I find you a time? Text STOP and I won't write again.`,
		]);
		const summary = summaryOf(execution);
		expect(summary).toMatch(/^995 of 1,000 texts sent \(995 segments.*\)\. Not sent: /);
		for (const part of ['3 opted out', '1 sent before']) {
			expect(summary).toContain(part);
		}
		expect(summary).toContain('Failed: 1 mistake in To. Twilio passes on about 3 a second');
		expect(itemsOf(execution, 'Send SMS', 1).map(({ json }) => json)).toEqual([
			expect.objectContaining({ phone: 'ask her' }),
		]);
	});

	it('texts nobody twice when it is run again', async () => {
		for (const nth of [1, 2]) await person(nth).ask('Yes, on Tuesday please');
		await person(3).text('STOP');
		const execution = await run();
		expect([...texted]).toEqual([]);
		expect(summaryOf(execution)).toMatch(/^0 of 1,000 texts sent/);
		expect(summaryOf(execution)).toContain('996 sent before');
	});

	it('leaves out on another occasion who has answered, and who has opted out', async () => {
		await changeOptions({ ...OPTIONS, oncePer: 'Winter check-ups' });
		const execution = await run();
		expect([...texted.keys()].sort()).toEqual(everybodyBut(1, 2, 3, 10, 11, 12));
		expect([...texted.values()].filter(({ length }) => length > 1)).toEqual([]);
		const summary = summaryOf(execution);
		expect(summary).toMatch(/^992 of 1,000 texts sent/);
		for (const part of ['4 opted out', '2 answered already']) expect(summary).toContain(part);
	});
});

function optionsOf(node: string): INodeParameters {
	const found = FILE.nodes.find(({ name }) => name === node);
	return found?.parameters['options'] as INodeParameters;
}
