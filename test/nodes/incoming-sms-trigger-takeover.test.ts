import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { releaseThread, takeThread } from '../../nodes/shared/threads/turns/speaking';
import { textsWithoutRun } from '../../nodes/shared/threads/turns/unanswered';
import { listenWebhook, type ListeningWebhook } from './support/call-webhook';
import { signedCall, textForm } from './support/signed-text';
import { openThreadFile, type ThreadFile } from './support/thread-file';
import { openTriggerBench, type TriggerBench } from './support/trigger-bench';

let bench: TriggerBench;
let kept: ThreadFile;
let webhook: ListeningWebhook;
beforeEach(async () => {
	bench = await openTriggerBench();
	kept = await openThreadFile();
});
afterEach(async () => {
	await webhook.close();
	await kept.remove();
	await bench.close();
});

const CONTACT = '+14155550123';
const services = () => ({ store: kept.store, clock: systemClock });
const threadId = () => `${bench.account.accountSid}:front-desk:${CONTACT}`;
const listen = async (whilePersonHasIt?: string) => {
	const setup = bench.setup({
		receiveOn: 'manual',
		agents: { agent: [{ name: 'Front Desk' }] },
		threadStore: 'embedded',
		threadStoreFile: kept.path,
		options: whilePersonHasIt ? { whilePersonHasIt } : {},
	});
	webhook = await listenWebhook(setup);
	const { accountSid, authToken } = bench.account;
	return async (Body: string) => {
		const form = textForm(accountSid, { From: CONTACT, Body });
		const { result } = await webhook.call(signedCall(webhook.url, authToken, form));
		return (result?.workflowData ?? []).flat().map(({ json }) => json['body']);
	};
};
const take = async () =>
	await takeThread(services(), threadId(), { by: 'Maria', why: '', pauseMs: null });

describe('a text to a conversation that a person has', () => {
	it('starts the workflow', async () => {
		const text = await listen();
		await take();
		expect(await text('Hello?')).toEqual(['Hello?']);
	});

	it('starts nothing where the builder wants it so, then or later, until it is released', async () => {
		const text = await listen('nothing');
		expect(await text('One')).toEqual(['One']);
		await take();
		expect(await text('Two')).toEqual([]);
		const thread = await kept.store.threads.read(threadId(), 10);
		expect(thread.messages.map(({ body }) => body)).toEqual(['One', 'Two']);
		expect(textsWithoutRun(thread)).toEqual([]);
		await releaseThread(services(), threadId());
		expect(await text('Three')).toEqual(['Three']);
	});
});
