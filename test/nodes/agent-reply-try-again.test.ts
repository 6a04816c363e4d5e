import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { IDataObject, INodeParameters, WorkflowExecuteMode } from 'n8n-workflow';
import { AgentReply } from '../../nodes/AgentReply/AgentReply.node';
import { IncomingSmsTrigger } from '../../nodes/IncomingSmsTrigger/IncomingSmsTrigger.node';
import { liveThreadsOf } from '../../nodes/shared/threads/stores/static-data/live-threads';
import { INITIAL_STATE } from '../../nodes/shared/threads/thread-store';
import { runInARow, type Step } from './support/behind-trigger';
import { openSendSmsBench, type SendSmsBench } from './support/send-sms-bench';
import { skipWaits } from './support/skip-waits';

const MODEL = { model: { __rl: true, mode: 'id', value: 'emulated-small' } };
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

let bench: SendSmsBench;
let receiver: Server;
let received: object[] = [];
let item: IDataObject & { threadId: string; messageSid: string };
beforeAll(async () => {
	bench = await openSendSmsBench();
	Object.assign(bench.credentials['twilioMessagingApi'] ?? {}, { notifySigningSecret: SECRET });
	receiver = createServer((request, response) => {
		let body = '';
		request.on('data', (chunk) => (body += String(chunk)));
		request.on('end', () => {
			const told = JSON.parse(body) as object;
			received.push({ ...told, id: request.headers['webhook-id'] });
			response.end();
		});
	}).listen(0, '127.0.0.1');
	await once(receiver, 'listening');
});
beforeEach(() => {
	bench.reset();
	bench.twilio.faults.clear();
	bench.model.faults.clear();
	received = [];
	item = bench.incoming({ body: 'Hi, my name is Maria' }) as typeof item;
	skipWaits();
});
afterAll(async () => {
	receiver.closeAllConnections();
	receiver.close();
	await bench.close();
});

const workflowId = () => `try-again-${expect.getState().currentTestName}`;
const state = () => liveThreadsOf(workflowId()).stateOf(item.threadId);

/** As the trigger does it before it hands a text to a run. */
function startTurn(): void {
	const startedThrough = item.messageSid;
	liveThreadsOf(workflowId()).states.set(item.threadId, { ...INITIAL_STATE, startedThrough });
}

/** The trigger, with an agent that tells this test's receiver. */
function trigger(): Step {
	const { port } = receiver.address() as AddressInfo;
	const webhookUrl = `={{ "http://127.0.0.1:" + ${port} + "/sms" }}`;
	const agent = { name: 'Front Desk', onText: 'both', webhookUrl };
	return {
		node: new IncomingSmsTrigger(),
		parameters: { agents: { agent: [{ name: 'Sales' }, agent] } },
	};
}

async function run(options: INodeParameters = {}, mode: WorkflowExecuteMode = 'webhook') {
	const reply: Step = { node: new AgentReply(), parameters: { ...MODEL, options } };
	const done = await runInARow(bench, [item], [trigger(), reply], {
		workflowId: workflowId(),
		mode,
	});
	const outputs = [0, 1, 2].map((output) =>
		done.itemsOf('Agent Reply', output).map(({ json }) => json),
	);
	const [replied = [], needsHuman = [], noReply = []] = outputs;
	return { error: done.error, replied, needsHuman, noReply };
}

const turnedAway = (runs = 1) =>
	bench.twilio.faults.next({ kind: 'error', code: 20429, status: 429, times: 6 * runs });

describe('Agent Reply, where Twilio does not take the reply', () => {
	it('says on No Reply when it is sent, and sends it when the turn is begun again', async () => {
		startTurn();
		turnedAway();
		const { noReply, error } = await run();
		expect(error).toBeUndefined();
		expect(noReply).toMatchObject([
			{
				outcome: 'noReply',
				reasonCode: 'retryLater',
				reason: expect.stringContaining('nothing need be done'),
				retryAt: state().retry?.at,
			},
		]);
		expect(state().retry).toMatchObject({ why: 'notSent', through: item.messageSid });
		const { replied } = await run();
		expect(replied).toMatchObject([{ text: 'Nice to meet you, Maria. How can I help?' }]);
		expect(bench.model.requests).toHaveLength(1);
		expect(bench.texts()).toHaveLength(1);
		expect(received).toEqual([]);
	});

	it('hands it to a person when the time is up, with the words, and tells the agent’s webhook', async () => {
		startTurn();
		turnedAway();
		const { needsHuman } = await run({
			keepTryingMinutes: 0.1,
			handoverText: 'A colleague will answer.',
		});
		const unsentText = 'Nice to meet you, Maria. How can I help?';
		expect(needsHuman).toMatchObject([
			{ reasonCode: 'notSent', unsentText, handover: null, contact: item['contact'] },
		]);
		expect(bench.texts()).toEqual([]);
		expect(received).toEqual([
			{
				type: 'sms.needsHuman',
				timestamp: expect.any(String),
				id: `${item.messageSid}-front-desk-needsHuman`,
				data: expect.objectContaining({
					contact: item['contact'],
					reasonCode: 'notSent',
					unsentText,
					agent: expect.objectContaining({ id: 'front-desk' }),
				}),
			},
		]);
	});

	it.each<[string, INodeParameters, WorkflowExecuteMode]>([
		['that keeps trying for 0 minutes', { keepTryingMinutes: 0 }, 'webhook'],
		['in the editor', {}, 'manual'],
		['that somebody tries again in the editor', {}, 'retry'],
	])('fails at once in a run %s', async (_, options, mode) => {
		startTurn();
		turnedAway();
		const { error } = await run(options, mode);
		expect(error?.message).toMatch(/too many|rate|requests/i);
		expect(state()).not.toHaveProperty('retry');
	});

	it('fails at once where no trigger has started the turn', async () => {
		turnedAway();
		expect((await run()).error).toBeDefined();
	});
});

describe('Agent Reply, where the model does not answer', () => {
	it('says that the AI was not reachable, and answers when the turn is begun again', async () => {
		startTurn();
		bench.model.faults.next({ kind: '500', times: 3 });
		const { noReply } = await run();
		expect(noReply).toMatchObject([
			{ reasonCode: 'retryLater', reason: expect.stringContaining('AI was not reachable') },
		]);
		expect(state().retry).toMatchObject({ why: 'modelFailed' });
		expect((await run()).replied).toHaveLength(1);
	});

	it('hands over at once where the builder wants that, and in the editor', async () => {
		startTurn();
		bench.model.faults.next({ kind: '500', times: 3 });
		const { needsHuman } = await run({ onModelError: 'needsHuman' });
		const notReachable = expect.stringContaining('AI was not reachable');
		expect(needsHuman).toMatchObject([{ reasonCode: 'modelFailed', reason: notReachable }]);
		expect(received).toMatchObject([{ data: { reasonCode: 'modelFailed' } }]);
		bench.model.faults.next({ kind: '500', times: 3 });
		expect((await run({}, 'manual')).needsHuman).toMatchObject([{ reason: notReachable }]);
		expect(received).toHaveLength(1);
	});
});

describe('Agent Reply, to a text that is too old', () => {
	it('leaves it to a person, asks no model and sends nothing', async () => {
		startTurn();
		item = { ...item, late: true, lateMinutes: 14 * 60, tooLate: true };
		const { needsHuman } = await run({ handoverText: 'A colleague will answer.' });
		expect(needsHuman).toMatchObject([
			{
				reasonCode: 'tooLate',
				reason: expect.stringMatching(/nobody listened.*14 hours old/),
				handover: null,
			},
		]);
		expect(bench.model.requests).toEqual([]);
		expect(bench.texts()).toEqual([]);
		expect(state()).toMatchObject({ endedThrough: item.messageSid });
		expect(received).toMatchObject([{ data: { reasonCode: 'tooLate' } }]);
	});
});
