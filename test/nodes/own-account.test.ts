import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { AgentReply } from '../../nodes/AgentReply/AgentReply.node';
import { IncomingSmsTrigger } from '../../nodes/IncomingSmsTrigger/IncomingSmsTrigger.node';
import { SendSms } from '../../nodes/SendSms/SendSms.node';
import { NEWEST_MESSAGES, type Thread } from '../../nodes/shared/threads/thread-store';
import { storedMessage } from '../support/stored-message';
import { asTool } from './support/as-tool';
import { runInARow, unpaired, type Step } from './support/behind-trigger';
import { CONTACT, openSendSmsBench, OURS, type SendSmsBench } from './support/send-sms-bench';
import { openThreadFile, type ThreadFile } from './support/thread-file';

const MODEL = { model: { __rl: true, mode: 'id', value: 'emulated-small' } };
/** Of somebody else, in the same file. */
const FOREIGN = `AC${'9'.repeat(32)}:front-desk:${CONTACT}`;
const SECRET_WORDS = 'My diagnosis is confidential.';

let bench: SendSmsBench;
let file: ThreadFile;
let before: Thread;
beforeAll(async () => {
	bench = await openSendSmsBench();
});
beforeEach(async () => {
	bench.reset();
	file = await openThreadFile();
	await file.store.threads.append(FOREIGN, [storedMessage(SECRET_WORDS, { sender: OURS })], 1);
	before = await file.store.threads.read(FOREIGN, NEWEST_MESSAGES);
});
afterEach(async () => {
	await expectUntouched();
	await file.remove();
});
afterAll(() => bench.close());

const kept = () => ({ threadStore: 'embedded', threadStoreFile: file.path });
const foreign = (change: object = {}): IDataObject =>
	bench.incoming({ threadId: FOREIGN, sessionId: FOREIGN, ...change });

/** Neither written to nor read: the foreign thread is as it was, and no model has seen it. */
async function expectUntouched(): Promise<void> {
	expect(await file.store.threads.read(FOREIGN, NEWEST_MESSAGES)).toEqual(before);
	expect(JSON.stringify(bench.model.requests)).not.toContain(SECRET_WORDS);
}

interface Refused {
	message: string;
	description?: string;
}

function expectRefused(error: unknown, field: string): void {
	expect(error).toMatchObject({
		message: expect.stringMatching(new RegExp(`^${field}: .*another Twilio account`)),
		description: expect.stringMatching(/./),
	} satisfies Record<keyof Refused, unknown>);
	expect(bench.texts()).toEqual([]);
}

const CREDENTIAL = 'Credential for Twilio Messaging API';

describe('a conversation of another Twilio account', () => {
	it.each<[string, () => SendSms | AgentReply, INodeParameters, object]>([
		['Agent Reply', () => new AgentReply(), MODEL, {}],
		['Agent Reply to a text that is too old', () => new AgentReply(), MODEL, { tooLate: true }],
		['Send SMS', () => new SendSms(), { body: 'Hi' }, {}],
		['Send SMS with AI', () => new SendSms(), { mode: 'ai', ...MODEL }, {}],
		[
			'Send SMS that follows up',
			() => new SendSms(),
			{ body: 'Hi', options: { onlyUnanswered: true } },
			{},
		],
	])('is refused by %s', async (_, node, parameters, change) => {
		const { error } = await bench.run(
			[foreign(change)],
			{ ...parameters, ...kept() },
			{ node: node() },
		);
		expectRefused(error, CREDENTIAL);
	});

	it('is refused by Send SMS after an item of another Send SMS', async () => {
		const sent = { ...foreign(), event: 'sent', to: CONTACT, from: OURS };
		const { error } = await bench.run([sent], { body: 'Hi', ...kept() });
		expectRefused(error, CREDENTIAL);
	});

	it('lends no word to a text to a number that is typed in', async () => {
		const { error } = await bench.run([foreign()], {
			mode: 'ai',
			to: CONTACT,
			...MODEL,
			...kept(),
		});
		expect(error).toBeUndefined();
		expect(bench.texts()).toHaveLength(1);
	});

	it('is refused by Send SMS as a tool of an agent', async () => {
		const trigger: Step = { node: new IncomingSmsTrigger(), parameters: kept() };
		const tool: Step = { node: asTool(new SendSms()), parameters: { body: 'Hi', ...kept() } };
		const { run } = await runInARow(bench, [foreign()], [trigger, tool], {
			workflowId: 'own-account-tool',
		});
		expectRefused(run.data.resultData.error, CREDENTIAL);
	});
});

describe('Agent Reply that only gives the reply to the next node', () => {
	const composing: () => Step = () => ({
		node: new AgentReply(),
		parameters: { delivery: 'compose', ...MODEL, ...kept() },
	});
	const trigger: () => Step = () => ({ node: new IncomingSmsTrigger(), parameters: kept() });

	it('refuses a conversation of another account than the texts of its run', async () => {
		const { error } = await runInARow(
			bench,
			[bench.incoming(), bench.incoming({ contact: '+14155550199' })],
			[trigger(), unpaired({ threadId: FOREIGN, sessionId: FOREIGN }), composing()],
			{ workflowId: 'own-account-compose' },
		);
		expectRefused(error, 'Input');
	});

	it('goes on with those of its run', async () => {
		const { error, last } = await runInARow(
			bench,
			[bench.incoming(), bench.incoming({ contact: '+14155550199' })],
			[trigger(), unpaired({}), composing()],
			{ workflowId: 'own-account-compose' },
		);
		expect(error).toBeUndefined();
		expect(last[0]).toMatchObject({ outcome: 'replied' });
	});

	it('refuses an item whose session is of another account than its conversation', async () => {
		const { error } = await bench.run(
			[bench.incoming({ threadId: FOREIGN })],
			composing().parameters,
			{ node: new AgentReply() },
		);
		expect(error?.message).toMatch(/^Input: the field "sessionId" of this item/);
	});
});
