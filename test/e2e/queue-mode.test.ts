import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { INode } from 'n8n-workflow';
import { removeKeys } from '../support/redis-keys';
import { sharedRedis } from '../../harness/servers/shared-redis';
import { settingsOfServer } from '../../harness/servers/postgres-server';
import { TestSchema } from '../support/test-schema';
import { httpExchange } from '../../harness/http-exchange';
import { MISSED_CALL_TRIGGER, missedCallIn, openerIn, PHONE } from './support/missed-call';
import { openerWorkflow } from './support/opener-workflow';
import { startQueueN8n, type QueueN8n } from '../../harness/queue-n8n';
import { keeping, keptInServer, twoWayAgent, type Kept } from '../../harness/two-way-agent';
import { poll } from '../../harness/poll';
import { itemsOf } from '../../harness/n8n-client';
import { inARow, nodeIn } from '../../harness/workflow-nodes';
import { actingAgent, oneTurn } from './support/acting-agent';
import { bookingTool, booksWhenAsked, startCalendar } from './support/calendar';
import { contactFixture } from './support/contact-fixture';
import { remembering } from './support/remembering';
import { webhookNode } from './support/webhook-node';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';
import { expectGoodEnd, TOOL_TROUBLES } from './support/tool-troubles';
import { expectAllToWork, NAMED } from './support/host-tools';
import { setUp, workflowFile } from './support/workflow-file';

const CONTACT = '+14155550199';
const REDIS = { host: '127.0.0.1', port: 6379, prefix: `queue-mode-${process.pid}` };

let n8n: QueueN8n;
let fixture: E2eFixture;
let schema: TestSchema;

beforeAll(async () => {
	n8n = await startQueueN8n({ workers: 2 });
	fixture = await openE2eFixture({ n8n, withService: true });
	schema = await TestSchema.on(settingsOfServer());
});
afterAll(async () => {
	await fixture?.close();
	await n8n?.stop();
	await schema?.drop();
	await removeKeys(await sharedRedis(REDIS.prefix));
});

const KEPT = {
	redis: async () => await keptInServer(fixture, 'redis', REDIS),
	postgres: async () => await keptInServer(fixture, 'postgres', schema.settings),
};

async function text(body: string, from = CONTACT): Promise<string> {
	const text = { from, to: fixture.number.phoneNumber, body };
	return (await fixture.twilio.textFromContact(text)).messageSid;
}

async function answerTo(body: string): Promise<string> {
	const before = fixture.twilio.messages({ to: CONTACT }).length;
	await text(body);
	await fixture.twilio.waitForMessage(
		({ to }) => to === CONTACT && fixture.twilio.messages({ to: CONTACT }).length > before,
		90_000,
	);
	return fixture.twilio.messages({ to: CONTACT }).at(-1)?.body ?? '';
}

/** How many runs each worker has begun. */
function runsPerWorker(): number[] {
	return n8n.processes.workers.map(
		(worker) => worker.logs().match(/Worker started execution/g)?.length ?? 0,
	);
}

describe.each(['redis', 'postgres'] as const)('queue mode, threads in %s', (kind) => {
	let workflowId: string;
	let kept: Kept;

	beforeAll(async () => {
		fixture.twilio.clear();
		kept = await KEPT[kind]();
		const agent = twoWayAgent(fixture, { kept });
		({ id: workflowId } = await fixture.startWorkflow(agent));
	});
	afterAll(() => fixture.client.deactivate(workflowId));

	it('sends texts to the webhook processor', () => {
		expect(fixture.number.smsUrl).toContain(n8n.webhookUrl);
	});

	it('remembers whichever worker answers', async () => {
		const before = runsPerWorker();
		await answerTo('Hi, my name is Maria');
		const workedSince = () => runsPerWorker().map((runs, index) => runs - (before[index] ?? 0));
		let turns = 1;
		for (; workedSince().includes(0) && turns < 15; turns++) {
			expect(await answerTo('What is my name?')).toBe('Your name is Maria.');
		}
		expect(workedSince()).not.toContain(0);
		expect(await answerTo('How many texts have I sent?')).toContain(String(turns + 1));
	});

	it("notes contact and outcome in n8n's execution, whichever worker runs it", async () => {
		await answerTo('Are you there?');
		// n8n writes it down a moment after the end of the run.
		const noted = await poll('what is noted in the execution', async () => {
			const [execution] = await fixture.client.endedExecutions(workflowId, 1);
			const { customData = {} } = execution ?? {};
			return Object.keys(customData).length > 0 ? customData : undefined;
		});
		expect(noted).toEqual({ Contact: CONTACT, Agent: 'Front Desk', Outcome: 'Replied' });
	});

	it('answers a text once that is delivered five times', async () => {
		const before = fixture.twilio.messages({ to: CONTACT }).length;
		await answerTo('How much is a visit?');
		const [price] = fixture.twilio.messages({ from: CONTACT }).slice(-1);
		await fixture.twilio.redeliver(price?.sid ?? '', 5, { parallel: true });
		await answerTo('Are you open?');
		expect(fixture.twilio.messages({ to: CONTACT })).toHaveLength(before + 2);
	});

	it('joins the thread that another workflow has opened', async () => {
		const contact = '+14155550198';
		const path = `lead-${kind}-${process.pid}`;
		const opener = { path, to: contact, body: 'Hello, is Tuesday good?', kept };
		await fixture.startWorkflow(openerWorkflow(fixture, opener));
		await httpExchange(`${n8n.webhookUrl}/webhook/${path}`);
		await fixture.twilio.waitForMessage(({ to }) => to === contact, 90_000);

		await text('Yes', contact);
		await fixture.twilio.waitForMessage(
			() => fixture.twilio.messages({ to: contact }).length === 2,
			90_000,
		);
		const { messages } = fixture.model.requests.at(-1) ?? { messages: [] };
		expect(messages.map((message) => message.text).join('\n')).toContain('is Tuesday good?');
	});
});

describe('queue mode, with Wait for More Texts', () => {
	it.each(['redis', 'postgres'] as const)(
		'makes one run of a burst, threads in %s',
		async (kind) => {
			fixture.twilio.clear();
			const contact = '+14155550197';
			const kept = await KEPT[kind]();
			const { id } = await fixture.startWorkflow(
				twoWayAgent(fixture, { trigger: { options: { quietSeconds: 8 } }, kept }),
			);
			await Promise.all(
				['Hi', 'My name is Ana', 'What is my name?'].map((body) => text(body, contact)),
			);
			await fixture.twilio.waitForMessage(({ to }) => to === contact, 90_000);
			expect(await fixture.client.endedExecutions(id, 1)).toHaveLength(1);
			expect(fixture.twilio.messages({ to: contact })).toHaveLength(1);
			expect(fixture.model.requests.at(-1)?.messages.at(-1)?.text).toContain(
				'My name is Ana',
			);
			await fixture.client.deactivate(id);
		},
	);
});

describe('queue mode, with a missed call', () => {
	it.each(['redis', 'postgres'] as const)(
		'texts the caller once, threads in %s, and not for a second call soon after',
		async (kind) => {
			fixture.twilio.clear();
			const kept = await KEPT[kind]();
			const nodes = [missedCallIn(fixture), openerIn(fixture)];
			const { id } = await fixture.startWorkflow({
				name: 'Missed calls',
				nodes: nodes.map((node) => keeping(node, kept)),
				connections: inARow(MISSED_CALL_TRIGGER, 'Send SMS'),
			});
			expect(fixture.number.voiceUrl).toContain(n8n.webhookUrl);
			const [caller, another] = ['+14155550196', '+14155550195'];
			const call = async (from: string) =>
				await fixture.twilio.callFromContact({ from, to: fixture.number.phoneNumber });
			expect((await call(caller)).rang).toEqual([PHONE]);
			await fixture.twilio.waitForMessage(({ to }) => to === caller, 90_000);

			expect((await call(caller)).rang).toEqual([PHONE]);
			// By the time a later caller has been texted, the second call has been told in full.
			await call(another);
			await fixture.twilio.waitForMessage(({ to }) => to === another, 90_000);
			expect(await fixture.client.endedExecutions(id, 2)).toHaveLength(2);
			expect(fixture.twilio.messages({ to: caller })).toHaveLength(1);
			await fixture.client.deactivate(id);
		},
	);
});

describe('queue mode, with tools', () => {
	let people = 0;
	const somebody = () => `+1415556${String(++people).padStart(4, '0')}`;
	afterEach(() => {
		fixture.model.respond = undefined;
	});

	it.each(['redis', 'postgres'] as const)('books once, threads in %s', async (kind) => {
		const calendar = await startCalendar();
		fixture.model.respond = booksWhenAsked;
		try {
			const agent = actingAgent(fixture, [bookingTool(calendar)], {
				kept: await KEPT[kind](),
			});
			const text = { from: somebody(), body: 'Please book 15:00' };
			const { item, texts } = await oneTurn(fixture, agent, text);
			expect(calendar.bookings).toEqual([{ at: '15:00', contact: text.from }]);
			expect(item).toMatchObject({ outcome: 'replied', actions: [{ outcome: 'done' }] });
			expect(texts).toEqual(['You are booked.']);
		} finally {
			await calendar.close();
		}
	});

	it(`has every kind work: ${NAMED}`, async () => {
		const kept = await KEPT.postgres();
		await expectAllToWork(fixture, { from: somebody(), kept });
	});

	it.each(TOOL_TROUBLES)('comes to a good end with $name', async (trouble) => {
		const kept = await KEPT.redis();
		await expectGoodEnd(trouble, fixture, { from: somebody(), kept });
	});
});

describe('queue mode, with Contact Memory and If Silent: Text', () => {
	const FACTS = { 'Preferred day': 'Friday' };
	afterEach(() => {
		fixture.model.respond = undefined;
	});

	it('remembers what a worker has closed, and asks a silent contact once', async () => {
		fixture.twilio.clear();
		fixture.model.respond = remembering({
			...{ summary: 'Asked for Friday.', disposition: null },
			facts: { preferred_day: FACTS['Preferred day'] },
		});
		const kept = await KEPT.postgres();
		const memory = { memoryHours: 0, memoryFacts: { fact: [{ name: 'Preferred day' }] } };
		const idle = { idleText: 'Are you still there?', idleTextHours: 0.002 };
		const agent = twoWayAgent(fixture, { reply: { options: { ...memory, ...idle } }, kept });
		const { id } = await fixture.startWorkflow(agent);
		const closed = contactFixture(fixture, '+14155550193');
		const silent = contactFixture(fixture, '+14155550192');
		const smsAgent = nodeIn(fixture, {
			...{ type: 'smsAgent', name: 'SMS Agent' },
			parameters: {
				...{ resource: 'thread', operation: 'close' },
				thread: {
					...{ __rl: true, mode: 'id' },
					value: `${fixture.account.accountSid}:front-desk:${closed.number}`,
				},
			},
		});
		const path = `close-${process.pid}`;
		await fixture.startWorkflow({
			name: 'Close',
			nodes: [
				webhookNode('Webhook', path, { responseMode: 'lastNode' }),
				keeping(smsAgent, kept),
			],
			connections: inARow('Webhook', 'SMS Agent'),
		});
		await closed.ask('Do you have time on Friday?');
		const { body } = await httpExchange(`${n8n.webhookUrl}/webhook/${path}`);
		expect(JSON.parse(body)).toMatchObject({ wasOpen: true, isRemembered: true });
		await silent.ask('Do you have time on Friday?');

		// Main looks for both by itself: no other process tells it of them.
		expect((await silent.waitForText(2)).body).toBe(idle.idleText);
		const remembered = await poll('what was said to be remembered', async () =>
			(await fixture.client.executions(id))
				.flatMap((execution) => itemsOf(execution, 'Agent Reply', 2))
				.find(({ json }) => json['endedBy'] === 'closing'),
		);
		expect(remembered.json).toMatchObject({
			...{ contact: closed.number, reasonCode: 'remembered', facts: FACTS },
		});

		// Main starts without a memory of whom it has had asked. By the time it has another contact asked,
		// it has looked at all of them.
		await n8n.processes.main.restart();
		const another = contactFixture(fixture, '+14155550191');
		await another.ask('Do you have time on Friday?');
		expect((await another.waitForText(2)).body).toBe(idle.idleText);
		expect(silent.received()).toHaveLength(2);
		expect(closed.received()).toHaveLength(1);
		await fixture.client.deactivate(id);
	});
});

describe("queue mode, with n8n's AI Agent", () => {
	it('remembers the thread by SMS Thread Memory, whichever worker runs it', async () => {
		fixture.twilio.clear();
		const kept = await KEPT.redis();
		const settings = { apiKey: 'emulated-key', url: fixture.model.apiUrl };
		const openAiApi = await fixture.addCredential('openAiApi', settings);
		const credentials = { ...fixture.credentials, openAiApi };
		const { nodes, ...workflow } = setUp(workflowFile('n8n-ai-agent'), credentials);
		const isOurs = ({ type }: INode) => type.startsWith('n8n-nodes-sms-agent.');
		const { id } = await fixture.startWorkflow({
			...workflow,
			nodes: nodes.map((node) => (isOurs(node) ? keeping(node, kept) : node)),
		});
		await answerTo('Hi, my name is Maria');
		const before = runsPerWorker();
		const hasRun = () => runsPerWorker().map((runs, index) => runs > (before[index] ?? 0));
		for (let turns = 0; hasRun().includes(false) && turns < 15; turns++) {
			expect(await answerTo('What is my name?')).toBe('Your name is Maria.');
		}
		expect(hasRun()).not.toContain(false);
		await fixture.client.deactivate(id);
	});
});

describe('queue mode', () => {
	it('refuses to publish with threads in the workflow or in a file, and names what works', async () => {
		const refusals = ['automatic', 'staticData', 'embedded'].map(async (threadStore) => {
			const agent = twoWayAgent(fixture, { kept: { parameters: { threadStore } } });
			const { id } = await fixture.addWorkflow(agent);
			await expect(fixture.client.activate(id)).rejects.toThrow(
				/queue mode.*Redis or Postgres.*every node/s,
			);
		});
		await Promise.all(refusals);
		const calls = missedCallIn(fixture);
		const { id } = await fixture.addWorkflow({
			name: 'Calls',
			nodes: [calls],
			connections: {},
		});
		await expect(fixture.client.activate(id)).rejects.toThrow(
			/queue mode.*Redis or Postgres.*every node/s,
		);
	});
});
