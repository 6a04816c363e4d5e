import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { composeOnly } from '../../../nodes/shared/replying/compose-reply';
import {
	MemoryError,
	type ConversationMemory,
} from '../../../nodes/shared/composing/conversation-memory';
import type { ModelMessage } from '../../../nodes/shared/composing/reply-composer';
import type { ReplyPlan } from '../../../nodes/shared/replying/reply-turn';
import { replyToThread } from '../../../nodes/shared/replying/reply-to-thread';
import { OutcomeUnknownError } from '../../../nodes/shared/sending/send-errors';
import type { Message } from '../../../nodes/shared/messaging/message';
import { createMessage } from '../../../nodes/shared/twilio/api/messages';
import { optOut } from '../../support/contact-state';
import { composerOf, hello, inbound, plan, turnAt } from './reply-fixture';
import { CONTACT, openSendingDesk, OURS, type SendingDesk } from '../sending/sending-fixture';

let desk: SendingDesk;
beforeAll(async () => {
	desk = await openSendingDesk();
});
beforeEach(() => desk.reset());
afterAll(() => desk.close());

/** A memory that others have written to, and what it was told. */
function memoryOf(remembered: ModelMessage[], change: Partial<ConversationMemory> = {}) {
	const saved: Array<[contactSaid: string, weSaid: string]> = [];
	const memory: ConversationMemory = {
		load: async () => [...remembered],
		save: async (contactSaid, weSaid) => {
			saved.push([contactSaid, weSaid]);
			remembered.push({ role: 'user', content: contactSaid });
			remembered.push({ role: 'assistant', content: weSaid });
		},
		...change,
	};
	return { memory, saved };
}

async function reply(
	memory: ConversationMemory,
	messages: Message[],
	change: Partial<ReplyPlan> = {},
	compose = () => hello,
) {
	const { composer, requests } = composerOf(compose);
	const turn = turnAt(desk, messages);
	const services = { ...desk.services, sms: desk.sender, composer, memory };
	const run = replyToThread(services, turn, { ...plan, ...change });
	const outcome = await run;
	return { outcome, shown: requests[0]?.messages };
}

const threads = () => desk.services.store.threads;
const receive = (...messages: Message[]) => threads().append(desk.threadId, messages, 0);

const maria: ModelMessage[] = [
	{ role: 'user', content: 'My name is Maria' },
	{ role: 'assistant', content: 'Hello Maria!' },
];

describe('a reply with a connected memory', () => {
	it('shows the model the memory in place of the thread, then the texts to answer', async () => {
		await receive(inbound('Said to the thread alone'));
		await threads().append(desk.threadId, [ourText('Answered to the thread alone')], 0);
		const { outcome, shown } = await reply(memoryOf([...maria]).memory, [inbound('And me?')]);
		expect(shown).toEqual([
			...maria,
			{ role: 'user', content: expect.stringMatching(/^\[[-\d: ]+\] And me\?$/) },
		]);
		expect(outcome).toMatchObject({
			composing: {
				history: { includedMessages: 2, omittedMessages: 0, droppedFromStore: null },
			},
		});
	});

	it("keeps the turn's words and the reply, without marks, and adds both to the thread too", async () => {
		const { memory, saved } = memoryOf([]);
		const photo = { url: 'https://example.com/1', contentType: 'image/jpeg' };
		await reply(memory, [inbound('Look'), { ...inbound(''), media: [photo] }]);
		expect(saved).toEqual([['Look\n[attached: image/jpeg]', 'Hello!']]);
		const { messages } = await threads().read(desk.threadId, 10);
		expect(messages.map(({ body }) => body)).toEqual(['Look', '', 'Hello!']);
	});

	it('keeps a turn once, however often it is run', async () => {
		const { memory, saved } = memoryOf([]);
		const turn = [inbound('Hi')];
		await reply(memory, turn);
		const { outcome, shown } = await reply(memory, turn);
		expect(outcome).toMatchObject({ kind: 'replied', sent: { repeated: true } });
		expect(shown).toBeUndefined();
		expect(saved).toHaveLength(1);
	});

	it('shows and keeps an earlier text that was left to this reply', async () => {
		const { memory, saved } = memoryOf([]);
		const first = inbound('My name is Maria');
		const second = inbound('What is my name?');
		await receive(first, second);
		const stale = await reply(memory, [first]);
		expect(stale.outcome).toMatchObject({ kind: 'noReply', code: 'newerText' });
		expect(saved).toEqual([]);

		const { shown } = await reply(memory, [second]);
		expect(shown).toHaveLength(1);
		expect(shown?.[0]?.content).toMatch(/My name is Maria\n.*What is my name\?$/);
		expect(saved).toEqual([['My name is Maria\nWhat is my name?', 'Hello!']]);

		await reply(memory, [inbound('Thanks')]);
		expect(saved.at(-1)).toEqual(['Thanks', 'Hello!']);
	});

	it.each([
		['texts', { maxMessages: 2, maxCharacters: 8000 }],
		['characters', { maxMessages: 30, maxCharacters: 40 }],
	])('keeps within the limit of %s, newest first', async (_, history) => {
		const older: ModelMessage[] = [
			{ role: 'user', content: 'Long ago' },
			{ role: 'assistant', content: 'Indeed' },
		];
		const { outcome, shown } = await reply(
			memoryOf([...older, ...maria]).memory,
			[inbound('Hi')],
			{ history },
		);
		expect(shown?.slice(0, -1)).toEqual(maria);
		expect(outcome).toMatchObject({
			composing: { history: { includedMessages: 2, omittedMessages: 2 } },
		});
	});

	it('sends nothing where the memory cannot be read, and may be run again', async () => {
		const load = async () => {
			throw new MemoryError('could not be read', 'connection refused');
		};
		const turn = [inbound('Hi')];
		await expect(reply(memoryOf([], { load }).memory, turn)).rejects.toThrow(
			'The connected memory could not be read: connection refused',
		);
		expect(desk.texts()).toEqual([]);
		expect((await reply(memoryOf([]).memory, turn)).outcome).toMatchObject({ kind: 'replied' });
	});

	it('warns where the memory fails after the text is out, and does not send it again', async () => {
		const save = async () => {
			throw new MemoryError('could not keep this exchange', 'connection refused');
		};
		const turn = [inbound('Hi')];
		const { outcome } = await reply(memoryOf([], { save }).memory, turn);
		expect(outcome).toMatchObject({
			kind: 'replied',
			sent: {
				warnings: [
					'The text is out, but the connected memory could not keep this exchange: connection refused',
				],
			},
		});
		await reply(memoryOf([], { save }).memory, turn);
		expect(desk.texts()).toEqual(['Hello!']);
	});

	it('keeps a turn whose send was found only by the next run', async () => {
		const { memory, saved } = memoryOf([]);
		const turn = [inbound('Hi')];
		const list = { method: 'GET', path: /Messages\.json/ } as const;
		desk.twilio.faults.next({ kind: 'reset-after-accept', method: 'POST', path: list.path });
		desk.twilio.faults.next({ kind: '500', times: 9, ...list });
		await expect(reply(memory, turn)).rejects.toBeInstanceOf(OutcomeUnknownError);
		expect(saved).toEqual([]);
		desk.twilio.faults.clear();
		expect((await reply(memory, turn)).outcome).toMatchObject({ sent: { reconciled: true } });
		await reply(memory, turn);
		expect(saved).toEqual([['Hi', 'Hello!']]);
		expect(desk.texts()).toEqual(['Hello!']);
	});

	it('keeps the reply of a run that died while it sent, found by the run of the next text', async () => {
		const [first, second] = [inbound('When do you open?'), inbound('Hello?')];
		await receive(first, second);
		await threads().changeState(desk.threadId, (state) => ({
			...state,
			startedThrough: second.messageSid,
		}));
		const { claims } = desk.services.store;
		const key = `lease:${desk.threadId}`;
		const claim = await claims.claim(key, 60_000);
		if (claim.status !== 'claimed') throw new Error('The claim is not free');
		const since = new Date(desk.services.clock.now()).toISOString();
		const body = 'We open at nine.';
		const answers = [first.messageSid];
		const sending = { phase: 'sending', since, to: CONTACT, body, answers };
		await claims.note(key, claim.token, sending, 1_000);
		await createMessage(desk.services.twilio, desk.draft({ body }));

		const { memory, saved } = memoryOf([]);
		await reply(memory, [second]);
		expect(saved).toEqual([
			['When do you open?', 'We open at nine.'],
			['Hello?', 'Hello!'],
		]);
	});

	it.each([
		['a person is needed', { kind: 'needsHuman', reason: 'Asked' } as const],
		['there is nothing to answer', { kind: 'noReply', reason: 'Said goodbye' } as const],
	])('keeps nothing where %s', async (_, decision) => {
		const { memory, saved } = memoryOf([]);
		const told = { usage: null, model: 'small' };
		await reply(
			memory,
			[inbound('Hi')],
			{ handoverText: 'A colleague will text you.' },
			() => ({
				...decision,
				...told,
			}),
		);
		expect(saved).toEqual([]);
	});

	it('does not ask the memory of a contact who opted out', async () => {
		const load = async () => {
			throw new Error('asked');
		};
		await optOut(desk.services, desk.threadId);
		const { outcome } = await reply(memoryOf([], { load }).memory, [inbound('Hi')]);
		expect(outcome).toMatchObject({ kind: 'noReply', code: 'optedOut' });
	});

	it('is read but not written where the words are only composed', async () => {
		const { memory, saved } = memoryOf([...maria]);
		const { composer, requests } = composerOf(() => hello);
		const turn = turnAt(desk, [inbound('Hi')]);
		const services = { ...desk.services, composer, memory };
		expect(await composeOnly(services, turn, plan)).toMatchObject({
			kind: 'replied',
			sent: null,
		});
		expect(requests[0]?.messages.slice(0, 2)).toEqual(maria);
		expect(saved).toEqual([]);
	});
});

/** As Send SMS adds it: it does not say what it answers. */
function ourText(body: string): Message {
	return { ...inbound(body), direction: 'outbound', author: 'agent', sender: OURS };
}
