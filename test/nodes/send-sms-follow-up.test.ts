import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import type { Message } from '../../nodes/shared/messaging/message';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { openEmbeddedThreadStore } from '../../nodes/shared/threads/stores/embedded/embedded-thread-store';
import type { OpenThreadStore } from '../../nodes/shared/threads/thread-store';
import { optOut } from '../support/contact-state';
import { storedMessage } from '../support/stored-message';
import { CONTACT, openSendSmsBench, OURS, type SendSmsBench } from './support/send-sms-bench';

let bench: SendSmsBench;
let folder: string;
let file: string;
let store: OpenThreadStore;
let serial = 0;

beforeAll(async () => {
	bench = await openSendSmsBench();
	folder = mkdtempSync(join(tmpdir(), 'sms-agent-follow-up-'));
});
beforeEach(async () => {
	bench.reset();
	file = join(folder, `${serial++}.sqlite`);
	const limits = { messagesPerThread: 50, maxAgeDays: 90, maxMegabytes: 100 };
	store = await openEmbeddedThreadStore({ file, ...limits }, systemClock);
});
afterAll(async () => {
	await bench.close();
	rmSync(folder, { recursive: true, force: true });
});

async function send(item: IDataObject, parameters: INodeParameters): Promise<IDataObject> {
	const kept = { threadStore: 'embedded', threadStoreFile: file };
	const { outputs, error } = await bench.run([item], { ...kept, ...parameters });
	if (error) throw error;
	return outputs[0]?.[0]?.json ?? {};
}

const open = async () => await send({}, { to: CONTACT, from: OURS, body: 'Is Friday good?' });
const FOLLOW_UP = { body: 'Did you see our text?', options: { onlyUnanswered: true } };
const BY_AI = {
	mode: 'ai',
	smsPrompt: 'You are Ava of Bright Dental.',
	model: { __rl: true, mode: 'id', value: 'emulated-small' },
};
const threadId = () => `${bench.accountSid}:assistant:${CONTACT}`;
const contactWrites = async (body: string) => {
	const text = storedMessage(body);
	await store.threads.append(threadId(), [text], 0);
	return text.messageSid;
};

const agentAnswers = async (...answers: string[]) => {
	const reply = storedMessage('Great!', { direction: 'outbound', author: 'agent', answers });
	await store.threads.append(threadId(), [reply], 0);
};

describe('a follow-up only for those who have not answered', () => {
	it('goes to a contact who has been silent, without a field about whom', async () => {
		expect(await send(await open(), FOLLOW_UP)).toMatchObject({ event: 'sent', to: CONTACT });
		expect(bench.texts()).toEqual(['Is Friday good?', 'Did you see our text?']);
	});

	it('is left out for one who has answered, and says so, also when the agent wrote back', async () => {
		const opener = await open();
		await agentAnswers(await contactWrites('Yes, Friday'));
		expect(await send(opener, FOLLOW_UP)).toMatchObject({
			event: 'skipped',
			status: 'skipped',
			reasonCode: 'answered',
			reason: expect.stringContaining('has answered'),
			contact: CONTACT,
			threadId: threadId(),
			agent: { id: 'assistant' },
		});
		expect(bench.texts()).toEqual(['Is Friday good?']);
	});

	it('goes to a contact who asked for help, or whose phone wrote by itself', async () => {
		const opener = await open();
		const said = {
			HELP: { consent: 'help' },
			'Liked “Friday?”': { reaction: 'tapback' },
		} as const;
		for (const [body, mark] of Object.entries(said)) {
			await store.threads.append(threadId(), [storedMessage(body, mark)], 0);
		}
		expect(await send(opener, FOLLOW_UP)).toMatchObject({ event: 'sent' });
	});

	it('is left out for one who has opted out, without failing', async () => {
		const opener = await open();
		await optOut({ store, clock: systemClock }, threadId());
		expect(await send(opener, FOLLOW_UP)).toMatchObject({ reasonCode: 'optedOut' });
		expect(bench.texts()).toHaveLength(1);
	});

	it('counts what was written since the opener, not before it', async () => {
		await contactWrites('Please call me');
		expect(await send(await open(), FOLLOW_UP)).toMatchObject({ event: 'sent' });
	});

	it('stays left out in a third text that hangs on the second', async () => {
		const opener = await open();
		await contactWrites('Yes');
		const second = await send(opener, FOLLOW_UP);
		expect(await send(second, FOLLOW_UP)).toMatchObject({ event: 'skipped' });
	});

	it('goes by our newest text where the item does not tell of one', async () => {
		await open();
		const toLead = { ...FOLLOW_UP, to: CONTACT, from: OURS };
		await agentAnswers(await contactWrites('Yes'));
		expect(await send({ lead: 'from a CRM' }, toLead)).toMatchObject({ event: 'skipped' });
		await open();
		expect(await send({ lead: 'from a CRM' }, toLead)).toMatchObject({ event: 'sent' });
	});

	it('goes by the text that the run is about, also where we had written before', async () => {
		const text = bench.incoming();
		const messageSid = text['messageSid'] as string;
		const ours = { direction: 'outbound', author: 'agent' } as const;
		const add = async (...messages: Message[]) => {
			await store.threads.append(text['threadId'] as string, messages, 0);
		};
		await add(
			storedMessage('Is Friday good?', ours),
			storedMessage('How much is it?', { messageSid }),
			storedMessage('90 dollars.', { ...ours, answers: [messageSid] }),
		);
		expect(await send(text, FOLLOW_UP)).toMatchObject({ event: 'sent' });
		await add(storedMessage('Fine', { messageSid: `SM${'f'.repeat(32)}` }));
		expect(await send(text, FOLLOW_UP)).toMatchObject({ event: 'skipped' });
	});

	it('goes to who has been silent since the agent replied to what they wrote', async () => {
		const toLead = { ...FOLLOW_UP, to: CONTACT, from: OURS };
		await agentAnswers(await contactWrites('How much is a cleaning?'));
		expect(await send({ lead: 'from a CRM' }, toLead)).toMatchObject({ event: 'sent' });
	});

	it('is left out for one who wrote first and whom nobody has answered yet', async () => {
		const toLead = { ...FOLLOW_UP, to: CONTACT, from: OURS };
		await contactWrites('How much is a cleaning?');
		expect(await send({ lead: 'from a CRM' }, toLead)).toMatchObject({ event: 'skipped' });
	});

	it('asks no model for words that nobody would get', async () => {
		const opener = await open();
		await contactWrites('Yes');
		expect(await send(opener, { ...FOLLOW_UP, ...BY_AI })).toMatchObject({ event: 'skipped' });
		expect(bench.model.requests).toHaveLength(0);
	});

	it('is left out when the answer comes while the model writes', async () => {
		const opener = await open();
		bench.model.respond = () => {
			void contactWrites('Yes');
			return undefined;
		};
		expect(await send(opener, { ...FOLLOW_UP, ...BY_AI })).toMatchObject({ event: 'skipped' });
		expect(bench.model.requests).toHaveLength(1);
		expect(bench.texts()).toHaveLength(1);
	});
});

it('sends without the option whatever the contact wrote', async () => {
	const opener = await open();
	await contactWrites('Yes');
	expect(await send(opener, { body: 'See you' })).toMatchObject({ event: 'sent' });
});
