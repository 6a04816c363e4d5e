import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EmbeddedSettings } from '../../nodes/shared/threads/stores/embedded/embedded-threads';
import { openEmbeddedThreadStore } from '../../nodes/shared/threads/stores/embedded/embedded-thread-store';
import { FakeClock } from '../support/fake-clock';
import { storedMessage } from '../support/stored-message';
import { StoreUnavailableError } from '../../nodes/shared/threads/thread-store';
import { TYPESCRIPT } from '../../scripts/paths';
import { type StoredParts, threadStoreContract } from './thread-store.contract';

const ROOMY = { messagesPerThread: 1_000, maxAgeDays: 90, maxMegabytes: 100 };

threadStoreContract('the embedded database', async () => {
	const folder = mkdtempSync(join(tmpdir(), 'sms-threads-'));
	const clock = new FakeClock();
	const open = async () =>
		await openEmbeddedThreadStore({ ...ROOMY, file: join(folder, 'threads.sqlite') }, clock);
	const store = await open();
	const file = new DatabaseSync(join(folder, 'threads.sqlite'));
	const one = (statement: string, ...values: string[]) =>
		String(Object.values(file.prepare(statement).get(...values) ?? {})[0]);
	const parts: StoredParts = {
		state: async (threadId) => one('SELECT state FROM states WHERE thread_id = ?', threadId),
		setState: async (threadId, json) =>
			void one('UPDATE states SET state = ? WHERE thread_id = ? RETURNING 1', json, threadId),
		setMessage: async (threadId, json) =>
			void one(
				`UPDATE messages SET message = ? WHERE id =
					(SELECT id << 32 | last_seq FROM threads WHERE thread_id = ?) RETURNING 1`,
				json,
				threadId,
			),
		claim: async (key) => one('SELECT record FROM claims WHERE key = ?', key),
		setClaim: async (key, json) =>
			void one('UPDATE claims SET record = ? WHERE key = ? RETURNING 1', json, key),
		record: async (key) => one('SELECT value FROM records WHERE key = ?', key),
		setRecord: async (key, json) =>
			void one('UPDATE records SET value = ? WHERE key = ? RETURNING 1', json, key),
	};
	return {
		store,
		parts,
		pass: async (ms) => clock.advance(ms),
		setBack: async (ms) => clock.setBy(-ms),
		reopen: open,
		dispose: async () => {
			await store.close();
			file.close();
			rmSync(folder, { recursive: true });
		},
	};
});

describe('the embedded database', () => {
	let folder: string;
	const opened: Array<{ close(): Promise<void> }> = [];
	const clock = new FakeClock();
	const open = async (settings: Partial<EmbeddedSettings> = {}) => {
		const file = join(folder, 'threads.sqlite');
		const store = await openEmbeddedThreadStore({ ...ROOMY, file, ...settings }, clock);
		opened.push(store);
		return store;
	};
	const written = (body: string) =>
		storedMessage(body, { at: new Date(clock.now()).toISOString() });

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), 'sms-threads-'));
	});
	afterEach(async () => {
		for (const store of opened.splice(0)) await store.close();
		rmSync(folder, { recursive: true });
	});

	it('drops the oldest messages of a thread over the count and says how many', async () => {
		const { threads } = await open({ messagesPerThread: 2 });
		await threads.append('a', [written('1'), written('2')], 5);
		const { thread } = await threads.append('a', [written('3')], 5);
		expect(thread.messages.map(({ body }) => body)).toEqual(['2', '3']);
		expect(thread).toMatchObject({ keptMessages: 2, droppedMessages: 1 });
		const file = new DatabaseSync(join(folder, 'threads.sqlite'), { readOnly: true });
		const count = file.prepare('SELECT count(*) AS count FROM messages');
		for (let n = 4; n < 40; n += 3) {
			await threads.append(
				'a',
				[n, n + 1, n + 2].map((body) => written(String(body))),
				5,
			);
			expect(Number(count.get()?.['count'])).toBeLessThan(2 + 8);
		}
		file.close();
		const now = await threads.read('a', 5);
		expect(now.messages.map(({ body }) => body)).toEqual(['38', '39']);
		expect(now).toMatchObject({ keptMessages: 2, droppedMessages: 37 });
	});

	it('drops threads past their age with their state, but no record', async () => {
		const { threads, records } = await open({ maxAgeDays: 30 });
		await records.change('contact:gone', () => ({ consent: 'optedOut' }));
		for (const id of ['gone', 'stays']) {
			await threads.append(id, [written('x')], 1);
			await threads.changeState(id, (state) => ({ ...state, metadata: { a: 'b' } }));
		}
		clock.advance(29 * 86_400_000);
		await threads.append('stays', [written('x')], 1);
		clock.advance(2 * 86_400_000);
		await threads.append('new', [written('x')], 1);
		const { threads: left } = await threads.list({ prefix: '', limit: 10 });
		expect(left.map(({ threadId }) => threadId)).toEqual(['new', 'stays']);
		expect((await threads.read('gone', 1)).state.metadata).toEqual({});
		expect((await threads.read('stays', 1)).state.metadata).toEqual({ a: 'b' });
		expect(await records.read(['contact:gone'])).toEqual([{ consent: 'optedOut' }]);
	});

	it('stays within its size by dropping the threads written to longest ago', async () => {
		const { threads, records } = await open({ maxMegabytes: 1 });
		await records.change('contact:first', () => ({ consent: 'optedOut' }));
		for (let n = 0; n < 300; n++)
			await threads.append(`t${n}`, [written('x'.repeat(10_000))], 1);
		const { threads: left } = await threads.list({ prefix: '', limit: 1_000 });
		expect(left.length).toBeGreaterThan(30);
		expect(left.length).toBeLessThan(110);
		expect(left[0]?.threadId).toBe('t299');
		expect(await records.read(['contact:first'])).toEqual([{ consent: 'optedOut' }]);
	});

	it('keeps what two processes append to one thread at the same time', async () => {
		await open();
		const append = join(__dirname, '..', 'support', 'append-to-embedded-store.ts');
		const file = join(folder, 'threads.sqlite');
		const command = ['--import', TYPESCRIPT, append, file];
		const runs = [1, 2].map((n) => [...command, `process-${n}`, '40'].map(quote).join(' '));
		execFileSync('sh', [
			'-c',
			runs.map((run) => `${quote(process.execPath)} ${run} &`).join(' ') + ' wait',
		]);
		const { messages } = await (await open()).threads.read('shared', 200);
		expect(messages).toHaveLength(80);
		for (const n of [1, 2]) {
			const own = messages
				.map(({ body }) => body)
				.filter((body) => body.startsWith(`process-${n}`));
			expect(own).toEqual(Array.from({ length: 40 }, (_, at) => `process-${n} text ${at}`));
		}
	});

	it('says so when the folder cannot be made or written', async () => {
		writeFileSync(join(folder, 'a-file'), '');
		await expect(open({ file: join(folder, 'a-file', 'threads.sqlite') })).rejects.toThrow(
			StoreUnavailableError,
		);
	});

	it('says so when the file is something else, and leaves it alone', async () => {
		writeFileSync(join(folder, 'threads.sqlite'), 'a diary, not a database '.repeat(100));
		await expect(open()).rejects.toThrow(StoreUnavailableError);
	});

	it('rejects once it is closed; it never reads as empty', async () => {
		const store = await open();
		await store.close();
		await expect(store.threads.read('a', 1)).rejects.toThrow(StoreUnavailableError);
		const taking = store.allowances.take([{ key: 'a', most: 1 }], 't');
		await expect(taking).rejects.toThrow(StoreUnavailableError);
		await expect(store.claims.claim('a', 1)).rejects.toThrow(StoreUnavailableError);
		await expect(store.records.read(['a'])).rejects.toThrow(StoreUnavailableError);
		const change = store.records.change('a', () => ({}));
		await expect(change).rejects.toThrow(StoreUnavailableError);
		const list = store.records.list({ prefix: 'a:', limit: 1 });
		await expect(list).rejects.toThrow(StoreUnavailableError);
	});
});

function quote(argument: string): string {
	return `'${argument.replaceAll("'", "'\\''")}'`;
}
