import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { httpExchange } from '../../harness/http-exchange';
import { itemsOf } from '../../harness/n8n-client';
import {
	agentReplyIn,
	keeping,
	keptInServer,
	triggerIn,
	type Kept,
} from '../../harness/two-way-agent';
import { poll } from '../../harness/poll';
import { inARow, nodeIn } from '../../harness/workflow-nodes';
import { sharedRedis } from '../../harness/servers/shared-redis';
import { removeKeys } from '../support/redis-keys';
import { contactFixture } from './support/contact-fixture';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';
import { remembering } from './support/remembering';
import { webhookNode } from './support/webhook-node';

const REDIS = { host: '127.0.0.1', port: 6379, prefix: `contact-memory-${process.pid}` };
const ASKED = {
	memoryDispositions: 'booked, not interested',
	memoryFacts: { fact: [{ name: 'Preferred day' }] },
};
const SUMMARY = 'Asked for Friday.';
const tells = remembering({
	...{ summary: SUMMARY, disposition: 'booked' },
	facts: { preferred_day: 'Friday' },
});
const STILL_THERE = 'Are you still there?';

let fixture: E2eFixture;
let kept: Kept;
let agentsId: string;

beforeAll(async () => {
	fixture = await openE2eFixture({ withService: true, numbers: 3 });
	fixture.model.respond = tells;
	kept = await keptInServer(fixture, 'redis', REDIS);
	const [desk, sales, bookings] = fixture.numbers.map(({ phoneNumber }) => phoneNumber);
	const agent = [
		{ name: 'Front Desk', smsPrompt: 'You are Ava.', numbers: desk ?? '' },
		{ name: 'Sales', smsPrompt: 'You are Bo.', numbers: sales ?? '' },
		{ name: 'Bookings', smsPrompt: 'You are Cy.', numbers: bookings ?? '' },
	];
	const trigger = triggerIn(fixture, { agents: { agent }, separateOutputs: true });
	// One remembers what was closed, the second what was silent for some four seconds. The third asks
	// whether they are still there after so long, and closes some seven seconds later.
	const silence = [
		{ memoryHours: 0 },
		{ memoryHours: 0.001 },
		{ memoryHours: 0, idleText: STILL_THERE, idleTextHours: 0.001, idleCloseHours: 0.002 },
	];
	const replies = silence.map((options, index) => ({
		...agentReplyIn(fixture, { options: { ...ASKED, ...options } }),
		...{ id: `reply-${index}`, name: `Reply ${index}` },
	}));
	const to = replies.map(({ name }) => [{ node: name, type: 'main' as const, index: 0 }]);
	({ id: agentsId } = await fixture.startWorkflow({
		name: 'Agents with a memory',
		nodes: [trigger, ...replies].map((node) => keeping(node, kept)),
		connections: { [trigger.name]: { main: [[], [], ...to] } },
	}));
});
afterAll(async () => {
	await fixture?.close();
	await removeKeys(await sharedRedis(REDIS.prefix));
});

const timesRemembered = () =>
	fixture.model.requests.filter((request) => tells(request) !== undefined).length;

/** Has an SMS Agent in a workflow of its own do something, as another program would. */
async function smsAgent(parameters: INodeParameters): Promise<IDataObject> {
	const path = `run-${randomUUID()}`;
	const node = nodeIn(fixture, { type: 'smsAgent', name: 'SMS Agent', parameters });
	await fixture.startWorkflow({
		name: 'Run',
		nodes: [webhookNode('Webhook', path, { responseMode: 'lastNode' }), keeping(node, kept)],
		connections: inARow('Webhook', 'SMS Agent'),
	});
	const { status, body } = await httpExchange(`${fixture.n8n.url}/webhook/${path}`);
	if (status !== 200) throw new Error(body);
	return JSON.parse(body) as IDataObject;
}
const byId = (value: string) => ({ __rl: true, mode: 'id', value });

describe('contact memory, in a real n8n', () => {
	it('has a conversation remembered as soon as it is closed, and the agent knows it the next time', async () => {
		const maria = contactFixture(fixture, '+14155580001');
		await maria.ask('Hi, do you have time on Friday?');
		const thread = byId(`${fixture.account.accountSid}:front-desk:${maria.number}`);
		const ended = await fixture.client.executionAfter(agentsId, async () => {
			const closing = { resource: 'thread', operation: 'close', thread };
			expect(await smsAgent(closing)).toMatchObject({ wasOpen: true, isRemembered: true });
		});
		const [item] = itemsOf(ended, 'Reply 0', 2);
		expect(item?.json).toMatchObject({
			...{ endedBy: 'closing', outcome: 'noReply', reasonCode: 'remembered' },
			...{ contact: maria.number, summary: SUMMARY, disposition: 'booked' },
			facts: { 'Preferred day': 'Friday' },
		});
		const known = await smsAgent({
			...{ resource: 'contact', operation: 'get', contact: byId(maria.number) },
		});
		expect(known).toMatchObject({ summary: SUMMARY, facts: { 'Preferred day': 'Friday' } });

		await maria.ask('Hello again');
		expect(fixture.model.requests.at(-1)?.messages[0]?.text).toContain(
			`Summary of earlier conversations: ${SUMMARY}`,
		);
		expect([maria.received().length, timesRemembered()]).toEqual([2, 1]);
	});

	it('has one remembered that has fallen silent, at the output of its agent', async () => {
		const before = timesRemembered();
		const leo = contactFixture(fixture, '+14155580002');
		await leo.ask('Hi, do you have time on Friday?', fixture.numbers[1]?.phoneNumber);
		const ended = await fixture.client.executionAfter(agentsId, async () => undefined);
		const [item] = itemsOf(ended, 'Reply 1', 2);
		expect(item?.json).toMatchObject({ endedBy: 'silence', reasonCode: 'remembered' });
		expect([leo.received().length, timesRemembered()]).toEqual([1, before + 1]);
	});

	it('asks a silent contact once whether they are still there, then closes and remembers', async () => {
		const before = timesRemembered();
		const zoe = contactFixture(fixture, '+14155580003');
		await zoe.ask('Hi, do you have time on Friday?', fixture.numbers[2]?.phoneNumber);
		expect((await zoe.waitForText(2)).body).toBe(STILL_THERE);
		const itemWith = async (reasonCode: string) =>
			await poll(`an item with ${reasonCode}`, async () =>
				(await fixture.client.executions(agentsId))
					.flatMap((execution) => itemsOf(execution, 'Reply 2', 2))
					.find(({ json }) => json['reasonCode'] === reasonCode),
			);
		expect((await itemWith('idleText')).json).toMatchObject({
			...{ event: 'threadIdle', outcome: 'noReply', contact: zoe.number },
			idleText: { body: STILL_THERE, repeated: false },
		});
		expect((await itemWith('remembered')).json).toMatchObject({
			...{ endedBy: 'closing', contact: zoe.number, summary: SUMMARY },
		});
		const thread = byId(`${fixture.account.accountSid}:bookings:${zoe.number}`);
		expect(await smsAgent({ resource: 'thread', operation: 'get', thread })).toMatchObject({
			closed: { by: 'Agent Reply, after a silence' },
		});
		expect([zoe.received().length, timesRemembered()]).toEqual([2, before + 1]);
	});
});
