import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';
import { AgentReply } from '../../nodes/AgentReply/AgentReply.node';
import { openHandOver } from '../../nodes/shared/owners/hand-overs';
import { claimKeys } from '../../nodes/shared/threads/claim-keys';
import type { OpenThreadStore } from '../../nodes/shared/threads/thread-store';
import { listenWebhook, type ListeningWebhook } from './support/call-webhook';
import { WEBHOOK_BASE } from './support/host-stand-in';
import { runTrigger, type RunningTrigger } from './support/run-trigger';
import { signedCall, textForm, type TextForm } from './support/signed-text';
import { openThreadFile, type ThreadFile } from './support/thread-file';
import { openTriggerBench, type TriggerBench } from './support/trigger-bench';

const OURS = '+14155550100';
const OWNER = '+14155550188';
const MARIA = '+14155550123';
const MINUTE = 60_000;

let bench: TriggerBench;
let kept: ThreadFile;
let store: OpenThreadStore;
let numberSid: string;
let webhook: ListeningWebhook | undefined;
let trigger: RunningTrigger | undefined;

beforeEach(async () => {
	bench = await openTriggerBench();
	numberSid = bench.twilio.addNumber(bench.account.accountSid, {
		phoneNumber: OURS,
		smsUrl: `${WEBHOOK_BASE}/webhook-1/twilio#rc=3`,
	}).sid;
	// What the number's own webhook would bring is sent by hand below.
	bench.twilio.mapHost(WEBHOOK_BASE, 'http://127.0.0.1:9');
	kept = await openThreadFile();
	store = kept.store;
	await openHandOver(store.records, owned(), {
		...{ threadId: threadOf(MARIA), contact: MARIA, at: new Date().toISOString() },
		...{ why: 'They ask for it', sender: OURS, messagingServiceSid: null },
	});
});
afterEach(async () => {
	await trigger?.close();
	await webhook?.close();
	[trigger, webhook] = [undefined, undefined];
	await kept.remove();
	await bench.close();
	jest.restoreAllMocks();
});

const owned = () => ({ accountSid: bench.account.accountSid, agentId: 'front-desk' });
const threadOf = (contact: string) => `${bench.account.accountSid}:front-desk:${contact}`;
const setup = (
	agent: INodeParameters = {},
	options: INodeParameters = {},
	others: INodeParameters[] = [],
) =>
	bench.setup({
		receiveOn: 'phoneNumbers',
		phoneNumbers: [numberSid],
		agents: { agent: [{ name: 'Front Desk', ownersPhones: OWNER, ...agent }, ...others] },
		...{ threadStore: 'embedded', threadStoreFile: kept.path, options },
	});
const listen = async (...given: Parameters<typeof setup>) => {
	webhook = await listenWebhook(setup(...given));
	return webhook;
};
/** A text that Twilio has. */
const texted = async (from: string, body: string, minutes = 0) => {
	const at = new Date(Date.now() - minutes * MINUTE);
	return (await bench.twilio.textFromContact({ from, to: OURS, body, at })).messageSid;
};
const request = async (fields: TextForm, token = bench.account.authToken) => {
	const at = webhook?.url ?? '';
	const form = textForm(bench.account.accountSid, { To: OURS, ...fields });
	const answer = await webhook?.call(signedCall(at, token, form));
	return { status: answer?.status, runs: answer?.result?.workflowData?.length ?? 0 };
};
const text = async (From: string, Body: string) =>
	await request({ From, Body, MessageSid: await texted(From, Body) });
const to = (number: string) =>
	bench.twilio.messages({ direction: 'outbound', to: number }).map(({ body }) => body);
const messagesOf = async (contact: string) =>
	(await store.threads.read(threadOf(contact), 10)).messages;
const eventually = async (condition: () => Promise<boolean>) => {
	for (let times = 0; times < 1_000; times++) {
		if (await condition()) return;
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
	throw new Error('It did not happen');
};

const DONE = { status: 200, runs: 0 };

describe("a text of an owner's phone", () => {
	it('is obeyed once and starts no run, and joins no thread as a text of a contact', async () => {
		await listen();
		const MessageSid = await texted(OWNER, '1 On my way');
		const fields = { From: OWNER, Body: '1 On my way', MessageSid };
		expect(await request(fields)).toEqual(DONE);
		expect(await request(fields)).toEqual(DONE);
		expect(to(MARIA)).toEqual(['On my way']);
		expect(to(OWNER)).toEqual([expect.stringContaining(`Sent to ${MARIA}.`)]);
		expect(await messagesOf(MARIA)).toMatchObject([{ author: 'operator', person: OWNER }]);
		expect(await messagesOf(OWNER)).toMatchObject([{ direction: 'outbound' }]);
	});

	it('is for the agent that it belongs to, whichever agent of the number its texts would go to', async () => {
		await listen({ share: 0.001 }, {}, [{ name: 'Sales', share: 1000 }]);
		expect(await text(OWNER, '1 On my way')).toEqual(DONE);
		expect(to(MARIA)).toEqual(['On my way']);
	});

	it('is in the words of the option, and behind the PIN, which is kept nowhere', async () => {
		const words = { words: { take: 'nimm' } };
		await listen({ ownersPin: '471147' }, { ownersCommands: words });
		expect(await text(OWNER, 'nimm 1')).toEqual(DONE);
		expect(await text(OWNER, '471148 nimm 1')).toEqual(DONE);
		expect(to(OWNER)).toEqual(['Refused, nothing was done: begin with your PIN.']);
		expect(await text(OWNER, '471147 nimm 1')).toEqual(DONE);
		expect(to(OWNER).at(-1)).toContain(`You have 1: ${MARIA}`);
		const records = await store.records.list({ prefix: 'agent:', limit: 10 });
		const written = JSON.stringify([await messagesOf(OWNER), await messagesOf(MARIA), records]);
		expect(written).toContain('asksForPin');
		expect([written, webhook?.warnings].join()).not.toContain('471147');
		expect(JSON.stringify(bench.twilio.messages({ direction: 'outbound' }))).not.toContain(
			'471147',
		);
	});

	it('that is STOP or START stays one', async () => {
		await listen();
		expect(await text(OWNER, 'STOP')).toEqual(DONE);
		expect(await messagesOf(OWNER)).toMatchObject([{ consent: 'stop' }]);
		await text(OWNER, 'START');
		expect(await messagesOf(OWNER)).toMatchObject([{}, { consent: 'start' }]);
		expect(await text(OWNER, 'Yes')).toEqual(DONE);
		expect(to(OWNER).at(-1)).toContain('Nothing was done.');
	});

	it('is left to a later look where Twilio cannot be asked about it', async () => {
		await listen();
		const MessageSid = await texted(OWNER, '1 On my way');
		bench.twilio.faults.next({ kind: '500', method: 'GET', times: 10 });
		const fields = { From: OWNER, Body: '1 On my way', MessageSid };
		expect(await request(fields)).toEqual({ status: 500, runs: 0 });
		bench.twilio.faults.clear();
		expect(await request(fields)).toEqual(DONE);
		expect(to(MARIA)).toEqual(['On my way']);
	});
});

describe('a hundred forged senders', () => {
	it('command nothing', async () => {
		await listen();
		const commands = ['1 Send me your PIN', 'take 1', 'release 1', 'pause all', 'list'];
		const forge = async (index: number) => {
			const Body = commands[index % commands.length] ?? '';
			const another = `+1415556${1000 + index}`;
			switch (index % 4) {
				case 0:
					return await request({ From: OWNER, Body }, 'not the Auth Token of Twilio');
				case 1:
					return await request({ From: OWNER, Body });
				case 2: {
					const MessageSid = await texted(another, Body);
					return await request({ From: OWNER, Body, MessageSid });
				}
				default:
					return await text(another, Body);
			}
		};
		const came = [];
		for (let index = 0; index < 100; index++) came.push(await forge(index));
		// A bad signature; a text that Twilio does not have; another's text; a stranger, an ordinary contact.
		expect(came).toEqual(
			came.map((_, index) => ({
				status: [403, 500, 200, 200][index % 4],
				runs: index % 4 === 3 ? 1 : 0,
			})),
		);
		expect(bench.twilio.messages({ direction: 'outbound' })).toEqual([]);
		expect((await store.threads.read(threadOf(MARIA), 1)).state.takeover).toBeUndefined();
		const brands = await store.records.list({ prefix: 'brand:', limit: 10 });
		expect(brands.records).toEqual([]);
	});
});

describe("texts of an owner's phone that came while n8n was down", () => {
	it('are obeyed for a quarter of an hour, once, and start no run', async () => {
		await texted(OWNER, '1 Too late', 20);
		const key = claimKeys.ownersText(await texted(OWNER, '1 On my way', 5));
		const isDone = async () => (await store.claims.look(key)).status === 'settled';
		trigger = await runTrigger({ ...setup(), behind: new AgentReply(), activation: 'init' });
		await eventually(isDone);
		expect(to(MARIA)).toEqual(['On my way']);
		expect(to(OWNER)[0]).toContain('came too late; nothing was done');
		expect(to(OWNER)[1]).toContain(`Sent to ${MARIA}.`);
		await trigger.close();
		trigger = await runTrigger({ ...setup(), behind: new AgentReply(), activation: 'init' });
		await new Promise((resolve) => setTimeout(resolve, 500));
		expect([to(OWNER).length, to(MARIA).length, trigger.emitted.flat(2)]).toEqual([2, 1, []]);
		expect(await messagesOf(OWNER)).toHaveLength(2);
	});
});
