import {
	actionsIn,
	beginAction,
	endAction,
	giveUpRunning,
} from '../../nodes/shared/threads/actions';
import { recordKeys } from '../../nodes/shared/threads/record-keys';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseAgents } from '../../nodes/shared/messaging/routing';
import type { Message } from '../../nodes/shared/messaging/message';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { catchUp } from '../../nodes/shared/receiving/catch-up';
import {
	type OpenThreadStore,
	ClaimLostError,
	INITIAL_STATE,
	MOST_THREADS_READ,
	type Takeover,
	type ThreadState,
} from '../../nodes/shared/threads/thread-store';
import {
	MOST_RECORDS_READ,
	readRecord,
	type RecordQuery,
} from '../../nodes/shared/threads/record-store';
import type { Turn } from '../../nodes/shared/threads/turns/gather-turn';
import { USUAL_RULES } from '../support/contact-state';
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
	/** What the holder of a claim wrote down. */
	claim(key: string): Promise<string>;
	setClaim(key: string, json: string): Promise<void>;
	record(key: string): Promise<string>;
	setRecord(key: string, json: string): Promise<void>;
}

const THREAD = 'AC00000000000000000000000000000001:front-desk:+14155550123';
const OTHER = 'AC00000000000000000000000000000001:front-desk:+14155550199';

const TAKEOVER: Takeover = {
	since: '2026-01-15T12:00:00.000Z',
	until: null,
	pauseMs: null,
	by: 'Alex',
	why: 'They called',
};

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
					takeover: TAKEOVER,
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
					takeover: TAKEOVER,
				}));
				expect(bodies((await store.threads.read(threadId, 5)).messages)).toEqual(['safe']);
				expect((await store.threads.read(threadId, 5)).state.takeover).toEqual(TAKEOVER);
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
				const changed = await store.threads.changeState(THREAD, (state) => ({
					...state,
					takeover: TAKEOVER,
				}));
				expect(changed).toEqual({ ...INITIAL_STATE, takeover: TAKEOVER });
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
					takeover: TAKEOVER,
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
				await store.claims.note('reply:1', token, sending, 3_000);
				expect(await store.claims.claim('reply:1', 1_000)).toEqual({
					status: 'held',
					record: sending,
				});
				await under.pass(3_500);
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
				const first = await store.claims.claim('send:1', 3_000, sending);
				expect(first).toEqual({ status: 'claimed', token: expect.any(String) });
				expect(await store.claims.claim('send:1', 1_000, {})).toEqual({
					status: 'held',
					record: sending,
				});
				await under.pass(3_500);
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
				const token = await claimed('reply:1', 30_000);
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

		describe('actions', () => {
			const call = { tool: 'book_visit', arguments: '{"at":"15:00"}', key: 'the call' };
			const at = '2026-11-26T12:00:00.000Z';
			const begin = async (key = call.key) =>
				await beginAction(store.records, THREAD, { ...call, key, at });
			const kept = async () =>
				actionsIn(await readRecord(store.records, recordKeys.actions(THREAD)));

			it('are begun once, however many begin the same at once', async () => {
				const begun = await Promise.all(Array.from({ length: 20 }, () => begin()));
				expect(begun.filter(({ kind }) => kind === 'begun')).toHaveLength(1);
				expect(await kept()).toMatchObject([{ id: 'a1', state: 'running' }]);
			});

			it('are known with what came of them, and failed ones may be done again', async () => {
				const { action } = await begin();
				const done = { state: 'done', result: 'Booked' } as const;
				await endAction(store.records, THREAD, action.id, done);
				expect(await begin()).toMatchObject({
					kind: 'known',
					action: { id: 'a1', ...done },
				});
				const other = await begin('another');
				const failed = { state: 'failed', result: 'Taken' } as const;
				await endAction(store.records, THREAD, other.action.id, failed);
				expect(await begin('another')).toMatchObject({
					kind: 'begun',
					action: { id: 'a3' },
				});
			});

			it('that nobody ended are given up as uncertain, and not begun again', async () => {
				await begin();
				const [given] = await giveUpRunning(store.records, THREAD, 'n8n was stopped');
				expect(given).toMatchObject({ id: 'a1', state: 'uncertain' });
				expect(await begin()).toMatchObject({
					kind: 'known',
					action: { state: 'uncertain' },
				});
				expect(await giveUpRunning(store.records, THREAD, 'again')).toEqual([]);
			});

			it('are remembered up to twenty, each with the beginning of a long result', async () => {
				for (let count = 1; count <= 25; count++) {
					const { action } = await begin(`call ${count}`);
					const result = 'x'.repeat(100_000);
					await endAction(store.records, THREAD, action.id, { state: 'done', result });
				}
				const actions = await kept();
				expect(actions.map(({ id }) => id)).toEqual(
					Array.from({ length: 20 }, (_, index) => `a${index + 6}`),
				);
				expect(actions.every(({ result }) => result.length === 2_000)).toBe(true);
			});
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

		describe('records', () => {
			const KEY = 'contact:AC1::+14155550123';
			const VALUE = {
				text: 'Ünïcode 👋 "quoted" \n \u0000 10 % of $1',
				list: [1, 2.5, null, true, ['nested', {}]],
				consent: { status: 'optedOut', '': '', ' key ': 'value' },
			};
			const put = async (...keys: string[]) => {
				for (const key of keys) await store.records.change(key, () => ({ key }));
			};
			const keysOf = async (query: RecordQuery) =>
				(await store.records.list(query)).records.map(({ key }) => key);

			it('are undefined where nothing is kept', async () => {
				expect(await store.records.read([KEY])).toEqual([undefined]);
				expect(await store.records.read([])).toEqual([]);
				expect(await store.records.list({ prefix: 'contact:', limit: 5 })).toEqual({
					records: [],
				});
				expect(await store.records.delete(KEY)).toBe(false);
			});

			it('give back whatever they were given, also to whoever opens the store next', async () => {
				const given: Record<string, unknown> = { ...VALUE, unset: undefined };
				expect(await store.records.change(KEY, () => given as never)).toEqual(VALUE);
				given['text'] = 'changed';
				const read = await readRecord(store.records, KEY);
				expect(read).toEqual(VALUE);
				(read as Record<string, unknown>)['text'] = 'changed';
				expect(await readRecord(store.records, KEY)).toEqual(VALUE);
				const again = await under.reopen();
				expect(await again.records.list({ prefix: 'contact:AC1:', limit: 5 })).toEqual({
					records: [{ key: KEY, value: VALUE }],
				});
				if (again !== store) await again.close();
			});

			it('are read many at once, in the order asked', async () => {
				const kept = Array.from(
					{ length: MOST_RECORDS_READ - 3 },
					(_, n) => `agent:AC1:${n}`,
				);
				await put(...kept);
				const asked = ['agent:AC1:x', ...kept.toReversed(), 'agent:AC1:y', 'agent:AC1:7'];
				const found = await store.records.read(asked);
				expect(found).toEqual([
					undefined,
					...kept.toReversed().map((key) => ({ key })),
					undefined,
					{ key: 'agent:AC1:7' },
				]);
			});

			it('lose none of fifty changes made at once', async () => {
				const others = store.promises.sharedByWorkflows ? [await under.reopen()] : [];
				const stores = [store, ...others];
				await Promise.all(
					Array.from({ length: 50 }, async (_, n) => {
						const by = stores[n % stores.length] ?? store;
						await by.records.change(KEY, (present) => ({
							...present,
							[`name${n}`]: n,
						}));
					}),
				);
				expect(Object.keys((await readRecord(store.records, KEY)) ?? {})).toHaveLength(50);
				for (const one of others) if (one !== store) await one.close();
			});

			it('are as they were where the change makes the same of them, or throws', async () => {
				await store.records.change(KEY, () => VALUE);
				expect(await store.records.change(KEY, (present) => present)).toEqual(VALUE);
				const refuse = store.records.change(KEY, () => {
					throw new Error('no');
				});
				await expect(refuse).rejects.toThrow('no');
				expect(await readRecord(store.records, KEY)).toEqual(VALUE);
			});

			it('are gone once a change makes nothing of them, or they are deleted', async () => {
				const other = `${KEY}0`;
				await put(KEY, other);
				expect(await store.records.change(KEY, () => undefined)).toBeUndefined();
				expect(await store.records.change(KEY, () => undefined)).toBeUndefined();
				expect(await store.records.read([KEY, other])).toEqual([undefined, { key: other }]);
				expect(await keysOf({ prefix: 'contact:', limit: 5 })).toEqual([other]);
				expect(await store.records.delete(other)).toBe(true);
				expect(await store.records.delete(other)).toBe(false);
				expect(await keysOf({ prefix: 'contact:', limit: 5 })).toEqual([]);
				await put(KEY);
				expect(await keysOf({ prefix: 'contact:', limit: 5 })).toEqual([KEY]);
			});

			it('are listed page by page, in the order of the bytes of their keys', async () => {
				const names = ['~', 'é', 'a', 'B', '', '\u{1F680}', '\uFFEE', '2', '10', 'aa'];
				const keys = names.map((name) => `brand:AC1:${name}`);
				await put(...keys, 'brand:AC0:a', 'brand:AC10:a', 'brand:AC2:a', 'agent:AC1:a');
				const seen: string[][] = [];
				let cursor: string | undefined;
				do {
					const page = await store.records.list({
						prefix: 'brand:AC1:',
						limit: 3,
						...(cursor === undefined ? {} : { cursor }),
					});
					for (const { key, value } of page.records) expect(value).toEqual({ key });
					seen.push(page.records.map(({ key }) => key));
					cursor = page.cursor;
				} while (cursor !== undefined);
				expect(seen.map(({ length }) => length)).toEqual([3, 3, 3, 1]);
				const byBytes = (one: string, other: string) =>
					Buffer.from(one).compare(Buffer.from(other));
				expect(seen.flat()).toEqual(keys.toSorted(byBytes));
				const exactly = await store.records.list({ prefix: 'brand:AC1:', limit: 10 });
				expect(exactly.records).toHaveLength(10);
				expect(exactly).not.toHaveProperty('cursor');
			});

			it('are all listed in one page where it is long enough', async () => {
				const keys = Array.from({ length: 250 }, (_, n) => `agent:AC1:${1_000 + n}`);
				await Promise.all(keys.map(async (key) => await put(key)));
				expect(await keysOf({ prefix: 'agent:AC1:', limit: 1_000 })).toEqual(keys);
				const page = await store.records.list({ prefix: 'agent:AC1:', limit: 249 });
				expect(page.records).toHaveLength(249);
				expect(page.cursor).toBe(keys[248]);
			});

			it('of one brand are apart from those of the others and of none', async () => {
				const of = (brand: string) => `contact:AC1:${brand}:+14155550123`;
				await put(of('b'), of(''), of('bb'), of('B'), 'contact:AC12:b:+14155550123');
				expect(await keysOf({ prefix: 'contact:AC1:b:', limit: 9 })).toEqual([of('b')]);
				expect(await keysOf({ prefix: 'contact:AC1::', limit: 9 })).toEqual([of('')]);
				expect(await keysOf({ prefix: 'contact:AC1:', limit: 9 })).toHaveLength(4);
				const all = await keysOf({ prefix: 'contact:', limit: 9 });
				expect(all).toHaveLength(5);
			});

			it.each([
				...['*', '?', '[a-z]', '%', '_', '\\', '\\%', "'; DROP TABLE records; --", '{x}'],
				...['__proto__', 'a b\tc\nd', '👋 é', '"', '(', '+', '-', 'x'.repeat(137)],
			])('are not confused by the key %j', async (name) => {
				const key = `brand:${name}:${name}`.slice(-150);
				const near = [`brand:${name}x:a`, 'brand:a:a', 'brand:aa:a', 'brand:b:xa'];
				await put(key, ...near);
				expect(await readRecord(store.records, key)).toEqual({ key });
				const prefix = key.slice(0, key.lastIndexOf(':') + 1);
				expect(await keysOf({ prefix, limit: 9 })).toEqual([key]);
				expect(await store.records.delete(key)).toBe(true);
				expect(await store.records.read([key, ...near])).toEqual([
					undefined,
					...near.map((other) => ({ key: other })),
				]);
			});

			it('are listed by no cursor of other records, and by no half of a name', async () => {
				await put('brand:AC1:a', 'agent:AC1:a');
				const cursor = 'agent:AC1:a';
				await expect(
					store.records.list({ prefix: 'brand:AC1:', limit: 1, cursor }),
				).rejects.toThrow('Cursor');
				await expect(store.records.list({ prefix: 'br', limit: 1 })).rejects.toThrow(
					/colon/,
				);
			});

			it('stay when threads go, and are told apart from them and from claims', async () => {
				await put(THREAD);
				expect(await store.threads.delete(THREAD)).toBe(false);
				await store.threads.append(THREAD, [storedMessage('hi')], 1);
				expect((await store.claims.claim(THREAD, 1)).status).toBe('claimed');
				expect(await store.threads.delete(THREAD)).toBe(true);
				await under.pass(400 * 86_400_000);
				await store.threads.append(OTHER, [storedMessage('hi')], 1);
				expect(await readRecord(store.records, THREAD)).toEqual({ key: THREAD });
				expect((await store.threads.list({ prefix: THREAD, limit: 1 })).threads).toEqual(
					[],
				);
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
				const consentRules = USUAL_RULES;
				const settings = {
					...{ accountSid, triggerKey: 'trigger', agents, consentRules },
					...limits,
				};
				await catchUp({ store: by, clock: systemClock }, lists, takers, settings);
				return { asked, begun };
			};
			const NOBODY = {
				smsPrompt: '',
				numbers: '',
				brand: '',
				ownersPhones: '',
				webhookUrl: '',
			};

			it('is one process at a time, and the text starts one run', async () => {
				const at = Math.floor(Date.now() / 1_000) * 1_000 - 600_000;
				const looks = await Promise.all(
					Array.from({ length: 10 }, async () => await look(store, at)),
				);
				// One that begins when another has ended goes on from there.
				const asked = looks.flatMap((one) => one.asked);
				expect(new Set(asked).size).toBe(asked.length);
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
			const takeOver = async (threadId: string) =>
				await store.threads.changeState(threadId, (state) => ({
					...state,
					takeover: TAKEOVER,
				}));

			it.each([
				['cut off', (json: string) => json.slice(0, -3)],
				['no object', () => '"takeover"'],
				[
					'a takeover of a newer shape',
					(json: string) => json.replace('"pauseMs":null', '"pauseMs":"P1D"'),
				],
				['marked as newer', (json: string) => json.replace('{', '{"version":2,')],
			])(
				'of a state is an outage of that thread, and stays as it is: %s',
				async (_, spoil) => {
					if (!under.parts) return;
					for (const threadId of [THREAD, OTHER]) {
						await store.threads.append(threadId, [storedMessage('STOP')], 5);
						await takeOver(threadId);
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
					expect((await store.threads.read(OTHER, 5)).state.takeover).toEqual(TAKEOVER);
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
				await under.parts.setClaim('key', '{"phase":');
				await expect(store.claims.look('key')).rejects.toMatchObject(isOfOne('key'));
				await expect(store.claims.claim('key', 1)).rejects.toMatchObject(isOfOne('key'));
				expect(await under.parts.claim('key')).toBe('{"phase":');
				expect(await store.claims.claim('other', 1)).toMatchObject({ status: 'claimed' });
			});
		});

		describe('a record that cannot be read', () => {
			it.each([
				['cut off', '{"consent":{"status":"opted'],
				['no object', '"optedOut"'],
				['a list', '[]'],
				['nothing', ''],
			])('is an outage of that record, and stays as it is: %s', async (_, spoiled) => {
				if (!under.parts) return;
				const [key, other] = ['contact:AC1::+1', 'contact:AC1::+2'] as const;
				const broken = {
					name: 'StoreUnavailableError',
					part: key,
					fix: expect.stringMatching(/cannot be read: .*left as it is.*backup/),
				};
				for (const one of [key, other]) {
					await store.records.change(one, () => ({ consent: 'optedOut' }));
				}
				await under.parts.setRecord(key, spoiled);
				expect(await store.records.read([key, other])).toEqual([
					expect.objectContaining(broken),
					{ consent: 'optedOut' },
				]);
				for (const made of [{ consent: 'optedIn' }, undefined]) {
					const change = store.records.change(key, () => made);
					await expect(change).rejects.toMatchObject(broken);
				}
				expect(await under.parts.record(key)).toBe(spoiled);
				expect(await store.records.list({ prefix: 'contact:AC1:', limit: 1 })).toEqual({
					records: [],
					unreadable: [expect.objectContaining(broken)],
					cursor: key,
				});
				expect(await keysAfter(key)).toEqual([other]);
				expect(await store.records.delete(key)).toBe(true);
				expect(await store.records.read([key])).toEqual([undefined]);
			});

			const keysAfter = async (cursor: string) => {
				const query = { prefix: 'contact:AC1:', limit: 5, cursor };
				return (await store.records.list(query)).records.map(({ key }) => key);
			};
		});

		describe('opening and closing', () => {
			it('shows what was written to whoever opens it next', async () => {
				await store.threads.append(THREAD, [storedMessage('before')], 5);
				await store.threads.changeState(THREAD, (state) => ({
					...state,
					takeover: TAKEOVER,
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
				expect(thread.state.takeover).toEqual(TAKEOVER);
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
