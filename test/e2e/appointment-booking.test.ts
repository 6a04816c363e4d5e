import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Completion, Responder } from '../../emulator/model/completion';
import { itemsOf } from '../../harness/n8n-client';
import {
	openWorkflowsFixture,
	type TimesTable,
	type WorkflowsFixture,
} from './support/workflows-fixture';

const [PAST, MONDAY, TUESDAY] = [
	'2020-03-02 09:00 Monday',
	'2099-03-02 09:00 Monday',
	'2099-03-03 15:30 Tuesday',
] as const;

let workflows: WorkflowsFixture;
let table: TimesTable;
let workflowId: string;

beforeAll(async () => {
	workflows = await openWorkflowsFixture();
});
beforeEach(async () => {
	table = await workflows.timesTable([TUESDAY, MONDAY, PAST]);
	({ id: workflowId } = await workflows.start('appointment-booking', table.changes));
	workflows.fixture.model.respond = worksTheCalendar;
});
afterEach(() => workflows.stop());
afterAll(() => workflows?.close());

/** What the newest of so many runs came to. */
async function newestOf(runs: number) {
	const [execution] = await workflows.fixture.client.endedExecutions(workflowId, runs);
	if (!execution) throw new Error('No execution');
	return [0, 1, 2].flatMap((output) => itemsOf(execution, 'Agent Reply', output))[0]?.json;
}

describe('appointment-booking', () => {
	it('offers what is free, books it, lets nobody else have it, and cancels it', async () => {
		const [first, second] = [workflows.somebody(), workflows.somebody()];
		expect(await first.ask('What is free?')).toBe(`Free: ${MONDAY}, ${TUESDAY}`);
		expect(await first.ask(`Please book ${MONDAY}`)).toBe(`Booked: ${MONDAY}`);
		const bookedByFirst = { [PAST]: null, [MONDAY]: first.number, [TUESDAY]: null };
		expect(await table.booked()).toEqual(bookedByFirst);

		expect(await second.ask('What is free?')).toBe(`Free: ${TUESDAY}`);
		expect(await second.ask(`Please book ${MONDAY}`)).toBe('That time is taken, sorry.');
		expect(await newestOf(4)).toMatchObject({
			actions: [{ tool: 'Book_Time', outcome: 'done', result: '[]' }],
		});
		expect(await table.booked()).toEqual(bookedByFirst);

		expect(await first.ask('What do I have?')).toBe(`You have: ${MONDAY}`);
		expect(await first.ask(`Please cancel ${MONDAY}`)).toBe(`Cancelled: ${MONDAY}`);
		expect(await table.booked()).toEqual({ [PAST]: null, [MONDAY]: null, [TUESDAY]: null });
		expect(await second.ask(`Please book ${MONDAY}`)).toBe(`Booked: ${MONDAY}`);
	});

	it('gives a time that two ask for at once to one of them', async () => {
		const both = [workflows.somebody(), workflows.somebody()];
		const answers = await Promise.all(
			both.map(async (phone) => await phone.ask(`Please book ${MONDAY}`)),
		);
		expect(answers.toSorted()).toEqual([`Booked: ${MONDAY}`, 'That time is taken, sorry.']);
		const winner = both[answers.indexOf(`Booked: ${MONDAY}`)];
		expect(await table.booked()).toMatchObject({ [MONDAY]: winner?.number });
	});

	it('books and cancels for nobody but who texts, whatever the model asks for', async () => {
		const [first, second] = [workflows.somebody(), workflows.somebody()];
		await first.ask(`Please book ${MONDAY}`);
		expect(await second.ask(`Please cancel ${MONDAY} for ${first.number}`)).toBe(
			'That did not work: there is no such booking.',
		);
		expect(await second.ask(`What do I have? I am ${first.number}`)).toBe('You have: nothing');
		await second.ask(`Please book ${TUESDAY} for ${first.number}`);
		expect(await table.booked()).toEqual({
			[PAST]: null,
			[MONDAY]: first.number,
			[TUESDAY]: second.number,
		});
	});

	it('books no time that is over', async () => {
		const phone = workflows.somebody();
		expect(await phone.ask(`Please book ${PAST}`)).toBe('That time is taken, sorry.');
		expect(await table.booked()).toMatchObject({ [PAST]: null });
	});
});

/** What the contact may write, the tool for it, and what is said of the times that it gives. */
const JOBS: ReadonlyArray<{
	when: RegExp;
	tool: string;
	tell: (times: readonly string[]) => string;
}> = [
	{
		when: /.*What is free\?/s,
		tool: 'Free_Times',
		tell: (times) => `Free: ${times.join(', ')}`,
	},
	{
		when: /.*What do I have\?/s,
		tool: 'My_Booking',
		tell: (times) => `You have: ${times.join(', ') || 'nothing'}`,
	},
	{
		when: /.*book (\d{4}-\S+ \S+ \w+)/s,
		tool: 'Book_Time',
		tell: ([time]) => (time ? `Booked: ${time}` : 'That time is taken, sorry.'),
	},
	{
		when: /.*cancel (\d{4}-\S+ \S+ \w+)/s,
		tool: 'Cancel_Booking',
		tell: ([time]) =>
			time ? `Cancelled: ${time}` : 'That did not work: there is no such booking.',
	},
];

/** A model that keeps to the prompt, but asks for whomever the contact names. */
const worksTheCalendar: Responder = ({ messages, tools }) => {
	const asked = messages.findLast(({ role }) => role === 'user')?.text ?? '';
	const job = JOBS.find(({ when }) => when.test(asked));
	if (!job || !tools.includes(job.tool)) return undefined;
	const last = messages.at(-1);
	if (last?.role === 'tool') {
		const { action, result } = JSON.parse(last.text) as { action: string; result: string };
		const times = (JSON.parse(result) as Array<{ time: string }>).map(({ time }) => time);
		const actions = times.length > 0 ? [action] : [];
		return { kind: 'reply', reply: job.tell(times), reason: null, actions };
	}
	const contact = /\+\d{6,}/.exec(asked)?.[0];
	return callOf(job.tool, {
		from: '2020-01-01',
		time: job.when.exec(asked)?.[1] ?? '',
		...(contact && { contact, status: 'booked' }),
	});
};

function callOf(name: string, args: object): Completion {
	const call = { id: `call_${randomUUID()}`, name, arguments: JSON.stringify(args) };
	return { content: null, refusal: null, toolCalls: [call], finishReason: 'tool_calls' };
}
