import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { storedMessage } from '../support/stored-message';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { takeOver } from '../support/contact-state';
import { openSendSmsBench, OURS, type SendSmsBench } from './support/send-sms-bench';
import { openThreadFile, type ThreadFile } from './support/thread-file';

let bench: SendSmsBench;
let file: ThreadFile;
beforeAll(async () => {
	bench = await openSendSmsBench();
});
beforeEach(async () => {
	bench.reset();
	file = await openThreadFile();
});
afterAll(() => bench.close());

/** An incoming text, with what an AI Agent of n8n's answers to it. */
const answered = (output = 'Friday at nine it is.'): IDataObject => ({
	...bench.incoming(),
	output,
});
const send = async (items: IDataObject[], parameters: INodeParameters = {}) => {
	const kept = { threadStore: 'embedded', threadStoreFile: file.path };
	const { outputs, error } = await bench.run(items, { ...kept, ...parameters });
	return { items: (outputs[0] ?? []).map(({ json }) => json), error };
};
const threadOf = ({ threadId }: IDataObject) => threadId as string;

describe("Send SMS with an AI Agent's answer to a text", () => {
	it('sends it as the reply to that text, once, whichever execution comes to it', async () => {
		const item = answered();
		const first = await send([item]);
		const again = await send([{ ...item, output: 'Or shall we say ten?' }]);
		expect(first.items).toMatchObject([{ status: expect.any(String), repeated: false }]);
		expect(again.items).toMatchObject([{ repeated: true, body: 'Friday at nine it is.' }]);
		expect(bench.texts()).toEqual(['Friday at nine it is.']);
		const { messages } = await file.store.threads.read(threadOf(item), 5);
		expect(messages.at(-1)).toMatchObject({
			author: 'agent',
			answers: [item['messageSid']],
		});
	});

	it('sends nothing once the contact has written again, and says so in the item', async () => {
		const item = answered();
		const text = item['messages'] as ReturnType<typeof storedMessage>[];
		const newer = storedMessage('Or Saturday?', { sender: OURS, at: new Date().toISOString() });
		await file.store.threads.append(threadOf(item), [...text, newer], 0);
		const { items, error } = await send([item]);
		expect(error).toBeUndefined();
		expect(items).toMatchObject([{ status: 'skipped', reasonCode: 'newerText' }]);
		expect(bench.texts()).toEqual([]);
	});

	it('sends nothing once a person has the conversation, or the contact has said STOP', async () => {
		const item = answered();
		await takeOver({ store: file.store, clock: systemClock }, threadOf(item));
		const { items } = await send([item]);
		expect(items).toMatchObject([{ status: 'skipped', reasonCode: 'takeover' }]);
		expect(bench.texts()).toEqual([]);
	});

	it('sends an answer in several parts whole', async () => {
		const item = answered();
		const { items } = await send([item, { ...item, output: 'Bring your card.' }]);
		expect(items).toHaveLength(2);
		expect(bench.texts()).toEqual(['Friday at nine it is.', 'Bring your card.']);
	});

	it('takes the words of the builder for no answer', async () => {
		const item = answered();
		await send([item], { body: 'See you.' });
		const { messages } = await file.store.threads.read(threadOf(item), 5);
		expect(messages.at(-1)).not.toHaveProperty('answers');
	});
});
