import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseAgents } from '../../nodes/shared/messaging/agent';
import type { Message } from '../../nodes/shared/messaging/message';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { catchUp } from '../../nodes/shared/receiving/catch-up';
import {
	type OpenThreadStore,
	ClaimLostError,
	INITIAL_STATE,
	MOST_THREADS_READ,
	type ThreadState,
} from '../../nodes/shared/threads/thread-store';
import type { Turn } from '../../nodes/shared/threads/turns/gather-turn';
import { storedMessage } from '../support/stored-message';

/** One store under test, empty, and the ways the suite acts on it from outside. */
export interface StoreUnderTest {
	store: OpenThreadStore;
	/** Lets `ms` pass for the store's holds. */
	pass(ms: number): Promise<void>;
	/** The clock of the store's holds is set back by `ms`. */
	setBack(ms: number): Promise<void>;
	/** The same threads, opened again as another execution would. */
	reopen(): Promise<OpenThreadStore>;
	/** What is kept, past the store; absent where one damaged thread puts all out, as in static data. */
	parts?: StoredParts;
	dispose(): Promise<void>;
}

/** JSON as it is kept. */
export interface StoredParts {
	state(threadId: string): Promise<string>;
	setState(threadId: string, json: string): Promise<void>;
	/** Of the newest message. */
	setMessage(threadId: string, json: string): Promise<void>;
	record(key: string): Promise<string>;
	setRecord(key: string, json: string): Promise<void>;
}

const THREAD = 'AC00000000000000000000000000000001:front-desk:+14155550123';
const OTHER = 'AC00000000000000000000000000000001:front-desk:+14155550199';

const bodies = (messages: readonly Message[]) => messages.map(({ body }) => body);

function circle(): object {
	const self: Record<string, unknown> = {};
	self['self'] = self;
	return self;
}

/** What an item may hold under the name of messages. */
const UNFIT: Array<[string, object]> = [
	['the fields of a model', { role: 'user', content: 'Hi' }],
	['no SID', { ...storedMessage('Hi'), messageSid: undefined }],
	['no list of files', { ...storedMessage('Hi'), media: undefined }],
	['a body that is no text', { ...storedMessage('Hi'), body: { html: '' } }],
	['a number that is none', { ...storedMessage('Hi'), numSegments: Number.NaN }],
	['no time', { ...storedMessage('Hi'), at: undefined }],
	['what JSON cannot hold', { ...storedMessage('Hi'), price: circle() }],
];

/** What every thread store promises. Each store runs it on the real thing. */
export function threadStoreContract(name: string, open: () => Promise<StoreUnderTest>): void {
	describe(`${name} as a thread store`, () => {
		let under: StoreUnderTest;
		let store: OpenThreadStore;

		beforeEach(async () => {
			under = await open();
			({ store } = under);
		});
		afterEach(async () => {
			await under.dispose();
		});

		describe('messages', () => {
			it('reads a thread nobody wrote to as empty, with the initial state', async () => {
				expect(await store.threads.read(THREAD, 10)).toEqual({
					threadId: THREAD,
					messages: [],
					state: INITIAL_STATE,
					droppedMessages: 0,
					keptMessages: 0,
				});
			});

			it.each(UNFIT)('takes nothing where one of the messages has %s', async (_, unfit) => {
				const given = [storedMessage('sound'), unfit as unknown as Message];
				const taken = store.threads.append(THREAD, given, 10);
				await expect(taken).rejects.toThrow(/cannot be kept/);
				expect((await store.threads.read(THREAD, 10)).messages).toEqual([]);
				await store.threads.append(OTHER, [storedMessage('hello')], 10);
				const reopened = await under.reopen();
				expect(bodies((await reopened.threads.read(OTHER, 10)).messages)).toEqual([
					'hello',
				]);
				await reopened.close();
			});

			it('gives messages back whole and in the order they were appended, newest last', async () => {
				const first = storedMessage('one', {
					media: [{ url: 'https://x/1', contentType: 'image/png' }],
					consent: 'help',
				});
				const second = storedMessage('two', {
					direction: 'outbound',
					author: 'agent',
					numSegments: 3,
					answers: [first.messageSid],
				});
				await store.threads.append(THREAD, [first], 10);
				await store.threads.append(THREAD, [second], 10);
				expect((await store.threads.read(THREAD, 10)).messages).toEqual([first, second]);
			});

			it('keeps the order of appending even where the clocks of the senders disagree', async () => {
				await store.threads.append(
					THREAD,
					[storedMessage('first', { at: '2026-02-02T00:00:00.000Z' })],
					5,
				);
				await store.threads.append(
					THREAD,
					[storedMessage('second', { at: '2026-01-01T00:00:00.000Z' })],
					5,
				);
				expect(bodies((await store.threads.read(THREAD, 5)).messages)).toEqual([
					'first',
					'second',
				]);
			});

			it('reads only the newest ones asked for and says how many there are', async () => {
				const texts = ['a', 'b', 'c', 'd', 'e'].map((body) => storedMessage(body));
				await store.threads.append(THREAD, texts, 10);
				const thread = await store.threads.read(THREAD, 2);
				expect(bodies(thread.messages)).toEqual(['d', 'e']);
				expect(thread.keptMessages).toBe(5);
				expect((await store.threads.read(THREAD, 0)).messages).toEqual([]);
			});

			it('reads many threads at once as it reads each, in the order asked', async () => {
				const ids = Array.from({ length: MOST_THREADS_READ - 2 }, (_, n) => `AC:a:${n}`);
				for (const id of ids.slice(0, 3)) {
					const texts = ['one', `of ${id}`].map((body) => storedMessage(body));
					await store.threads.append(id, texts, 0);
				}
				await store.threads.changeState('AC:a:1', (state) => ({
					...state,
					mode: 'takeover',
				}));
				const asked = ['AC:a:2', 'nobody', ...ids];
				const each = asked.map(async (id) => await store.threads.read(id, 1));
				expect(await store.threads.readMany(asked, 1)).toEqual(await Promise.all(each));
				expect(await store.threads.readMany([], 1)).toEqual([]);
			});

			it('appends and reads in one step', async () => {
				await store.threads.append(THREAD, [storedMessage('one')], 10);
				const { thread } = await store.threads.append(THREAD, [storedMessage('two')], 10);
				expect(bodies(thread.messages)).toEqual(['one', 'two']);
			});

			it('takes a message SID once, whoever brings it and however often', async () => {
				const text = storedMessage('hello');
				const first = await store.threads.append(THREAD, [text, text], 10);
				const again = await store.threads.append(
					THREAD,
					[{ ...text, body: 'changed' }],
					10,
				);
				expect(first.newSids).toEqual([text.messageSid]);
				expect(again.newSids).toEqual([]);
				expect(bodies(again.thread.messages)).toEqual(['hello']);
			});

			it('tells one of fifty that append the same SID at once that it was new', async () => {
				const text = storedMessage('once');
				const results = await Promise.all(
					Array.from(
						{ length: 50 },
						async () => await store.threads.append(THREAD, [text], 5),
					),
				);
				expect(results.filter(({ newSids }) => newSids.length === 1)).toHaveLength(1);
				expect((await store.threads.read(THREAD, 10)).keptMessages).toBe(1);
			});

			it('loses none of fifty messages appended at once', async () => {
				const texts = Array.from({ length: 50 }, (_, n) => storedMessage(`text ${n}`));
				await Promise.all(
					texts.map(async (text) => await store.threads.append(THREAD, [text], 1)),
				);
				const { messages } = await store.threads.read(THREAD, 100);
				expect(bodies(messages).sort()).toEqual(bodies(texts).sort());
			});

			it('keeps threads apart', async () => {
				await store.threads.append(THREAD, [storedMessage('mine')], 5);
				await store.threads.append(OTHER, [storedMessage('theirs')], 5);
				expect(bodies((await store.threads.read(THREAD, 5)).messages)).toEqual(['mine']);
				expect(bodies((await store.threads.read(OTHER, 5)).messages)).toEqual(['theirs']);
			});

			it('hands out copies: changing what was read or given changes nothing', async () => {
				const given = storedMessage('hello');
				const { thread } = await store.threads.append(THREAD, [given], 5);
				given.body = 'changed';
				thread.messages[0]!.body = 'changed';
				thread.state.metadata['name'] = 'changed';
				const now = await store.threads.read(THREAD, 5);
				expect(bodies(now.messages)).toEqual(['hello']);
				expect(now.state).toEqual(INITIAL_STATE);
			});

			it.each([
				'__proto__',
				'constructor',
				'1',
				"'; DROP TABLE messages; --",
				'*?[a-z]{}',
				'a b\tc\nd',
				'👋 é %_\\',
			])('is not confused by the thread id %j', async (threadId) => {
				await store.threads.append(threadId, [storedMessage('safe')], 5);
				await store.threads.changeState(threadId, (state) => ({
					...state,
					mode: 'takeover',
				}));
				expect(bodies((await store.threads.read(threadId, 5)).messages)).toEqual(['safe']);
				expect((await store.threads.read(threadId, 5)).state.mode).toBe('takeover');
				expect((await store.threads.read(THREAD, 5)).keptMessages).toBe(0);
				expect(
					(await store.threads.list({ prefix: threadId, limit: 5 })).threads,
				).toHaveLength(1);
				expect(await store.threads.delete(threadId)).toBe(true);
			});

			it.each([
				['empty', ''],
				['blanks at both ends', '  hi  '],
				['emoji and accents', '👩‍👩‍👧 é ñ 中文 \u{1F680}'],
				['quotes and backslashes', `"\\' {"json": true}`],
				['line breaks', 'one\r\ntwo\n\nthree'],
				['1,600 characters', 'x'.repeat(1_600)],
				['a very large body', '€'.repeat(100_000)],
			])('keeps a body as it is: %s', async (_, body) => {
				await store.threads.append(THREAD, [storedMessage(body)], 5);
				expect((await store.threads.read(THREAD, 5)).messages[0]?.body).toBe(body);
			});
		});

		describe('state', () => {
			it('replaces the state by what the change makes of it', async () => {
				const consent = {
					status: 'optedOut',
					since: '2026-01-15T12:00:00.000Z',
					by: 'STOP',
				} as const;
				const changed = await store.threads.changeState(THREAD, (state) => ({
					...state,
					consent,
				}));
				expect(changed).toEqual({ ...INITIAL_STATE, consent });
				expect((await store.threads.read(THREAD, 1)).state).toEqual(changed);
			});

			it('keeps the text that a run was started with last, whatever else the state says', async () => {
				await store.threads.changeState(THREAD, (state) => ({
					...state,
					takenThrough: 'SM1',
				}));
				const { state } = await store.threads.read(THREAD, 10);
				expect(state).toEqual({ ...INITIAL_STATE, takenThrough: 'SM1' });
			});

			it('loses none of fifty changes made at once', async () => {
				await Promise.all(
					Array.from({ length: 50 }, async (_, n) => {
						await store.threads.changeState(THREAD, (state) => ({
							...state,
							metadata: { ...state.metadata, [`key${n}`]: 'set' },
						}));
					}),
				);
				const { state } = await store.threads.read(THREAD, 1);
				expect(Object.keys(state.metadata)).toHaveLength(50);
			});

			it('changes what the caller has just read, and what is there where that is old', async () => {
				const known = (await store.threads.read(THREAD, 1)).state;
				const put = (name: string) => (state: ThreadState) => ({
					...state,
					metadata: { ...state.metadata, [name]: 'set' },
				});
				const first = await store.threads.changeState(THREAD, put('a'), known);
				expect(Object.keys(first.metadata)).toEqual(['a']);
				const late = await store.threads.changeState(THREAD, put('b'), known);
				expect(Object.keys(late.metadata)).toEqual(['a', 'b']);
				const next = await store.threads.changeState(THREAD, put('c'), late);
				expect(Object.keys(next.metadata)).toEqual(['a', 'b', 'c']);
				expect((await store.threads.read(THREAD, 1)).state).toEqual(next);
			});

			it('leaves the state alone when the change throws', async () => {
				const refuse = store.threads.changeState(THREAD, () => {
					throw new Error('no');
				});
				await expect(refuse).rejects.toThrow('no');
				expect((await store.threads.read(THREAD, 1)).state).toEqual(INITIAL_STATE);
			});
		});

		describe('listing and deleting', () => {
			it('lists the threads of a prefix, last written first, page by page', async () => {
				for (const contact of ['1', '2', '3', '4', '5']) {
					await store.threads.append(`AC:a:${contact}`, [storedMessage(contact)], 1);
				}
				await store.threads.append('AC:b:1', [storedMessage('other agent')], 1);
				await store.threads.append('AC:a:2', [storedMessage('again')], 1);

				const seen: string[] = [];
				let cursor: string | undefined;
				do {
					const page = await store.threads.list({
						prefix: 'AC:a:',
						limit: 2,
						...(cursor === undefined ? {} : { cursor }),
					});
					seen.push(...page.threads.map(({ threadId }) => threadId));
					cursor = page.cursor;
				} while (cursor !== undefined);
				expect(seen).toEqual(['AC:a:2', 'AC:a:5', 'AC:a:4', 'AC:a:3', 'AC:a:1']);
			});

			it('leaves out threads that nothing was added to since a time', async () => {
				await store.threads.append(THREAD, [storedMessage('one')], 1);
				const since = async (day: string) =>
					await store.threads.list({ prefix: THREAD, limit: 5, since: Date.parse(day) });
				// Engines go by a clock of their own.
				expect((await since('2026-01-01')).threads).toHaveLength(1);
				expect(await since('2100-01-01')).toEqual({ threads: [] });
			});

			it('counts as that when a text was added, not when it came: one may be found late', async () => {
				const late = storedMessage('late', { at: '2020-01-01T00:00:00.000Z' });
				await store.threads.append(THREAD, [late], 1);
				const query = { prefix: THREAD, limit: 5, since: Date.parse('2026-01-01') };
				expect((await store.threads.list(query)).threads).toHaveLength(1);
			});

			it('says of each thread how much it holds and when it was last written to', async () => {
				const last = storedMessage('two');
				await store.threads.append(THREAD, [storedMessage('one'), last], 1);
				expect((await store.threads.list({ prefix: THREAD, limit: 5 })).threads).toEqual([
					{
						threadId: THREAD,
						state: INITIAL_STATE,
						keptMessages: 2,
						lastMessageAt: last.at,
					},
				]);
			});

			it('forgets a deleted thread whole and no other', async () => {
				await store.threads.append(THREAD, [storedMessage('gone')], 1);
				await store.threads.append(OTHER, [storedMessage('stays')], 1);
				await store.threads.changeState(THREAD, (state) => ({
					...state,
					mode: 'takeover',
				}));
				expect(await store.threads.delete(THREAD)).toBe(true);
				expect(await store.threads.delete(THREAD)).toBe(false);
				expect(await store.threads.read(THREAD, 5)).toMatchObject({
					messages: [],
					state: INITIAL_STATE,
				});
				expect((await store.threads.read(OTHER, 5)).keptMessages).toBe(1);
			});
		});

		describe('claims', () => {
			const sent = { phase: 'sent', messageSid: 'SM1' } as const;
			const sending = {
				phase: 'sending',
				since: '2026-01-15T12:00:00.000Z',
				to: '+14155550123',
				body: 'Hello 👋',
			} as const;

			it('gives a claim to one of fifty that ask at once', async () => {
				const claims = await Promise.all(
					Array.from(
						{ length: 50 },
						async () => await store.claims.claim('reply:1', 60_000),
					),
				);
				expect(claims.filter(({ status }) => status === 'claimed')).toHaveLength(1);
				expect(claims.filter(({ status }) => status === 'held')).toHaveLength(49);
			});

			it('keeps claims of different keys apart', async () => {
				expect((await store.claims.claim('a', 60_000)).status).toBe('claimed');
				expect((await store.claims.claim('b', 60_000)).status).toBe('claimed');
			});

			it('never gives a settled claim again, however long ago its hold ended', async () => {
				const token = await claimed('reply:1', 1_000);
				await store.claims.settle('reply:1', token, sent);
				await under.pass(1_500);
				expect(await store.claims.claim('reply:1', 1_000)).toEqual({
					status: 'settled',
					record: sent,
				});
			});

			it('gives a claim whose hold has ended to the next, with what its holder left behind', async () => {
				const token = await claimed('reply:1', 1_000);
				await store.claims.note('reply:1', token, sending, 1_000);
				expect(await store.claims.claim('reply:1', 1_000)).toEqual({
					status: 'held',
					record: sending,
				});
				await under.pass(1_500);
				expect(await store.claims.claim('reply:1', 1_000)).toMatchObject({
					status: 'claimed',
					previous: sending,
				});
			});

			it('keeps whatever a holder writes down, and nothing until then', async () => {
				const token = await claimed('reply:1', 60_000);
				expect(await store.claims.look('reply:1')).toEqual({ status: 'held', record: {} });
				const record = {
					text: 'Ünïcode 👋 "quoted" \n 10 % of $1',
					list: [1, 2.5, null, true, ['nested', {}]],
					inner: { phase: 'sent', '': '', ' key ': 'value' },
				};
				await store.claims.note('reply:1', token, record, 0);
				const next = await claimed('reply:1', 60_000);
				expect(await store.claims.look('reply:1')).toEqual({ status: 'held', record });
				await store.claims.settle('reply:1', next, {});
				expect(await store.claims.look('reply:1')).toEqual({
					status: 'settled',
					record: {},
				});
			});

			it('holds from the start what it was taken with', async () => {
				const first = await store.claims.claim('send:1', 1_000, sending);
				expect(first).toEqual({ status: 'claimed', token: expect.any(String) });
				expect(await store.claims.claim('send:1', 1_000, {})).toEqual({
					status: 'held',
					record: sending,
				});
				await under.pass(1_500);
				expect(await store.claims.look('send:1')).toEqual({
					status: 'free',
					previous: sending,
				});
			});

			it('keeps what the holder before left, whatever the next would write', async () => {
				const token = await claimed('send:1', 1_000);
				await store.claims.note('send:1', token, sending, 0);
				const other = { ...sending, body: 'Other words' };
				const next = await store.claims.claim('send:1', 60_000, other);
				expect(next).toMatchObject({ status: 'claimed', previous: sending });
				expect(await store.claims.look('send:1')).toEqual({
					status: 'held',
					record: sending,
				});
				await store.claims.settle(
					'send:1',
					next.status === 'claimed' ? next.token : '',
					sent,
				);
				expect(await store.claims.claim('send:1', 1, other)).toEqual({
					status: 'settled',
					record: sent,
				});
			});

			it('ends a hold that lasts longer than it may, as the clock was set back', async () => {
				const token = await claimed('lease:1', 30_000);
				await store.claims.note('lease:1', token, sending, 30_000);
				await under.setBack(3_600_000);
				expect(await store.claims.look('lease:1')).toMatchObject({ status: 'free' });
				await claimed('lease:1', 30_000);
				// A second is a correction, and ends nothing.
				await under.setBack(1_000);
				expect((await store.claims.look('lease:1')).status).toBe('held');
				expect((await store.claims.claim('lease:1', 30_000)).status).toBe('held');
				await expect(store.claims.settle('lease:1', token, sent)).rejects.toThrow(
					ClaimLostError,
				);
			});

			it('turns away a holder that was overtaken', async () => {
				const old = await claimed('reply:1', 1_000);
				await under.pass(1_500);
				const next = await claimed('reply:1', 60_000);
				await expect(store.claims.note('reply:1', old, sending, 1_000)).rejects.toThrow(
					ClaimLostError,
				);
				await expect(store.claims.settle('reply:1', old, sent)).rejects.toThrow(
					ClaimLostError,
				);
				await store.claims.release('reply:1', old);
				expect((await store.claims.claim('reply:1', 1_000)).status).toBe('held');
				await store.claims.settle('reply:1', next, sent);
			});

			it('lets the next take over at once after a note with no hold', async () => {
				const token = await claimed('reply:1', 60_000);
				await store.claims.note('reply:1', token, sending, 0);
				expect(await store.claims.claim('reply:1', 1_000)).toMatchObject({
					status: 'claimed',
					previous: sending,
				});
			});

			it('keeps for hours what was left with a note, whatever is claimed meanwhile', async () => {
				const token = await claimed('lease:1', 60_000);
				await store.claims.note('lease:1', token, sending, 0);
				for (let hours = 1; hours <= 12; hours++) {
					await under.pass(3_600_000);
					await claimed(`reply:${hours}`, 60_000);
				}
				expect(await store.claims.claim('lease:1', 1_000)).toMatchObject({
					status: 'claimed',
					previous: sending,
				});
			});

			it('forgets a released claim', async () => {
				const token = await claimed('reply:1', 60_000);
				await store.claims.release('reply:1', token);
				const again = await store.claims.claim('reply:1', 1_000);
				expect(again.status).toBe('claimed');
				expect(again).not.toHaveProperty('previous');
			});

			it('shows a claim that nobody took as free, and one that was released', async () => {
				expect(await store.claims.look('reply:1')).toEqual({ status: 'free' });
				const token = await claimed('reply:1', 60_000);
				await store.claims.release('reply:1', token);
				expect(await store.claims.look('reply:1')).toEqual({ status: 'free' });
			});

			it('shows a held and a settled claim with their record', async () => {
				const token = await claimed('reply:1', 60_000);
				expect(await store.claims.look('reply:1')).toEqual({
					status: 'held',
					record: {},
				});
				await store.claims.note('reply:1', token, sending, 60_000);
				expect(await store.claims.look('reply:1')).toEqual({
					status: 'held',
					record: sending,
				});
				await store.claims.settle('reply:1', token, sent);
				await under.pass(1_500);
				expect(await store.claims.look('reply:1')).toEqual({
					status: 'settled',
					record: sent,
				});
			});

			it('shows a claim whose hold has ended as free, with what its holder left behind', async () => {
				const token = await claimed('reply:1', 60_000);
				await store.claims.note('reply:1', token, sending, 0);
				expect(await store.claims.look('reply:1')).toEqual({
					status: 'free',
					previous: sending,
				});
			});

			it('does not take a claim that is looked at', async () => {
				await store.claims.look('reply:1');
				const first = await store.claims.claim('reply:1', 60_000);
				expect(first.status).toBe('claimed');
				expect(first).not.toHaveProperty('previous');
			});

			it('does not prolong the hold of a claim that is looked at, nor turn its holder away', async () => {
				const token = await claimed('reply:1', 2_000);
				await under.pass(1_200);
				expect((await store.claims.look('reply:1')).status).toBe('held');
				await store.claims.note('reply:1', token, sending, 1_000);
				await store.claims.look('reply:1');
				await under.pass(1_500);
				expect(await store.claims.look('reply:1')).toEqual({
					status: 'free',
					previous: sending,
				});
				expect(await store.claims.claim('reply:1', 1_000)).toMatchObject({
					status: 'claimed',
					previous: sending,
				});
			});

			async function claimed(key: string, holdMs: number): Promise<string> {
				const claim = await store.claims.claim(key, holdMs);
				if (claim.status !== 'claimed')
					throw new Error(`expected to get the claim, got ${claim.status}`);
				return claim.token;
			}
		});

		describe('allowances', () => {
			const OF_CONTACT = { key: 'allowance:text:node:+14155550123', most: 2 };
			const OF_NODE = { key: 'allowance:text:node:', most: 3 };
			const taken = { kind: 'taken' };
			const HOUR = 3_600_000;

			it('are taken as often as there is of them, then refused, first of all to one', async () => {
				const take = async (taker: string) =>
					await store.allowances.take([OF_CONTACT], taker);
				expect([await take('SM1'), await take('SM2')]).toEqual([taken, taken]);
				const refused = { kind: 'usedUp', which: 0 };
				expect(await take('SM3')).toEqual({ ...refused, isFirst: true });
				expect(await take('SM4')).toEqual({ ...refused, isFirst: false });
				expect(await take('SM3')).toEqual({ ...refused, isFirst: true });
			});

			it('are taken together or not at all', async () => {
				const other = { ...OF_CONTACT, key: 'allowance:text:node:+14155550199' };
				const take = async (contact: typeof other, taker = 'SM') =>
					await store.allowances.take([contact, OF_NODE], taker);
				expect(await take(OF_CONTACT)).toEqual(taken);
				expect(await take(OF_CONTACT)).toEqual(taken);
				// What the contact is refused is not taken from the node.
				for (let times = 0; times < 5; times++) {
					expect(await take(OF_CONTACT)).toMatchObject({ kind: 'usedUp', which: 0 });
				}
				expect(await take(other)).toEqual(taken);
				// What the node refuses is not taken from the contact, who is told once.
				expect(await take(other, 'A')).toEqual({ kind: 'usedUp', which: 1, isFirst: true });
				expect(await take(other, 'B')).toEqual({
					kind: 'usedUp',
					which: 1,
					isFirst: false,
				});
				expect(await store.allowances.take([other], 'A')).toEqual(taken);
			});

			it('are taken for each of many in order, as if one after the other', async () => {
				const other = { ...OF_CONTACT, key: 'allowance:text:node:+14155550199' };
				const of = (contact: typeof other, taker: string) => ({
					allowances: [contact, OF_NODE],
					taker,
				});
				const requests = [
					...[of(OF_CONTACT, 'A'), of(OF_CONTACT, 'B'), of(OF_CONTACT, 'C')],
					...[of(OF_CONTACT, 'D'), of(other, 'E'), of(other, 'F'), of(other, 'G')],
				];
				expect(await store.allowances.takeEach(requests)).toEqual([
					...[taken, taken, { kind: 'usedUp', which: 0, isFirst: true }],
					...[{ kind: 'usedUp', which: 0, isFirst: false }, taken],
					{ kind: 'usedUp', which: 1, isFirst: true },
					{ kind: 'usedUp', which: 1, isFirst: false },
				]);
				expect(await store.allowances.take([OF_CONTACT], 'C')).toMatchObject({
					isFirst: true,
				});
				expect(await store.allowances.takeEach([])).toEqual([]);
			});

			it('are never passed by many who take many, each in an order of their own', async () => {
				const keys = Array.from(
					{ length: 12 },
					(_, n) => `allowance:text:node:+1415555010${n}`,
				);
				const requestsOf = (order: string[], taker: string) =>
					order.map((key) => ({
						allowances: [
							{ key, most: 3 },
							{ ...OF_NODE, most: 30 },
						],
						taker,
					}));
				const outcomes = await Promise.all(
					Array.from({ length: 8 }, async (_, n) => {
						const order = n % 2 === 0 ? keys : keys.toReversed();
						return await store.allowances.takeEach(requestsOf(order, `SM${n}`));
					}),
				);
				expect(outcomes.flat().filter(({ kind }) => kind === 'taken')).toHaveLength(30);
			});

			it('last an hour from the first, whoever has opened the store since', async () => {
				const take = async (by: OpenThreadStore, most: number) =>
					await by.allowances.take([{ ...OF_CONTACT, most }], 'SM');
				expect(await take(store, 1)).toEqual(taken);
				await under.pass(HOUR - 60_000);
				const again = await under.reopen();
				expect(await take(again, 1)).toMatchObject({ kind: 'usedUp' });
				if (again !== store) await again.close();
				expect(await take(store, 2)).toEqual(taken);
				await under.pass(61_000);
				expect(await take(store, 1)).toEqual(taken);
				expect(await take(store, 1)).toMatchObject({ kind: 'usedUp', isFirst: true });
			});

			it('of a clock that was set back since have ended', async () => {
				const take = async () =>
					await store.allowances.take([{ ...OF_CONTACT, most: 1 }], 'SM');
				expect(await take()).toEqual(taken);
				expect(await take()).toMatchObject({ kind: 'usedUp' });
				// A second is a correction, and ends nothing.
				await under.setBack(1_000);
				expect(await take()).toMatchObject({ kind: 'usedUp' });
				await under.setBack(2 * HOUR);
				expect(await take()).toEqual(taken);
				expect(await take()).toMatchObject({ kind: 'usedUp' });
			});

			it('are never passed by many who take at the same time', async () => {
				const isShared = store.promises.sharedByWorkflows;
				const others = isShared ? [await under.reopen()] : [];
				const stores = [store, ...others];
				const limits = [
					{ key: 'allowance:text:node:+14155550123', most: 20 },
					{ key: 'allowance:text:node:+14155550199', most: 7 },
				];
				const taking = Array.from({ length: 60 }, async (_, n) => {
					const contact = limits[n % 2] ?? OF_CONTACT;
					const by = stores[n % stores.length] ?? store;
					const all = [contact, { ...OF_NODE, most: 22 }];
					return { ...(await by.allowances.take(all, `SM${n}`)), of: n % 2 };
				});
				const outcomes = await Promise.all(taking);
				const done = outcomes.filter(({ kind }) => kind === 'taken');
				expect(done).toHaveLength(22);
				expect(done.filter(({ of }) => of === 1).length).toBeLessThanOrEqual(7);
				const first = outcomes.filter((one) => one.kind === 'usedUp' && one.isFirst);
				expect(first.length).toBeLessThanOrEqual(2);
				for (const one of stores) if (one !== store) await one.close();
			});

			it('count on beside claims', async () => {
				const claim = await store.claims.claim('reply:1', 60_000);
				expect(claim.status).toBe('claimed');
				expect(await store.allowances.take([OF_CONTACT], 'SM')).toEqual(taken);
				expect((await store.claims.look('reply:1')).status).toBe('held');
			});
		});

		describe('the look for missed texts', () => {
			/** Looks with a Twilio that lists this text; gives since when it was asked, if it was. */
			const look = async (by: OpenThreadStore, at: number) => {
				const asked: number[] = [];
				const begun: string[] = [];
				const message = {
					messageSid: 'SM1',
					accountSid: '',
					from: '+14155550123',
					to: '+14155550100',
					body: 'Hello?',
					media: [],
					numSegments: 1,
				};
				const lists = {
					textsSince: async (since: number) => {
						asked.push(since);
						return { texts: [{ message, numMedia: 0, at }], newest: at };
					},
					stillOurs: async () => () => true,
					mediaOf: async () => [],
					sentTo: async () => [],
				};
				const takers = {
					tell: () => {},
					obey: async () => true,
					begin: async (_: unknown, turn: Turn) => {
						begun.push(...turn.texts.map(({ body }) => body));
					},
					failed: (error: unknown) => {
						throw error;
					},
				};
				const [accountSid = ''] = THREAD.split(':');
				const agents = parseAgents([
					{ ...NOBODY, id: 'front-desk', name: 'Front Desk', onText: 'reply' },
				]);
				const limits = { upToMs: 3_600_000, perMinute: 30, beginsAt: undefined };
				const settings = { accountSid, triggerKey: 'trigger', agents, ...limits };
				await catchUp({ store: by, clock: systemClock }, lists, takers, settings);
				return { asked, begun };
			};
			const NOBODY = { smsPrompt: '', numbers: '', webhookUrl: '' };

			it('is one process at a time, and the text starts one run', async () => {
				const at = Math.floor(Date.now() / 1_000) * 1_000 - 600_000;
				const looks = await Promise.all(
					Array.from({ length: 10 }, async () => await look(store, at)),
				);
				expect(looks.flatMap(({ asked }) => asked)).toHaveLength(1);
				expect(looks.flatMap(({ begun }) => begun)).toEqual(['Hello?']);
			});

			it('goes on, after a restart too, where the one before has ended', async () => {
				const at = Math.floor(Date.now() / 1_000) * 1_000 - 600_000;
				expect((await look(store, at)).begun).toEqual(['Hello?']);
				const again = await under.reopen();
				expect(await look(again, at)).toEqual({ asked: [at - 300_000], begun: [] });
				if (again !== store) await again.close();
			});
		});

		describe('what cannot be read', () => {
			const isOfOne = (part: string) => ({
				name: 'StoreUnavailableError',
				part,
				fix: expect.stringMatching(/cannot be read: .*left as it is.*backup/),
			});
			const optOut = async (threadId: string) =>
				await store.threads.changeState(threadId, (state) => ({
					...state,
					consent: { status: 'optedOut', since: '2026-01-15T12:00:00.000Z', by: 'STOP' },
				}));

			it.each([
				['cut off', (json: string) => json.slice(0, -3)],
				['no object', () => '"optedOut"'],
				[
					'a consent of a newer shape',
					(json: string) => json.replace('optedOut', 'paused'),
				],
				['marked as newer', (json: string) => json.replace('{', '{"version":2,')],
			])(
				'of a state is an outage of that thread, and stays as it is: %s',
				async (_, spoil) => {
					if (!under.parts) return;
					for (const threadId of [THREAD, OTHER]) {
						await store.threads.append(threadId, [storedMessage('STOP')], 5);
						await optOut(threadId);
					}
					const spoiled = spoil(await under.parts.state(THREAD));
					await under.parts.setState(THREAD, spoiled);
					const calls = [
						async () => await store.threads.read(THREAD, 5),
						async () => await store.threads.append(THREAD, [storedMessage('hi')], 5),
						async () => await store.threads.changeState(THREAD, (state) => state),
						async () =>
							await store.threads.changeState(
								THREAD,
								(state) => state,
								INITIAL_STATE,
							),
					];
					for (const call of calls)
						await expect(call()).rejects.toMatchObject(isOfOne(THREAD));
					expect(await under.parts.state(THREAD)).toBe(spoiled);
					expect((await store.threads.read(OTHER, 5)).state.consent.status).toBe(
						'optedOut',
					);
					const { threads, unreadable } = await store.threads.list({
						prefix: 'AC',
						limit: 5,
					});
					expect(threads.map(({ threadId }) => threadId)).toEqual([OTHER]);
					expect(unreadable).toEqual([expect.objectContaining(isOfOne(THREAD))]);
					expect(await store.threads.readMany([THREAD, OTHER], 5)).toEqual([
						expect.objectContaining(isOfOne(THREAD)),
						await store.threads.read(OTHER, 5),
					]);
					expect(await store.threads.delete(THREAD)).toBe(true);
				},
			);

			it('of a message is an outage of that thread', async () => {
				if (!under.parts) return;
				for (const threadId of [THREAD, OTHER]) {
					await store.threads.append(threadId, [storedMessage('hi')], 5);
				}
				await under.parts.setMessage(THREAD, '["xx",7]');
				await expect(store.threads.read(THREAD, 5)).rejects.toMatchObject(isOfOne(THREAD));
				expect((await store.threads.read(OTHER, 5)).messages).toHaveLength(1);
			});

			it('of a claim is an outage of that claim, and what was noted stays', async () => {
				if (!under.parts) return;
				const taken = await store.claims.claim('key', 60_000);
				const token = taken.status === 'claimed' ? taken.token : '';
				await store.claims.settle('key', token, { phase: 'sent' });
				await under.parts.setRecord('key', '{"phase":');
				await expect(store.claims.look('key')).rejects.toMatchObject(isOfOne('key'));
				await expect(store.claims.claim('key', 1)).rejects.toMatchObject(isOfOne('key'));
				expect(await under.parts.record('key')).toBe('{"phase":');
				expect(await store.claims.claim('other', 1)).toMatchObject({ status: 'claimed' });
			});
		});

		describe('opening and closing', () => {
			it('shows what was written to whoever opens it next', async () => {
				await store.threads.append(THREAD, [storedMessage('before')], 5);
				await store.threads.changeState(THREAD, (state) => ({
					...state,
					mode: 'takeover',
				}));
				const claim = await store.claims.claim('reply:1', 60_000);
				if (claim.status !== 'claimed') throw new Error('expected to get the claim');
				await store.claims.settle('reply:1', claim.token, {
					phase: 'sent',
					messageSid: 'SM1',
				});

				const again = await under.reopen();
				const thread = await again.threads.read(THREAD, 5);
				expect(bodies(thread.messages)).toEqual(['before']);
				expect(thread.state.mode).toBe('takeover');
				expect((await again.claims.claim('reply:1', 1_000)).status).toBe('settled');
				await again.close();
			});

			it('may be closed twice', async () => {
				await store.close();
				await store.close();
			});
		});
	});
}
