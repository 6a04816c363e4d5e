import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';
import { AgentReply } from '../../nodes/AgentReply/AgentReply.node';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { liveThreadsOf } from '../../nodes/shared/threads/stores/static-data/live-threads';
import { staticDataThreadStore } from '../../nodes/shared/threads/stores/static-data/static-data-thread-store';
import type { OpenThreadStore, ThreadState } from '../../nodes/shared/threads/thread-store';
import { CONNECTION_OVERRIDES } from '../../nodes/shared/twilio/registration/own-webhook-url';
import { storedMessage } from '../support/stored-message';
import { webhookHooks } from './support/call-webhook';
import { WEBHOOK_BASE } from './support/host-stand-in';
import { runTrigger, type RunningTrigger } from './support/run-trigger';
import { openThreadFile, type ThreadFile } from './support/thread-file';
import { openTriggerBench, type TriggerBench } from './support/trigger-bench';

const CONTACT = '+14155550123';
const NUMBER = '+14155550100';
const MINUTE = 60_000;

let bench: TriggerBench;
let kept: ThreadFile;
let store: OpenThreadStore;
let trigger: RunningTrigger | undefined;

beforeEach(async () => {
	bench = await openTriggerBench();
	kept = await openThreadFile();
	store = kept.store;
	trigger = undefined;
});

afterEach(async () => {
	await trigger?.close();
	await kept.remove();
	await bench.close();
	jest.restoreAllMocks();
});

/** A trigger with one agent and Agent Reply behind it, whose threads are in the file. */
function setup(parameters: INodeParameters = {}) {
	return {
		...bench.setup({
			receiveOn: 'manual',
			agents: { agent: [{ name: 'Front Desk' }] },
			threadStore: 'embedded',
			threadStoreFile: kept.path,
			...parameters,
		}),
		behind: new AgentReply(),
	};
}

const threadId = () => `${bench.account.accountSid}:front-desk:${CONTACT}`;

/** A text that came so long ago, and how its turn stands. */
async function texted(
	body: string,
	agoMs: number,
	state: (messageSid: string, at: string) => Partial<ThreadState> = () => ({}),
): Promise<string> {
	const at = new Date(Date.now() - agoMs).toISOString();
	const text = storedMessage(body, { at, sender: NUMBER });
	await store.threads.append(threadId(), [text], 0);
	await store.threads.changeState(threadId(), (before) => ({
		...before,
		...state(text.messageSid, at),
	}));
	return text.messageSid;
}

async function eventually<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
	for (let times = 0; times < 500; times++) {
		const found = await look();
		if (found !== undefined) return found;
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
	throw new Error('It did not happen');
}

const firstEmitted = async () => await eventually(() => trigger?.emitted[0]);

describe('trigger() of an Incoming SMS Trigger', () => {
	it('starts a run with a text that has none, as webhook() would have', async () => {
		await texted('My name is Maria', MINUTE);
		const two = await texted('Are you open?', MINUTE);
		trigger = await runTrigger(setup());
		const [[item] = []] = await firstEmitted();
		expect(item?.json).toMatchObject({
			event: 'message',
			threadId: threadId(),
			agent: { id: 'front-desk', name: 'Front Desk', matchedBy: 'default' },
			contact: CONTACT,
			sender: NUMBER,
			messageSid: two,
			body: 'My name is Maria\nAre you open?',
			newThread: true,
			late: false,
		});
		const { state } = await store.threads.read(threadId(), 1);
		expect(state.startedThrough).toBe(two);
		expect(state).not.toHaveProperty('mayEndSilently');
	});

	it('starts another run for one that died, though nobody texts', async () => {
		await texted('Are you open?', 2 * MINUTE, (startedThrough, startedAt) => ({
			startedThrough,
			startedAt,
			startedBy: 'the process before',
		}));
		trigger = await runTrigger(setup());
		const [[item] = []] = await firstEmitted();
		expect(item?.json).toMatchObject({ body: 'Are you open?' });
		const { state } = await store.threads.read(threadId(), 1);
		expect(state.givenBackTimes).toBe(1);
	});

	it('starts no other run where one may end without a word', async () => {
		await texted('Are you open?', 2 * MINUTE, (startedThrough, startedAt) => ({
			startedThrough,
			startedAt,
			startedBy: 'the process before',
			mayEndSilently: true,
		}));
		await texted('In another thread', MINUTE);
		trigger = await runTrigger({ ...setup(), behind: new AgentReply() });
		await firstEmitted();
		expect(trigger.emitted).toHaveLength(1);
	});

	it('hands a text to the output of its agent', async () => {
		await texted('Are you open?', MINUTE);
		const agents = {
			agents: { agent: [{ name: 'Sales', numbers: NUMBER }, { name: 'Front Desk' }] },
		};
		trigger = await runTrigger(setup({ ...agents, separateOutputs: true }));
		expect((await firstEmitted()).map((items) => items.length)).toEqual([0, 0, 0, 1]);
		// Its Agent Reply stands at another output.
		const { state } = await store.threads.read(threadId(), 1);
		expect(state.mayEndSilently).toBe(true);
	});

	it('tells a turn that waited for the model while n8n was down for a day that it is too late', async () => {
		await texted('Are you open?', 13 * 60 * MINUTE, (through, startedAt) => ({
			startedThrough: through,
			startedAt,
			retry: { through, at: startedAt, since: startedAt, times: 1, why: 'modelFailed' },
		}));
		await store.threads.changeState(threadId(), (state) => ({
			...state,
			startedAt: new Date(Date.now() - 14 * 60 * MINUTE).toISOString(),
		}));
		trigger = await runTrigger(setup());
		const [[item] = []] = await firstEmitted();
		expect(item?.json).toMatchObject({ late: true, tooLate: true });
	});

	it('tells in the log what waits, without the words or the number', async () => {
		await texted('Are you open?', MINUTE, (through, startedAt) => ({
			startedThrough: through,
			startedAt,
			retry: {
				through,
				at: new Date(Date.now() + 10 * MINUTE).toISOString(),
				since: startedAt,
				times: 1,
				why: 'notSent',
			},
		}));
		trigger = await runTrigger(setup());
		const told = await eventually(() => trigger?.infos[0]);
		expect(told).toMatch(
			/^Incoming SMS Trigger: 1 conversation waits: 1 for another try at sending \(next at \d\d:\d\d\)\.$/,
		);
		expect(trigger.emitted).toEqual([]);
	});

	it('tries a turn again whose conversation is kept in the workflow, and writes no static data', async () => {
		const workflowId = 'in-this-workflow';
		const limits = { messagesPerThread: 50, maxThreads: 10, maxAgeDays: 90 };
		const live = liveThreadsOf(workflowId);
		await store.close();
		store = staticDataThreadStore(live, limits, systemClock, () => {});
		await texted('Are you open?', 2 * MINUTE, (through, startedAt) => ({
			startedThrough: through,
			startedAt,
			startedBy: 'this process',
			retry: {
				through,
				at: new Date(Date.now() - MINUTE).toISOString(),
				since: startedAt,
				times: 1,
				why: 'notSent',
			},
		}));
		trigger = await runTrigger({ ...setup({ threadStore: 'staticData' }), workflowId });
		expect((await firstEmitted())[0]?.[0]?.json).toMatchObject({ body: 'Are you open?' });
		expect(trigger.changedStaticData()).toBe(false);
	});

	it('does nothing more once it is unpublished', async () => {
		trigger = await runTrigger(setup());
		await trigger.close();
		await texted('Are you open?', MINUTE);
		await new Promise((resolve) => setTimeout(resolve, 100));
		expect(trigger.emitted).toEqual([]);
	});
});

describe('the registration, when n8n starts', () => {
	const PRODUCTION = `${WEBHOOK_BASE}/webhook-1/twilio${CONNECTION_OVERRIDES.texts}`;
	const FORMER = {
		webhookBaseUrl: 'https://old.example.com/webhook',
		webhookTestBaseUrl: 'https://old.example.com/webhook-test',
	};
	const CRM = 'https://crm.example.com/sms';

	const published = async (more: object = {}) => {
		const number = bench.twilio.addNumber(bench.account.accountSid, { phoneNumber: NUMBER });
		const parameters = {
			receiveOn: 'phoneNumbers',
			phoneNumbers: [number.sid],
			options: { overwriteWebhook: true },
		};
		const first = webhookHooks({ ...setup(parameters), ...FORMER });
		await first.create();
		const restarted = { ...setup(parameters), staticData: first.staticData, ...more };
		return { number, restarted };
	};

	it('is mended in the background where the public address has changed', async () => {
		const { number, restarted } = await published();
		expect(number.smsUrl).toContain('old.example.com');
		const hooks = webhookHooks({ ...restarted, activation: 'init' });
		const before = bench.twilio.requests.length;
		expect(await hooks.checkExists()).toBe(true);
		expect(bench.twilio.requests).toHaveLength(before);

		trigger = await runTrigger(restarted);
		await eventually(() => (number.smsUrl === PRODUCTION ? true : undefined));
		expect(await eventually(() => trigger?.infos[0])).toContain(NUMBER);
	});

	it('is remembered with the new address by the hook, so that it is known after the next start too', async () => {
		const { number, restarted } = await published();
		const hooks = webhookHooks({ ...restarted, activation: 'init' });
		await hooks.checkExists();
		trigger = await runTrigger(restarted);
		await eventually(() => (number.smsUrl === PRODUCTION ? true : undefined));
		expect(JSON.stringify(hooks.staticData)).toContain(PRODUCTION);
	});

	it('never takes over what another app has set meanwhile, and says who has it', async () => {
		const { number, restarted } = await published();
		number.smsUrl = CRM;
		trigger = await runTrigger(restarted);
		expect(await eventually(() => trigger?.warnings[0])).toContain('crm.example.com/sms');
		expect(number.smsUrl).toBe(CRM);
	});

	it('is left to the hooks at publishing', async () => {
		const { restarted } = await published();
		const written = () =>
			bench.twilio.requests.filter(({ method }) => method === 'POST').length;
		const before = written();
		trigger = await runTrigger({ ...restarted, activation: 'activate' });
		await new Promise((resolve) => setTimeout(resolve, 100));
		expect(written()).toBe(before);
	});
});
