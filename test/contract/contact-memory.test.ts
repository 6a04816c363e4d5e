import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { writeAgents } from '../../nodes/shared/contacts/agent-record';
import { contactOf } from '../../nodes/shared/contacts/contact';
import { readStanding } from '../../nodes/shared/contacts/standing';
import { closeThread } from '../../nodes/shared/desk/close-thread';
import { eraseContact, setContact } from '../../nodes/shared/desk/contacts';
import { deleteThread } from '../../nodes/shared/desk/threads';
import type { Message } from '../../nodes/shared/messaging/message';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { EndWatch, type EndedThread } from '../../nodes/shared/remembering/ended-threads';
import { rememberContact } from '../../nodes/shared/remembering/remember-contact';
import { recordKeys } from '../../nodes/shared/threads/record-keys';
import { readRecord } from '../../nodes/shared/threads/record-store';
import type { OpenThreadStore } from '../../nodes/shared/threads/thread-store';
import { storedMessage } from '../support/stored-message';
import { told } from '../integration/replying/reply-fixture';
import { EVERY_STORE } from './every-store';

const HOUR_MS = 3_600_000;
const ACCOUNT = `AC${'0'.repeat(32)}`;
const CONTACT = '+14155550101';
const THREAD = `${ACCOUNT}:desk:${CONTACT}`;
const IDENTITY = { accountSid: ACCOUNT, brand: 'dental', number: CONTACT };
const fact = (name: string, kind: 'text' | 'number') => ({
	...{ name, kind, description: '', choices: [] },
});
const PLAN = {
	form: {
		dispositions: ['booked', 'not interested'],
		facts: [fact('Preferred day', 'text'), fact('People', 'number')],
	},
	timeZone: 'UTC',
};
const ANSWER = JSON.stringify({
	summary: 'Wanted to know the hours.',
	disposition: 'Booked',
	facts: { preferred_day: 'Friday', people: null },
});

describe.each(EVERY_STORE)('contact memory, on %s', (_, open) => {
	let store: OpenThreadStore;
	let dispose: () => Promise<void>;
	let services: { store: OpenThreadStore; clock: typeof systemClock };
	let asked: number;

	beforeEach(async () => {
		({ store, dispose } = await open());
		services = { store, clock: systemClock };
		asked = 0;
		await writeAgents(
			store.records,
			ACCOUNT,
			[
				{
					...{ id: 'desk', name: 'Desk', smsPrompt: '', senders: [], brand: 'dental' },
					...{ ownersPhones: [], onText: 'reply', webhookUrl: '', remembers: true },
				},
			],
			{ trigger: 'one' },
		);
	});
	afterEach(async () => await dispose());

	/** A text that came so long ago, and was answered. */
	async function conversation(body: string, hoursAgo: number): Promise<Message> {
		const at = new Date(Date.now() - hoursAgo * HOUR_MS).toISOString();
		const text = storedMessage(body, { at });
		const reply = storedMessage('Until six.', {
			...{ at, direction: 'outbound', author: 'agent', answers: [text.messageSid] },
		});
		await store.threads.append(THREAD, [text, reply], 1);
		await store.threads.changeState(THREAD, (state) => ({
			...state,
			...{ startedThrough: text.messageSid, startedAt: at },
		}));
		return text;
	}

	async function endedNow(silentMs: number, watch = new EndWatch()): Promise<EndedThread[]> {
		const found: EndedThread[] = [];
		const silence = new Map([['desk', { endMs: silentMs }]]);
		const unreadable = (error: Error) => {
			throw error;
		};
		const watched = { accountSid: ACCOUNT, silence, unreadable };
		await watch.look(services, watched, async (silent) => {
			if (silent.kind === 'ended') found.push(silent);
		});
		return found;
	}

	const remember = async (
		{ messageSid }: Message,
		answer: () => unknown = () => ANSWER,
		place = store,
	) => {
		const never = async () => {
			throw new Error('Nobody answers a conversation that has ended');
		};
		const fill = async () => {
			asked += 1;
			return { text: String(await answer()), cutOff: false, ...told };
		};
		const composer = { compose: never, step: never, fill };
		const ended = { threadId: THREAD, messageSid, agentName: 'Desk' };
		return await rememberContact({ ...services, store: place, composer }, ended, PLAN);
	};
	const contact = async () => (await readStanding(services, THREAD, 1)).contact;

	it('keeps what was said, once, however many look and run', async () => {
		await setContact(services, IDENTITY, { name: 'Ann', facts: { People: '2', VIP: 'yes' } });
		const text = await conversation('Are you open on Friday?', 3);
		expect(await endedNow(4 * HOUR_MS)).toEqual([]);
		const found = await Promise.all([endedNow(2 * HOUR_MS), endedNow(2 * HOUR_MS)]);
		expect(found.flat()).toMatchObject([{ by: 'silence', text: { body: text.body } }]);

		const runs = await Promise.all([remember(text), remember(text), remember(text)]);
		expect(runs.filter(({ kind }) => kind === 'remembered')).toMatchObject([
			{ facts: { 'Preferred day': 'Friday' }, memory: { disposition: 'booked' } },
		]);
		expect(await remember(text)).toMatchObject({
			...{ kind: 'known', memory: { summary: 'Wanted to know the hours.' } },
			facts: { 'Preferred day': 'Friday', People: '2' },
		});
		expect(asked).toBe(1);
		expect(await contact()).toMatchObject({
			...{ name: 'Ann', memory: { summary: 'Wanted to know the hours.' } },
			// What was not said stays.
			facts: { 'Preferred day': 'Friday', People: '2', VIP: 'yes' },
		});
		expect(await endedNow(2 * HOUR_MS)).toEqual([]);
	});

	it('is left when the contact writes while the model reads, and done when that has ended too', async () => {
		const text = await conversation('Are you open?', 3);
		const written: Message[] = [];
		const remembered = await remember(text, async () => {
			written.push(await conversation('And on Sunday?', 0));
			return ANSWER;
		});
		expect(remembered).toEqual({ kind: 'notOver' });
		expect((await contact()).memory).toBeUndefined();
		expect(await endedNow(2 * HOUR_MS)).toEqual([]);
		expect(await endedNow(0)).toMatchObject([{ text: { body: 'And on Sunday?' } }]);
		const [newer = text] = written;
		expect(await remember(newer)).toMatchObject({ kind: 'remembered' });
		expect((await contact()).memory?.through).toBe(newer.messageSid);
	});

	it('does not ask again where a run died after it had written', async () => {
		const text = await conversation('Are you open?', 3);
		const [found] = await endedNow(HOUR_MS);
		const changeState = () => Promise.reject(new Error('Died'));
		const dying = { ...store, threads: { ...store.threads, changeState } };
		await expect(remember(text, () => ANSWER, dying)).rejects.toThrow('Died');
		expect(await remember(text)).toMatchObject({ kind: 'known' });
		expect([found?.by, asked]).toEqual(['silence', 1]);
		expect(await endedNow(HOUR_MS)).toEqual([]);
	});

	it('is tried three times, and then no more', async () => {
		const text = await conversation('Are you open?', 3);
		const fail = async () => await remember(text, () => Promise.reject(new Error('Down')));
		for (let times = 0; times < 5; times++) {
			const found = await endedNow(HOUR_MS);
			await Promise.all(found.map(fail)).catch(() => undefined);
			// A day passes.
			await store.threads.changeState(THREAD, ({ ending, ...state }) => ({
				...state,
				...(ending?.begun
					? { ending: { begun: { ...ending.begun, at: beginning.at } } }
					: { ending: { ...ending } }),
			}));
		}
		expect(asked).toBe(3);
		expect((await contact()).memory).toBeUndefined();
	});

	it('comes at once when the thread is closed, and not when the contact writes before', async () => {
		await conversation('Are you open?', 0);
		expect(await endedNow(Infinity)).toEqual([]);
		expect(await closeThread(services, THREAD, 'Eve')).toMatchObject({ isRemembered: true });
		const newer = await conversation('One more thing', 0);
		expect(await endedNow(Infinity)).toEqual([]);
		await closeThread(services, THREAD, 'Eve');
		expect(await endedNow(Infinity)).toMatchObject([
			{ by: 'closing', text: { messageSid: newer.messageSid } },
		]);
		await remember(newer);
		expect(await endedNow(Infinity)).toEqual([]);
		expect(await readRecord(store.records, recordKeys.closing(THREAD))).toBeUndefined();
		expect(await closeThread(services, THREAD, 'Eve')).toMatchObject({ isRemembered: false });
	});

	it('goes with the thread and with the contact, also while the model reads', async () => {
		const text = await conversation('Are you open?', 3);
		await remember(text);
		await deleteThread(services, THREAD);
		expect((await contact()).memory).toBeUndefined();
		expect((await contact()).facts).toEqual({ 'Preferred day': 'Friday' });

		const next = await conversation('Are you open?', 3);
		await closeThread(services, THREAD, 'Eve');
		const erased = async () => {
			await eraseContact(services, IDENTITY);
			return ANSWER;
		};
		expect(await remember(next, erased)).toEqual({ kind: 'notOver' });

		// Between the last look and the write.
		const last = await conversation('Are you open?', 3);
		const change: OpenThreadStore['records']['change'] = async (key, made) => {
			if (key.startsWith('contact:')) await eraseContact(services, IDENTITY).catch(() => {});
			return await store.records.change(key, made);
		};
		const place = { ...store, records: { ...store.records, change } };
		expect(await remember(last, () => ANSWER, place)).toEqual({ kind: 'notOver' });
		const kept = ['contact:', 'closing:'].map(
			async (prefix) => (await store.records.list({ prefix, limit: 10 })).records,
		);
		expect((await Promise.all(kept)).flat()).toEqual([]);
		expect(contactOf(undefined, undefined)).toEqual(await contact());
		const { state } = await store.threads.read(THREAD, 1);
		expect(state.ending).toBeUndefined();
	});
});

const beginning = { at: new Date(Date.now() - 30 * HOUR_MS).toISOString(), times: 1 };
