import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';
import { OpenAiCompatibleApi } from '../../credentials/OpenAiCompatibleApi.credentials';
import { TwilioMessagingApi } from '../../credentials/TwilioMessagingApi.credentials';
import { AgentReply } from '../../nodes/AgentReply/AgentReply.node';
import { pauseBrand } from '../../nodes/shared/contacts/pause';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { filesUnder } from '../../scripts/build/source-hash';
import { ROOT } from '../../scripts/paths';
import type { IncomingText } from '../../nodes/shared/n8n/items/incoming-text';
import { optOut, takeOver } from '../support/contact-state';
import { storedMessage } from '../support/stored-message';
import { runNode } from './support/run-node';
import { CONTACT, openSendSmsBench, OURS, type SendSmsBench } from './support/send-sms-bench';
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
afterEach(() => file.remove());
afterAll(() => bench.close());

const MODEL = { model: { __rl: true, mode: 'id', value: 'emulated-small' } };
const AI = { ...MODEL, mode: 'ai', smsPrompt: 'You are Ava.' };
const kept = () => ({ threadStore: 'embedded', threadStoreFile: file.path });
const threadId = () => `${bench.accountSid}:front-desk:${CONTACT}`;
const services = () => ({ store: file.store, clock: systemClock });

/** To the contact of the thread, in the agent's name. */
const send = async (parameters: INodeParameters, written?: string) => {
	const item = written === undefined ? {} : { text: written };
	const to = { to: CONTACT, from: OURS, agentId: 'Front Desk' };
	await bench.run([item], { ...kept(), ...to, ...parameters });
};
const reply = async (parameters: INodeParameters = {}, item: Partial<IncomingText> = {}) =>
	await runNode({
		node: new AgentReply(),
		items: [bench.incoming(item)],
		parameters: { ...kept(), ...MODEL, ...parameters },
		credentials: bench.credentials,
		credentialTypes: [new TwilioMessagingApi(), new OpenAiCompatibleApi()],
		mode: 'webhook',
	});
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

interface Path {
	/** Whose words leave on it. */
	by: 'agent' | 'workflow' | 'person';
	go: () => Promise<unknown>;
}

/** Every way in which a node texts a contact, by the file that opens the sender. */
const PATHS: Record<string, Record<string, Path>> = {
	'nodes/AgentReply/reply-to-item.ts': {
		'a reply': { by: 'agent', go: async () => await reply() },
		'a hand-over text': {
			by: 'agent',
			go: async () => {
				bench.model.respond = () => ({ kind: 'needsHuman', reply: null, reason: 'Asked' });
				await reply({ options: { handoverText: 'A colleague will text you.' } });
			},
		},
	},
	'nodes/AgentReply/ask-silent.ts': {
		'an idle text': {
			by: 'agent',
			go: async () => {
				const at = new Date(Date.now() - 90 * 60_000).toISOString();
				const text = storedMessage('Are you open?', { at, sender: OURS });
				const { messageSid } = text;
				const own = { at, direction: 'outbound', author: 'agent' } as const;
				const answer = storedMessage('Until six.', { ...own, answers: [messageSid] });
				await file.store.threads.append(threadId(), [text, answer], 1);
				const silent = { messageSid, messageSids: [messageSid], messages: [] };
				await reply(
					{ options: { idleText: 'Still there?', idleTextHours: 1 } },
					{
						...{ event: 'threadIdle', ...silent },
					},
				);
			},
		},
	},
	'nodes/SendSms/send-text.ts': {
		'own words': { by: 'workflow', go: async () => await send({ body: 'Hello' }) },
		'words of an AI Agent before': {
			by: 'agent',
			go: async () => await send({}, 'Written by AI'),
		},
		'words of AI': { by: 'agent', go: async () => await send(AI) },
		'a follow-up': {
			by: 'agent',
			go: async () => await send({ ...AI, options: { onlyUnanswered: true } }),
		},
		'a scheduled text': {
			by: 'agent',
			go: async () =>
				await send({
					...AI,
					from: bench.serviceSid,
					options: { sendAt: inAnHour() },
				}),
		},
		'a person': {
			by: 'person',
			go: async () => await send({ body: 'Ana here', options: { asPerson: true } }),
		},
	},
	// Relays to the contact of a hand-over: test/nodes and test/integration have the owner's phone.
	'nodes/shared/n8n/agents/obey-owners-text.ts': {},
	// Takes over, and sends nothing.
	'nodes/SmsAgent/run-thread.ts': {},
};

const paths = Object.values(PATHS).flatMap((of) => Object.entries(of));

function importersOf(name: string): string[] {
	return ['nodes', 'credentials']
		.flatMap((folder) => filesUnder(ROOT, folder))
		.filter((path) => path.endsWith('.ts'))
		.filter((path) => new RegExp(`\\b${name}\\(`).test(readFileSync(join(ROOT, path), 'utf8')))
		.sort();
}

describe('a text to a contact', () => {
	it('leaves by one door', () => {
		expect(importersOf('createMessage')).toEqual([
			'nodes/shared/sending/post-message.ts',
			'nodes/shared/twilio/api/messages.ts',
		]);
		expect(importersOf('postMessage')).toEqual([
			'nodes/shared/sending/post-message.ts',
			'nodes/shared/sending/send-to-thread.ts',
		]);
	});

	it('has no path that is not walked here', () => {
		const door = 'nodes/shared/sending/send-to-thread.ts';
		expect(importersOf('smsSender')).toEqual([...Object.keys(PATHS), door].sort());
	});

	it.each(paths)('goes out by %s where nothing is against it', async (_, { go }) => {
		await go();
		expect(bench.texts()).toHaveLength(1);
	});

	it.each(paths)('goes to nobody who has opted out, by %s', async (_, { go }) => {
		await optOut(services(), threadId());
		await go();
		expect(bench.texts()).toEqual([]);
	});

	it.each(paths)('talks over no person, by %s', async (_, { by, go }) => {
		await takeOver(services(), threadId());
		await go();
		expect(bench.texts()).toHaveLength(by === 'agent' ? 0 : 1);
	});

	it.each(paths)('is written by no agent that is paused, by %s', async (_, { by, go }) => {
		const { store, clock } = services();
		const brand = { accountSid: bench.accountSid, brand: '' };
		await pauseBrand({ records: store.records, clock }, brand, 'Eve');
		await go();
		expect(bench.texts()).toHaveLength(by === 'agent' ? 0 : 1);
	});
});
