import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import {
	type OpenThreadStore,
	INITIAL_STATE,
	type ThreadState,
} from '../../nodes/shared/threads/thread-store';
import { released } from '../../nodes/shared/threads/takeover';
import { openRedisThreadStore } from '../../nodes/shared/threads/stores/redis/redis-thread-store';
import type { RedisSettings } from '../../nodes/shared/threads/stores/redis/redis-settings';
import { keysOf, removeKeys } from '../support/redis-keys';
import { onRedis, sharedRedis } from '../../harness/servers/shared-redis';
import { storedMessage } from '../support/stored-message';
import { PATIENT } from '../support/patient-redis';

const SHORT_MS = 4_000;
const SHORT = { messagesPerThread: 5, maxAgeDays: SHORT_MS / 86_400_000 };
const DAYS = { messagesPerThread: 5, maxAgeDays: 90 };

describe('what Redis keeps, and for how long', () => {
	let settings: RedisSettings;
	let opened: OpenThreadStore[];
	const open = async (retention = DAYS) => {
		const store = await openRedisThreadStore(settings, retention, systemClock, PATIENT);
		opened.push(store);
		return store;
	};
	const ask = async <Reply>(...command: string[]) =>
		(await onRedis(settings, async (client) => await client.sendCommand(command))) as Reply;
	const takeOver = (state: ThreadState): ThreadState => ({
		...state,
		takeover: {
			since: '2026-01-15T12:00:00.000Z',
			until: null,
			pauseMs: null,
			by: 'Alex',
			why: 'They called',
		},
	});

	beforeEach(async () => {
		settings = await sharedRedis(`sms-agent-test-${randomUUID()}`);
		opened = [];
	});
	afterEach(async () => {
		for (const store of opened) await store.close();
		await removeKeys(settings);
	});

	it('keeps the newest messages up to the limit and counts those it dropped', async () => {
		const { threads } = await open();
		const texts = Array.from({ length: 12 }, (_, n) => storedMessage(`text ${n}`));
		for (const text of texts.slice(0, 8)) await threads.append('t', [text], 1);
		const { newSids, thread } = await threads.append('t', texts.slice(7), 100);
		expect(newSids).toEqual(texts.slice(8).map(({ messageSid }) => messageSid));
		expect(thread.messages).toEqual(texts.slice(7));
		expect(thread).toMatchObject({ keptMessages: 5, droppedMessages: 7 });
	});

	it('knows the SID of every message it keeps, and of no other', async () => {
		const { threads } = await open();
		const texts = Array.from({ length: 9 }, (_, n) => storedMessage(`text ${n}`));
		await threads.append('t', texts, 1);
		expect((await threads.append('t', texts.slice(4), 1)).newSids).toEqual([]);
		// Five SIDs and the count of the dropped.
		expect(await ask('HLEN', `{${settings.keyPrefix}}:h:t`)).toBe(6);
	});

	it('takes more texts at once than it keeps', async () => {
		const { threads } = await open();
		const texts = Array.from({ length: 300 }, (_, n) => storedMessage(`text ${n}`));
		const { newSids, thread } = await threads.append('t', texts, 2);
		expect(newSids).toHaveLength(300);
		expect(thread).toMatchObject({ keptMessages: 5, droppedMessages: 295 });
		expect(thread.messages).toEqual(texts.slice(-2));
	});

	it('shortens a thread that was written with a higher limit', async () => {
		const roomy = await open({ ...DAYS, messagesPerThread: 50 });
		const texts = Array.from({ length: 50 }, (_, n) => storedMessage(`text ${n}`));
		await roomy.threads.append('t', texts, 1);
		const narrow = await open();
		const { thread } = await narrow.threads.append('t', [storedMessage('last')], 100);
		expect(thread).toMatchObject({ keptMessages: 5, droppedMessages: 46 });
	});

	it('forgets a thread whole when its age is reached, counted from the last text', async () => {
		const { threads } = await open(SHORT);
		await threads.append('t', [storedMessage('one')], 1);
		await threads.changeState('t', takeOver);
		await sleep(SHORT_MS * 0.7);
		await threads.append('t', [storedMessage('two')], 1);
		await sleep(SHORT_MS * 0.7);
		expect(await threads.read('t', 5)).toMatchObject({
			keptMessages: 2,
			state: takeOver(INITIAL_STATE),
		});
		await sleep(SHORT_MS * 0.7);
		expect(await threads.read('t', 5)).toMatchObject({ keptMessages: 0, state: INITIAL_STATE });
		expect(await keysOf(settings)).toEqual([`{${settings.keyPrefix}}:threads`]);
	});

	it.each(['before the texts', 'after the texts'])(
		'keeps who has a thread as long as the thread: from %s',
		async (when) => {
			const { threads } = await open(SHORT);
			if (when === 'before the texts') await threads.changeState('t', takeOver);
			await sleep(SHORT_MS * 0.7);
			await threads.append('t', [storedMessage('hi')], 1);
			if (when === 'after the texts') await threads.changeState('t', takeOver);
			await sleep(SHORT_MS * 0.7);
			const { state, keptMessages } = await threads.read('t', 5);
			expect({ state, keptMessages }).toEqual({
				state: takeOver(INITIAL_STATE),
				keptMessages: 1,
			});
			const left = async (part: string) =>
				await ask<number>('PTTL', `{${settings.keyPrefix}}:${part}:t`);
			expect(await left('s')).toBeGreaterThanOrEqual((await left('m')) - 5);
		},
	);

	it('never forgets a record, nor gives it an end', async () => {
		const { threads, records } = await open(SHORT);
		await records.change('contact:t', () => ({ consent: 'optedOut' }));
		await records.change('contact:t', (present) => ({ ...present, by: 'STOP' }));
		await threads.append('t', [storedMessage('STOP')], 1);
		expect(await ask('PTTL', `{${settings.keyPrefix}}:r:contact:t`)).toBe(-1);
		expect(await ask('PTTL', `{${settings.keyPrefix}}:records`)).toBe(-1);
		await sleep(SHORT_MS * 1.5);
		expect((await threads.read('t', 5)).keptMessages).toBe(0);
		expect(await records.read(['contact:t'])).toEqual([{ consent: 'optedOut', by: 'STOP' }]);
	});

	it('takes no record for nothing that the server has thrown out', async () => {
		const { records } = await open();
		for (const key of ['contact:a', 'contact:b']) {
			await records.change(key, () => ({ consent: 'optedOut' }));
		}
		await ask('DEL', `{${settings.keyPrefix}}:r:contact:a`);
		const thrownOut = { part: 'contact:a', fix: expect.stringContaining('noeviction') };
		expect(await records.read(['contact:a', 'contact:b', 'contact:c'])).toEqual([
			expect.objectContaining(thrownOut),
			{ consent: 'optedOut' },
			undefined,
		]);
		const change = records.change('contact:a', () => ({ consent: 'optedIn' }));
		await expect(change).rejects.toMatchObject(thrownOut);
		expect(await records.list({ prefix: 'contact:', limit: 5 })).toEqual({
			records: [{ key: 'contact:b', value: { consent: 'optedOut' } }],
			unreadable: [expect.objectContaining(thrownOut)],
		});
		expect(await records.delete('contact:a')).toBe(true);
		expect(await records.read(['contact:a'])).toEqual([undefined]);
	});

	it('keeps nothing for a state that is the initial one again', async () => {
		const { threads } = await open();
		await threads.changeState('t', takeOver);
		await threads.changeState('t', released);
		expect(await keysOf(settings)).toEqual([]);
	});

	it('gives every key an end but the index of threads', async () => {
		const { threads, claims } = await open();
		await threads.append('t', [storedMessage('one')], 1);
		await threads.changeState('t', takeOver);
		const claim = await claims.claim('open', 1_000);
		const other = await claims.claim('settled', 1_000);
		if (claim.status !== 'claimed' || other.status !== 'claimed')
			throw new Error('not claimed');
		await claims.settle('settled', other.token, { phase: 'sent', messageSid: 'SM1' });
		const ends = await Promise.all(
			(await keysOf(settings)).map(async (key) => {
				return [key.split(':')[1], await ask<number>('TTL', key)] as const;
			}),
		);
		const day = 86_400;
		for (const [kind, seconds] of ends) {
			const least = kind === 'threads' ? -1 : kind === 'c' ? day : 89 * day;
			expect(seconds).toBeGreaterThanOrEqual(least);
			expect(seconds).toBeLessThanOrEqual(90 * day);
		}
		expect(ends.map(([kind]) => kind).sort()).toEqual(['c', 'c', 'h', 'm', 's', 'threads']);
	});

	it('lists no ended thread, and takes it out of the index as it goes', async () => {
		const lasting = await open();
		const passing = await open(SHORT);
		await passing.threads.append('a:gone', [storedMessage('x')], 1);
		await lasting.threads.append('a:stays', [storedMessage('x')], 1);
		await sleep(SHORT_MS * 1.5);
		const { threads } = await lasting.threads.list({ prefix: 'a:', limit: 10 });
		expect(threads.map(({ threadId }) => threadId)).toEqual(['a:stays']);
		expect(await ask('ZCARD', `{${settings.keyPrefix}}:threads`)).toBe(1);
	});

	it('lists the last written first even where the clock of the server was set back', async () => {
		const { threads } = await open();
		await threads.append('a:1', [storedMessage('x')], 1);
		const nextYear = String((Date.now() + 365 * 86_400_000) * 1_000);
		await ask('ZADD', `{${settings.keyPrefix}}:threads`, nextYear, 'a:1');
		await threads.append('a:2', [storedMessage('x')], 1);
		await threads.append('a:3', [storedMessage('x')], 1);
		const listed = await threads.list({ prefix: 'a:', limit: 5 });
		expect(listed.threads.map(({ threadId }) => threadId)).toEqual(['a:3', 'a:2', 'a:1']);
	});

	it('never lets the index outgrow the threads, though nobody lists', async () => {
		const { threads } = await open(SHORT);
		for (let n = 0; n < 30; n++) await threads.append(`old ${n}`, [storedMessage('x')], 1);
		await sleep(SHORT_MS * 1.5);
		for (let n = 0; n < 15; n++) await threads.append(`new ${n}`, [storedMessage('x')], 1);
		expect(await ask('ZCARD', `{${settings.keyPrefix}}:threads`)).toBe(15);
	});

	it('finds few among many threads, across steps of the index, to the last page', async () => {
		const { threads } = await open();
		const mine = ['a:1', 'a:2', 'a:3', 'a:4'];
		await threads.append('a:1', [storedMessage('x')], 1);
		await Promise.all(
			Array.from({ length: 1_200 }, async (_, n) => {
				await threads.append(`b:${n}`, [storedMessage('x')], 0);
			}),
		);
		for (const id of mine.slice(1)) await threads.append(id, [storedMessage('x')], 1);
		const first = await threads.list({ prefix: 'a:', limit: 3 });
		const second = await threads.list({ prefix: 'a:', limit: 1, cursor: first.cursor ?? '' });
		const ids = [...first.threads, ...second.threads].map(({ threadId }) => threadId);
		expect(ids).toEqual(mine.toReversed());
		expect(second).not.toHaveProperty('cursor');
		expect(await threads.list({ prefix: 'b:', limit: 0 })).toEqual({ threads: [] });
		const everyone = await threads.list({ prefix: '', limit: 5_000 });
		expect(everyone.threads).toHaveLength(1_204);
		await expect(threads.list({ prefix: '', limit: 1, cursor: '-inf' })).rejects.toThrow(
			'Cursor: it is not one that this store gave',
		);
	});
});
