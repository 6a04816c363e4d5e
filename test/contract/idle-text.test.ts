import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { writeAgents } from '../../nodes/shared/contacts/agent-record';
import { closeSilent } from '../../nodes/shared/desk/close-thread';
import type { Clock } from '../../nodes/shared/messaging/clock';
import type { Message } from '../../nodes/shared/messaging/message';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { leaveTextsToPerson } from '../../nodes/shared/receiving/leave-to-person';
import { moveTurn, rejectTurn } from '../../nodes/shared/receiving/move-turn';
import {
	EndWatch,
	type Silence,
	type SilentThread,
} from '../../nodes/shared/remembering/ended-threads';
import { settleEnding } from '../../nodes/shared/remembering/endings';
import { sendIdleText, type IdleOutcome } from '../../nodes/shared/remembering/idle-text';
import { smsSender } from '../../nodes/shared/sending/send-to-thread';
import type { OpenThreadStore } from '../../nodes/shared/threads/thread-store';
import { closedOf } from '../../nodes/shared/threads/turns/closed';
import { endTexts, type TextsEnd } from '../../nodes/shared/threads/turns/end-texts';
import type { Turn } from '../../nodes/shared/threads/turns/gather-turn';
import { takeThread } from '../../nodes/shared/threads/turns/speaking';
import { storedMessage } from '../support/stored-message';
import { inbound, plan as replyPlan } from '../integration/replying/reply-fixture';
import {
	CONTACT,
	openSendingDesk,
	OURS,
	type SendingDesk,
} from '../integration/sending/sending-fixture';
import { EVERY_STORE } from './every-store';

const HOUR_MS = 3_600_000;
const WORDS = 'Are you still there?';
const DAY: Silence = { textMs: 24 * HOUR_MS, closeMs: 24 * HOUR_MS };
const PLAN = { words: WORDS, afterMs: 24 * HOUR_MS, ...rulesOf(replyPlan) };
const RACES = 20;
/** The text leaves, and the person comes, within this many milliseconds. */
const WITHIN_MS = 30;

let desk: SendingDesk;
beforeAll(async () => {
	desk = await openSendingDesk();
});
afterAll(() => desk.close());

describe.each(EVERY_STORE)('an idle text, on %s', (_, open) => {
	let store: OpenThreadStore;
	let dispose: () => Promise<void>;
	/** Milliseconds by which it is later than it is. */
	let laterMs: number;
	const clock: Clock = {
		...systemClock,
		now: () => systemClock.now() + laterMs,
		sleep: async (ms, signal) => await systemClock.sleep(Math.min(ms, 10), signal),
	};
	beforeEach(async () => {
		({ store, dispose } = await open());
		desk.reset();
		laterMs = 0;
		const { accountSid } = desk.services.twilio.account;
		await writeAgents(
			store.records,
			accountSid,
			[
				{
					...{ id: 'agent', name: 'Ava', smsPrompt: '', senders: [], brand: '' },
					...{
						ownersPhones: [],
						onText: 'reply',
						webhookUrl: '',
						remembers: true,
						share: 1,
					},
				},
			],
			{ trigger: 'one' },
		);
	});
	afterEach(async () => await dispose());

	const services = () => ({ ...desk.services, clock, store });
	const threadOf = (contact: string) => desk.threadId.replace(/[^:]+$/, contact);

	/** A text that was answered so long ago. */
	async function conversation(contact = CONTACT, hoursAgo = 25): Promise<Message> {
		const at = new Date(clock.now() - hoursAgo * HOUR_MS).toISOString();
		const text = storedMessage('Do you have time on Friday?', { at, sender: OURS });
		const answers = [text.messageSid];
		const ours = { direction: 'outbound', author: 'agent', sender: OURS, at } as const;
		const reply = storedMessage('At nine. Shall I book it?', { ...ours, answers });
		await store.threads.append(threadOf(contact), [text, reply], 1);
		await store.threads.changeState(threadOf(contact), (state) => ({
			...state,
			...{ startedThrough: text.messageSid, startedAt: at },
		}));
		return text;
	}

	const watch = () => new EndWatch();
	async function look(silence = DAY, by = watch()): Promise<SilentThread[]> {
		const found: SilentThread[] = [];
		const { accountSid } = desk.services.twilio.account;
		const watched = {
			accountSid,
			silence: new Map([['agent', silence]]),
			unreadable: (error: Error) => {
				throw error;
			},
		};
		await by.look(services(), watched, async (silent) => void found.push(silent));
		return found;
	}

	const ask = async (
		{ messageSid }: Message,
		{ contact = CONTACT, place = store } = {},
	): Promise<IdleOutcome> =>
		await sendIdleText(
			smsSender({ ...services(), store: place }),
			{
				...{ threadId: threadOf(contact), contact, messageSid },
				...{ sender: OURS, messagingServiceSid: null },
			},
			PLAN,
		);
	const messages = async (contact = CONTACT) =>
		(await store.threads.read(threadOf(contact), 50)).messages;

	it('is sent once in a silence, however many look and run, and answers nothing', async () => {
		const text = await conversation();
		const found = await Promise.all([look(), look()]);
		expect(found.flat()).toMatchObject([{ kind: 'idle', text: { body: text.body } }]);
		const runs = await Promise.all([ask(text), ask(text), ask(text)]);
		expect(runs.filter(({ kind }) => kind === 'sent')).not.toEqual([]);
		expect(await ask(text)).toMatchObject({ kind: 'sent', sent: { repeated: true } });
		expect(desk.texts()).toEqual([WORDS]);
		const told = (await messages()).at(-1);
		expect(told).toMatchObject({ author: 'agent', body: WORDS });
		expect(told).not.toHaveProperty('answers');
		laterMs = 23 * HOUR_MS;
		expect(await look()).toEqual([]);
	});

	it('is not sent to a contact who writes in the last moment, and to each one again in the next silence', async () => {
		const text = await conversation();
		const claim: OpenThreadStore['claims']['claim'] = async (...taken) => {
			const claimed = await store.claims.claim(...taken);
			if (taken[0].startsWith('speaking:')) {
				await store.threads.append(desk.threadId, [inbound('Yes, please')], 1);
			}
			return claimed;
		};
		const place = { ...store, claims: { ...store.claims, claim } };
		expect(await ask(text, { place })).toMatchObject({ kind: 'notSent' });
		expect(desk.texts()).toEqual([]);
		expect(await ask(text)).toMatchObject({ kind: 'notSent' });

		laterMs = 30 * HOUR_MS;
		const next = await conversation();
		expect(await look()).toMatchObject([
			{ kind: 'idle', text: { messageSid: next.messageSid } },
		]);
		expect(await ask(text)).toMatchObject({ kind: 'notSent' });
		expect(await ask(next)).toMatchObject({ kind: 'sent', sent: { repeated: false } });
		expect(desk.texts()).toEqual([WORDS]);
	});

	it('never follows a person who takes the conversation', async () => {
		const race = async (nth: number) => {
			const contact = `+1415555${String(nth).padStart(4, '0')}`;
			const text = await conversation(contact);
			const textsTo = () => desk.twilio.messages().filter(({ to }) => to === contact).length;
			let before = 0;
			const person = async () => {
				await sleep(Math.random() * WITHIN_MS);
				const takes = { by: 'Ana', why: '', pauseMs: null };
				await takeThread(services(), threadOf(contact), takes);
				before = textsTo();
			};
			const asking = async () => {
				await sleep(Math.random() * WITHIN_MS);
				await ask(text, { contact });
			};
			await Promise.all([asking(), person()]);
			return textsTo() - before;
		};
		const late = await Promise.all(Array.from({ length: RACES }, async (__, nth) => race(nth)));
		expect(late.filter((count) => count > 0)).toEqual([]);
	});

	it('whose outcome is uncertain is looked for, and not sent twice', async () => {
		const text = await conversation();
		await look();
		desk.twilio.faults.next({ kind: 'reset-after-accept', method: 'POST', path: /Messages/ });
		const listed = { kind: '500', method: 'GET', path: /Messages/, times: 10 } as const;
		desk.twilio.faults.next(listed);
		expect(await ask(text)).toMatchObject({ kind: 'notSent' });
		expect(desk.texts()).toEqual([WORDS]);
		desk.twilio.faults.clear();
		laterMs = 0.25 * HOUR_MS;
		expect(await look()).toMatchObject([{ kind: 'idle' }]);
		expect(await ask(text)).toMatchObject({ kind: 'sent', sent: { reconciled: true } });
		expect(desk.texts()).toEqual([WORDS]);
		expect((await messages()).at(-1)).toMatchObject({ body: WORDS });
	});

	it('is followed by closing, but not where the contact is faster', async () => {
		const text = await conversation();
		const silence = { ...DAY, endMs: 40 * HOUR_MS };
		const by = watch();
		expect(await look(silence, by)).toMatchObject([{ kind: 'idle' }]);
		await ask(text);
		laterMs = 25 * HOUR_MS;
		const [silent] = await look(silence, by);
		expect(silent?.kind).toBe('close');
		const lastSid = silent?.thread.messages.at(-1)?.messageSid ?? '';

		// The contact was faster.
		await store.threads.append(desk.threadId, [inbound('Sorry, yes')], 1);
		expect(await closeSilent(services(), desk.threadId, 'Silence', lastSid)).toBeUndefined();
		expect((await store.threads.read(desk.threadId, 50)).state.closed).toBeUndefined();
	});

	describe('closing', () => {
		const closes = async () => (await look(DAY)).map(({ kind }) => kind);
		/** A text without a reply, after one whose run came to its end so, which nobody closed. */
		async function textAfter(before: TextsEnd): Promise<Turn> {
			const first = await conversation(CONTACT, 60);
			await endTexts(store.threads, desk.threadId, first.messageSid, before);
			const at = new Date(clock.now() - 49 * HOUR_MS).toISOString();
			const text = storedMessage('Wrong number?', { at, sender: OURS });
			const { thread } = await store.threads.append(desk.threadId, [text], 50);
			const started = { startedThrough: text.messageSid, startedAt: at };
			await store.threads.changeState(desk.threadId, (state) => ({ ...state, ...started }));
			return { texts: [text], thread };
		}

		describe.each([
			['nothing was to be said to', { endedIn: '1', isQuiet: true }],
			['was given to a person', { endedIn: '1' }],
		])('after a text that %s', (__, before) => {
			it('comes to one that was rejected', async () => {
				await rejectTurn({ store }, await textAfter(before));
				expect(await closes()).toEqual(['close']);
			});

			it('comes to where one was moved away from', async () => {
				expect(await moveTurn(services(), await textAfter(before), 'sales')).toMatchObject({
					threadId: threadOf(CONTACT).replace(':agent:', ':sales:'),
				});
				expect(await closes()).toEqual(['close']);
			});

			it('does not come to one that was left to a person', async () => {
				const { thread, texts } = await textAfter(before);
				const until = new Date(clock.now() + HOUR_MS).toISOString();
				const since = texts[0]?.at ?? '';
				const takeover = { since, until, by: 'Ana', why: '', pauseMs: HOUR_MS };
				const state = await store.threads.changeState(thread.threadId, (present) => ({
					...present,
					takeover,
				}));
				const sid = texts[0]?.messageSid ?? '';
				const left = leaveTextsToPerson(services(), { ...thread, state }, sid);
				expect(await left).toBe(true);
				laterMs = 2 * HOUR_MS;
				expect(await closes()).toEqual([]);
			});
		});
	});

	it('has a conversation that ends in silence remembered once', async () => {
		const text = await conversation(CONTACT, 49);
		const silence = { ...DAY, endMs: 40 * HOUR_MS };
		const [close] = await look(silence);
		expect(close?.kind).toBe('close');
		const lastSid = close?.thread.messages.at(-1)?.messageSid ?? '';
		const closing = async () =>
			await closeSilent(services(), desk.threadId, 'Silence', lastSid);
		const closed = await Promise.all([closing(), closing()]);
		expect(closed.every((one) => one?.isRemembered)).toBe(true);
		const thread = await store.threads.read(desk.threadId, 50);
		expect(closedOf(thread)).toMatchObject({ by: 'Silence' });
		const ended = (await Promise.all([look(silence), look(silence)])).flat();
		expect(ended).toMatchObject([{ kind: 'ended', by: 'closing' }]);
		await settleEnding({ store }, thread, text.messageSid);
		laterMs = 20 * HOUR_MS;
		expect(await look(silence)).toEqual([]);
	});
});

function rulesOf({ text, maxRepliesPerHour }: typeof replyPlan) {
	return { text, maxRepliesPerHour };
}
