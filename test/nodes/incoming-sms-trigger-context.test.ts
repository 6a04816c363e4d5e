import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
	createServer,
	type IncomingHttpHeaders,
	type Server,
	type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { AgentReply } from '../../nodes/AgentReply/AgentReply.node';
import { setContact } from '../../nodes/shared/desk/contacts';
import { notesOf } from '../../nodes/shared/desk/threads';
import { readStanding } from '../../nodes/shared/contacts/standing';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import type { Message } from '../../nodes/shared/messaging/message';
import { INITIAL_STATE } from '../../nodes/shared/threads/thread-store';
import { textsWithoutRun } from '../../nodes/shared/threads/turns/unanswered';
import { storedMessage } from '../support/stored-message';
import { listenWebhook, webhookHooks, type ListeningWebhook } from './support/call-webhook';
import { runTrigger, type RunningTrigger } from './support/run-trigger';
import { signedCall, textForm } from './support/signed-text';
import { openThreadFile, type ThreadFile } from './support/thread-file';
import { openTriggerBench, type TriggerBench } from './support/trigger-bench';

const SECRET = `whsec_${createHash('sha256').update('a secret').digest('base64')}`;
const CONTACT = '+14155550123';
const NUMBER = '+14155550100';
const AGENTS = [
	{ name: 'Front Desk', smsPrompt: 'A secret of the trade' },
	{ name: 'Sales', smsPrompt: 'You sell.', numbers: '+14155550199' },
	{
		...{ name: 'Archive', numbers: '+14155550198', onText: 'notify' },
		webhookUrl: 'https://archive.example.com/sms',
	},
	{ name: 'Cousin', numbers: '+14155550197', brand: 'Another' },
	{ name: 'Night Shift', id: 'night-1', numbers: '+14155550196' },
	{ name: 'Help', id: 'help-us', numbers: '+14155550195' },
	{ name: 'Help', id: 'help-eu', numbers: '+14155550194' },
];

let bench: TriggerBench;
let kept: ThreadFile;
let crm: Server;
let asked: Array<{ headers: IncomingHttpHeaders; body: string }>;
/** What the builder's web address answers. */
let answer: (response: ServerResponse) => void;
let webhook: ListeningWebhook | undefined;
let trigger: RunningTrigger | undefined;
let workflows = 0;

beforeEach(async () => {
	bench = await openTriggerBench();
	kept = await openThreadFile();
	asked = [];
	answer = (response) => void response.end('{}');
	crm = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			asked.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
			answer(response);
		});
	}).listen(0, '127.0.0.1');
	await once(crm, 'listening');
});

afterEach(async () => {
	await webhook?.close();
	await trigger?.close();
	webhook = trigger = undefined;
	crm.closeAllConnections();
	crm.close();
	await kept.remove();
	await bench.close();
});

const host = () => `127.0.0.1:${(crm.address() as AddressInfo).port}`;
const threadOf = (agentId: string) => `${bench.account.accountSid}:${agentId}:${CONTACT}`;
const read = async (agentId: string) => await kept.store.threads.read(threadOf(agentId), 50);
const services = () => ({ store: kept.store, clock: systemClock });
const says = (given: object) => (response: ServerResponse) =>
	void response.end(JSON.stringify(given));

function setup(options: INodeParameters = {}, parameters: INodeParameters = {}) {
	const askForContext = `http://${host()}/context?key=private`;
	return {
		...bench.setup(
			{
				...{ receiveOn: 'manual', agents: { agent: AGENTS } },
				...{ threadStore: 'embedded', threadStoreFile: kept.path, ...parameters },
				options: { askForContext, ...options },
			},
			{ workflowId: `context-${workflows++}`, credential: { notifySigningSecret: SECRET } },
		),
		behind: new AgentReply(),
	};
}

async function text(fields: Record<string, string> = {}, answered?: () => void) {
	webhook ??= await listenWebhook(setup());
	const form = textForm(bench.account.accountSid, fields);
	const call = signedCall(webhook.url, bench.account.authToken, form);
	const { status, result } = await webhook.call(call, answered);
	expect(status).toBe(200);
	return (result?.workflowData ?? []).map((items) => items.map(({ json }) => json));
}

describe('Ask for Context', () => {
	it('asks, signed, what is to be known of who wrote, and hands the answer to the run', async () => {
		await setContact(
			services(),
			{ accountSid: bench.account.accountSid, brand: '', number: CONTACT },
			{ name: 'Maria', facts: { Plan: 'Silver', Pet: 'Rex' } },
		);
		answer = says({
			variables: { first_name: 'Maria' },
			facts: { Plan: 'Gold', Pet: null },
			metadata: { order: 17 },
		});
		const [[item] = []] = await text({ MessageSid: `SM${'7'.repeat(32)}` });
		expect(item).toMatchObject({
			...{ event: 'message', body: 'Are you open on Sunday?' },
			...{ contextVariables: { first_name: 'Maria' }, contextNote: null },
		});
		const [{ headers, body } = { headers: {}, body: '' }] = asked;
		expect(headers['webhook-id']).toBe(`SM${'7'.repeat(32)}-front-desk-context`);
		expect(new Webhook(SECRET).verify(body, headers as Record<string, string>)).toMatchObject({
			type: 'sms.context',
			data: {
				...{ threadId: threadOf('front-desk'), contact: CONTACT, sender: NUMBER },
				agent: { id: 'front-desk', name: 'Front Desk' },
				body: 'Are you open on Sunday?',
				known: { name: 'Maria', facts: { Plan: 'Silver', Pet: 'Rex' }, metadata: {} },
			},
		});
		expect(body).not.toContain('secret of the trade');
		const { contact, state } = await readStanding(services(), threadOf('front-desk'), 1);
		expect(contact).toMatchObject({ name: 'Maria', facts: { Plan: 'Gold' } });
		expect(contact.facts).not.toHaveProperty('Pet');
		expect(state.metadata).toEqual({ order: '17' });
	});

	it('lets Twilio wait for nothing', async () => {
		let release = () => {};
		answer = (response) => (release = () => void response.end('{}'));
		const twilioAnswered = new Promise<void>((resolve) => {
			void text({}, resolve);
		});
		await twilioAnswered;
		while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
		release();
		await webhook?.idle();
		expect(webhook?.ended.at(-1)?.result?.workflowData?.[0]).toHaveLength(1);
	});

	it.each([
		[
			'a failure',
			(response: ServerResponse) => void response.writeHead(500).end(),
			'HTTP status 500',
		],
		[
			'a redirect',
			(response: ServerResponse) => void response.writeHead(307, { location: '/' }).end(),
			'a redirect',
		],
		[
			'a broken connection',
			(response: ServerResponse) => void response.destroy(),
			'did not answer',
		],
		[
			'a long answer',
			(response: ServerResponse) => void response.end(`"${'x'.repeat(300_000)}"`),
			'more than 0.256 MB',
		],
		['another shape', says({ facts: 'Gold' }), 'facts is not an object of names and values'],
		[
			'an agent that there is not',
			says({ agent: 'Nobody' }),
			'agent "Nobody" is no agent of this trigger',
		],
		['a secret that is sent back', says({ agent: SECRET }), 'is no agent of this trigger'],
		[
			'an agent that starts no run',
			says({ agent: 'Archive' }),
			'agent "Archive" does not start this workflow',
		],
		[
			'an agent for whom STOP would not count',
			says({ agent: 'Cousin' }),
			'agent "Cousin" has another brand',
		],
		['a name that two agents have', says({ agent: 'help' }), '2 agents are called "help"'],
	])('starts the run with a note after %s', async (_, given, note) => {
		answer = given;
		const [[item] = []] = await text();
		expect(item).toMatchObject({ event: 'message', contextVariables: {} });
		expect(item?.['contextNote']).toContain(`Ask for Context: `);
		expect(item?.['contextNote']).toContain(note);
		expect(webhook?.warnings.join()).toContain(note);
		expect(JSON.stringify([item, webhook?.warnings])).not.toMatch(/private|whsec_/);
		expect(asked).toHaveLength(1);
	});

	it('hands on no secret that is sent back', async () => {
		answer = says({
			variables: { plan: `Gold ${SECRET}`, [bench.account.authToken]: 'Silver' },
			metadata: { order: bench.account.authToken },
		});
		const [[item] = []] = await text();
		const { state } = await read('front-desk');
		expect(item?.['contextVariables']).toEqual({
			...{ plan: 'Gold [hidden]', '[hidden]': 'Silver' },
		});
		expect(state.metadata).toEqual({ order: '[hidden]' });
	});

	it('starts no run for a text that is rejected, now or later, and keeps it with a note', async () => {
		answer = says({ reject: { reason: 'A wrong number' } });
		expect(await text()).toEqual([]);
		const thread = await read('front-desk');
		expect(thread.messages).toHaveLength(1);
		expect(textsWithoutRun(thread)).toEqual([]);
		expect(thread.state.endedThrough).toBe(thread.messages[0]?.messageSid);
		expect(await notesOf(kept.store.records, threadOf('front-desk'))).toEqual([
			expect.objectContaining({
				by: 'Ask for Context',
				text: 'No run started: A wrong number',
			}),
		]);
		answer = says({});
		expect(await text({ Body: 'Hello?' })).toMatchObject([[{ body: 'Hello?' }]]);
	});

	it('moves the turn into the conversation with the agent that is named', async () => {
		answer = says({ agent: 'Sales', variables: { plan: 'Gold' } });
		webhook = await listenWebhook(setup({}, { separateOutputs: true }));
		const outputs = await text();
		expect(outputs.map((items) => items.length)).toEqual([0, 0, 0, 1]);
		expect(outputs[3]?.[0]).toMatchObject({
			threadId: threadOf('sales'),
			agent: { id: 'sales', smsPrompt: 'You sell.', matchedBy: 'context' },
			...{ contact: CONTACT, sender: NUMBER, body: 'Are you open on Sunday?' },
			...{ contextVariables: { plan: 'Gold' }, contextNote: null },
		});
		const [desk, sales] = [await read('front-desk'), await read('sales')];
		const sid = sales.messages[0]?.messageSid;
		expect(sales.state.startedThrough).toBe(sid);
		expect([desk.messages[0]?.messageSid, desk.state.endedThrough]).toEqual([sid, sid]);
		expect(textsWithoutRun(desk)).toEqual([]);
	});

	it('finds the agent by its name, however that is typed', async () => {
		answer = says({ agent: 'night shift' });
		expect(await text()).toMatchObject([[{ agent: { id: 'night-1' }, contextNote: null }]]);
	});

	it('takes along an earlier text, whose reply the one that moves has made stale', async () => {
		await text({ Body: 'How much is it?' });
		answer = says({ agent: 'Sales' });
		const [[item] = []] = await text({ Body: 'For two.' });
		expect(item).toMatchObject({
			...{ threadId: threadOf('sales'), body: 'How much is it?\nFor two.' },
		});
	});

	it('leaves a text where a newer one has come meanwhile, whose run answers both', async () => {
		let release = () => {};
		answer = (response) => (release = () => says({ agent: 'Sales' })(response));
		const earlier = text({ Body: 'How much is it?' });
		while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
		answer = says({});
		expect(await text({ Body: 'Hello?' })).toMatchObject([[{ body: 'Hello?' }]]);
		release();
		expect(await earlier).toMatchObject([[{ threadId: threadOf('front-desk') }]]);
		expect((await read('sales')).messages).toEqual([]);
	});

	it('asks also about an earlier text that has no reply yet, and nothing will answer if this is rejected', async () => {
		const saidToAsked = () =>
			(JSON.parse(asked.at(-1)?.body ?? '') as { data: IDataObject }).data['body'];
		await text({ Body: 'How much is it?' });
		const [[item] = []] = await text({ Body: 'For two.' });
		expect(saidToAsked()).toBe('How much is it?\nFor two.');
		// Its run answers both, as it would have.
		expect(item).toMatchObject({ body: 'For two.' });
		const { messages } = await read('front-desk');
		const reply: Message = {
			...storedMessage('20.', { direction: 'outbound', author: 'agent' }),
			answers: messages.map(({ messageSid }) => messageSid),
		};
		await kept.store.threads.append(threadOf('front-desk'), [reply], 0);
		await text({ Body: 'Thanks!' });
		expect(saidToAsked()).toBe('Thanks!');
	});

	it('names the agent that answers in the conversation that the turn moves to', async () => {
		const agents = AGENTS.map((one) =>
			one.name === 'Sales' ? { ...one, mayPassTo: 'Front Desk' } : one,
		);
		const passed = { to: 'front-desk', by: 'sales', reason: 'a test', through: 'SM0' };
		await kept.store.threads.changeState(threadOf('sales'), (state) => ({ ...state, passed }));
		answer = says({ agent: 'Sales' });
		webhook = await listenWebhook(
			setup({}, { separateOutputs: true, agents: { agent: agents } }),
		);
		const outputs = await text();
		expect(outputs.flat()).toMatchObject([
			{
				...{ threadId: threadOf('sales'), agent: { id: 'sales' } },
				passedTo: { id: 'front-desk', name: 'Front Desk' },
			},
		]);
		expect(outputs[2]).toHaveLength(1);
	});

	it('leaves the contact with the agent, or the person, that has them when nothing is answered', async () => {
		answer = says({ agent: 'Sales' });
		await text({ Body: 'How much is it?' });
		answer = (response) => void response.writeHead(500).end();
		const [[item] = []] = await text({ Body: 'Anybody?' });
		expect(item).toMatchObject({ threadId: threadOf('sales') });
		expect(item?.['contextNote']).toContain('HTTP status 500');
		answer = says({});
		expect(await text({ Body: 'Hm.' })).toMatchObject([[{ threadId: threadOf('front-desk') }]]);
		answer = (response) => void response.writeHead(500).end();
		expect(await text({ Body: 'So?' })).toMatchObject([[{ threadId: threadOf('front-desk') }]]);
	});

	it('moves nothing out of a conversation that a person has', async () => {
		const since = new Date().toISOString();
		const takeover = { since, until: null, pauseMs: null, by: 'Kim', why: 'a test' };
		await kept.store.threads.changeState(threadOf('front-desk'), (state) => ({
			...{ ...state, takeover },
		}));
		answer = says({ agent: 'Sales' });
		const [[item] = []] = await text();
		expect(item).toMatchObject({ threadId: threadOf('front-desk') });
		expect(item?.['contextNote']).toContain('a person has the conversation');
		expect((await read('sales')).messages).toEqual([]);
	});

	it('asks once for a burst and for a text that is delivered again', async () => {
		webhook = await listenWebhook(setup({ quietSeconds: 0.3 }));
		const runs: Array<Promise<IDataObject[][]>> = [];
		for (const Body of ['one', 'two']) {
			await new Promise<void>((answered) => runs.push(text({ Body }, answered)));
		}
		const [first, second] = await Promise.all(runs);
		expect([first, second]).toMatchObject([[], [[{ body: 'one\ntwo' }]]]);
		const MessageSid = second?.[0]?.[0]?.['messageSid'] as string;
		expect(await text({ MessageSid, Body: 'two' })).toEqual([]);
		expect(asked).toHaveLength(1);
	});

	it('does not ask of STOP', async () => {
		await text({ Body: 'STOP' });
		expect(asked).toEqual([]);
	});

	it('asks nobody, and adds nothing to the item, where it is not wanted', async () => {
		webhook = await listenWebhook(setup({ askForContext: '' }));
		const [[item] = []] = await text();
		expect(item).toMatchObject({ event: 'message' });
		expect(Object.keys(item ?? {}).filter((name) => name.startsWith('context'))).toEqual([]);
		expect(asked).toEqual([]);
	});

	it.each([
		[{ askForContext: 'crm.example.com' }, SECRET, /Ask for Context: "crm.example.com" is not/],
		[{ askForContext: SECRET }, SECRET, /Ask for Context: it is not a web address/],
		[{ askForContext: 'https://crm.example.com' }, '', /Notify Signing Secret: it is empty/],
	])('is refused at publishing as it is in %j', async (options, secret, error) => {
		const given = setup(options, {
			agents: { agent: [AGENTS[0]] },
		} as INodeParameters);
		const credentials = {
			twilioMessagingApi: {
				...given.credentials?.['twilioMessagingApi'],
				notifySigningSecret: secret,
			},
		};
		const hooks = webhookHooks({ ...given, credentials });
		await expect(hooks.checkExists()).rejects.toThrow(error);
	});
});

describe('a text that is found again', () => {
	/** One of a minute ago, in the conversation with that agent. */
	async function waiting(agentId: string, state: object = {}): Promise<string> {
		const at = new Date(Date.now() - 60_000).toISOString();
		const message = storedMessage('Are you open?', { at, sender: NUMBER });
		await kept.store.threads.append(threadOf(agentId), [message], 0);
		await kept.store.threads.changeState(threadOf(agentId), () => ({
			...INITIAL_STATE,
			...state,
		}));
		return message.messageSid;
	}

	async function emitted(): Promise<IDataObject[]> {
		while ((trigger?.emitted.length ?? 0) === 0) {
			await new Promise((resolve) => setTimeout(resolve, 10));
		}
		return (trigger?.emitted ?? []).flatMap((outputs) =>
			outputs.flat().map(({ json }) => json),
		);
	}

	it('is asked about too, and one that is slow keeps nobody waiting', async () => {
		await waiting('front-desk');
		await waiting('sales');
		let release = () => {};
		answer = (response) => {
			// It was written to last, so it comes first.
			if (asked.at(-1)?.body.includes(threadOf('sales'))) {
				release = () => void response.end('{}');
			} else response.end('{"variables":{"plan":"Gold"}}');
		};
		trigger = await runTrigger(setup());
		expect(await emitted()).toMatchObject([
			{ threadId: threadOf('front-desk'), contextVariables: { plan: 'Gold' } },
		]);
		release();
		while (trigger.emitted.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
		expect(asked).toHaveLength(2);
	});

	it('goes to the agent that was decided on before n8n died, whatever is answered then', async () => {
		const sid = await waiting('front-desk');
		await kept.store.threads.changeState(threadOf('front-desk'), (state) => ({
			...state,
			...{ startedThrough: sid, startedAt: new Date(Date.now() - 120_000).toISOString() },
			...{ startedBy: 'the process before', movedTo: { through: sid, agentId: 'sales' } },
		}));
		trigger = await runTrigger(setup());
		expect(await emitted()).toMatchObject([{ threadId: threadOf('sales') }]);
		expect((await read('front-desk')).state.endedThrough).toBe(sid);
	});

	it('stays with the agent that it has come to, when it is to go back', async () => {
		const sid = await waiting('front-desk', {});
		const { messages } = await read('front-desk');
		await kept.store.threads.append(threadOf('sales'), messages, 0);
		await kept.store.threads.changeState(threadOf('front-desk'), (state) => ({
			...state,
			endedThrough: sid,
		}));
		answer = says({ agent: 'Front Desk' });
		trigger = await runTrigger(setup());
		const [item] = await emitted();
		expect(item).toMatchObject({ threadId: threadOf('sales') });
		expect(item?.['contextNote']).toContain('it has come from the other agent already');
	});
});
