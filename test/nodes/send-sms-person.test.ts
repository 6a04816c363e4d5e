import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';
import { AgentReply } from '../../nodes/AgentReply/AgentReply.node';
import { IncomingSmsTrigger } from '../../nodes/IncomingSmsTrigger/IncomingSmsTrigger.node';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { releaseThread } from '../../nodes/shared/threads/turns/speaking';
import { runInARow } from './support/behind-trigger';
import { CONTACT, openSendSmsBench, OURS, type SendSmsBench } from './support/send-sms-bench';
import { openThreadFile, type ThreadFile } from './support/thread-file';

let bench: SendSmsBench;
let kept: ThreadFile;
beforeEach(async () => {
	bench = await openSendSmsBench();
	kept = await openThreadFile();
	bench.model.respond = () => 'Hello from AI';
});
afterEach(async () => {
	await bench.close();
	await kept.remove();
});

const model = { __rl: true, mode: 'id', value: 'emulated-small' };
const AI = { mode: 'ai', model, smsPrompt: 'You are Ava.', instruction: 'Say hello.' };
const inFile = () => ({ threadStore: 'embedded', threadStoreFile: kept.path });
const threadId = () => `${bench.accountSid}:front-desk:${CONTACT}`;
const send = async (parameters: INodeParameters) =>
	await bench.run([{}], {
		...{ to: CONTACT, from: OURS, agentId: 'Front Desk', body: 'Hello' },
		...inFile(),
		...parameters,
	});
/** The contact answers, and Agent Reply is to answer that. */
const answer = async (body: string) => {
	const steps = [
		{ node: new IncomingSmsTrigger(), parameters: inFile() },
		{ node: new AgentReply(), parameters: { model, ...inFile() } },
	];
	const run = await runInARow(bench, [bench.incoming({ body })], steps, {
		workflowId: 'answers',
		mode: 'webhook',
	});
	if (run.error) throw run.error;
	const told = [0, 1, 2].flatMap((output) => run.itemsOf('Agent Reply', output));
	return told[0]?.json;
};
const thread = async () => await kept.store.threads.read(threadId(), 10);

describe('AI Answers Replies switched off', () => {
	const options = { aiAnswersReplies: false };

	it.each([
		['AI has written', AI],
		['the builder has written', {}],
	])('leaves what the contact answers to a text that %s to a person', async (_, parameters) => {
		const run = await send({ ...parameters, options });
		expect(run.error).toBeUndefined();
		const asked = bench.model.requests.length;
		expect(await answer('Yes please')).toMatchObject({
			outcome: 'needsHuman',
			reasonCode: 'takenOver',
		});
		expect(bench.model.requests).toHaveLength(asked);
		expect(bench.texts()).toHaveLength(1);
		await releaseThread({ store: kept.store, clock: systemClock }, threadId());
		expect(await answer('Are you there?')).toMatchObject({ outcome: 'replied' });
	});

	it('has the thread taken over by the time Twilio has answered', async () => {
		await send({ ...AI, options });
		expect((await thread()).state.takeover).toMatchObject({
			by: 'Send SMS',
			why: 'AI Answers Replies is off',
			until: null,
		});
	});

	it('lets the next AI text of its kind out, and no other', async () => {
		await send({ ...AI, options });
		expect((await send({ ...AI, options })).error).toBeUndefined();
		const other = await send(AI);
		expect(other.outputs[0]?.[0]?.json).toMatchObject({
			status: 'skipped',
			reasonCode: 'takeover',
		});
		expect(bench.texts()).toHaveLength(2);
	});
});

describe('Send as a Person', () => {
	it('gives the conversation to the person who has written, and keeps who it was', async () => {
		const options = { asPerson: true, writtenBy: 'Maria', personKeepsHours: 2 };
		expect((await send({ options })).error).toBeUndefined();
		const { state, messages } = await thread();
		expect(messages.at(-1)).toMatchObject({ author: 'operator', person: 'Maria' });
		expect(state.takeover).toMatchObject({ by: 'Maria', pauseMs: 7_200_000 });
		expect(await answer('Thanks Maria')).toMatchObject({ reasonCode: 'takenOver' });
	});

	it('sends what comes with the item as that person has put it', async () => {
		const run = await bench.run([{ text: '**Friday** works' }], {
			...{ to: CONTACT, from: OURS, agentId: 'Front Desk', ...inFile() },
			options: { asPerson: true },
		});
		expect(run.error).toBeUndefined();
		expect(bench.texts()).toEqual(['**Friday** works']);
	});

	it('says for how long a person may have it', async () => {
		const { error } = await send({ options: { asPerson: true, personKeepsHours: -1 } });
		expect(error?.message).toMatch(/Person Keeps It \(Hours\): -1 is not a number from 0/);
		expect(bench.texts()).toEqual([]);
	});
});
