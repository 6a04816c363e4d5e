import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { openEmbeddedThreadStore } from '../../nodes/shared/threads/stores/embedded/embedded-thread-store';
import {
	type OpenThreadStore,
	StoreUnavailableError,
} from '../../nodes/shared/threads/thread-store';
import { holdFileLock } from '../support/hold-file-lock';
import { storedMessage } from '../support/stored-message';

const HELD_MS = 3_000;
/** All of n8n waits for as long as the event loop does: with the file, were it the file that is waited for. */
const MOST_LAG_MS = HELD_MS / 3;
/** Twilio waits no longer for an answer. */
const TWILIO_WAITS_MS = 15_000;

describe('the embedded database while another process holds it locked', () => {
	let folder: string;
	let file: string;
	const opened: OpenThreadStore[] = [];
	const open = async () => {
		const limits = { messagesPerThread: 1_000, maxAgeDays: 90, maxMegabytes: 100 };
		const store = await openEmbeddedThreadStore({ file, ...limits }, systemClock);
		opened.push(store);
		return store;
	};

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), 'sms-locked-'));
		file = join(folder, 'threads.sqlite');
	});
	afterEach(async () => {
		for (const store of opened.splice(0)) await store.close();
		rmSync(folder, { recursive: true });
	});

	/** The longest that the event loop stood still, in milliseconds. */
	async function lagDuring(work: () => Promise<void>): Promise<number> {
		const delay = monitorEventLoopDelay({ resolution: 5 });
		await sleep(20);
		delay.enable();
		await work();
		await sleep(20);
		delay.disable();
		return delay.max / 1e6;
	}

	it('holds nobody up, and does all that was asked meanwhile, once and in order', async () => {
		const store = await open();
		const letGo = await holdFileLock(file);
		const texts = Array.from({ length: 120 }, (_, n) => storedMessage(`text ${n}`));
		const done: string[] = [];
		const lag = await lagDuring(async () => {
			const writes = texts.map(async (text) => {
				const { newSids } = await store.threads.append('t', [text], 0);
				done.push(...newSids);
			});
			const claims = [1, 2].map(async () => await store.claims.claim('once', 60_000));
			await sleep(HELD_MS);
			expect(done).toEqual([]);
			await letGo();
			await Promise.all(writes);
			expect((await Promise.all(claims)).map(({ status }) => status)).toEqual([
				'claimed',
				'held',
			]);
		});
		expect(done).toEqual(texts.map(({ messageSid }) => messageSid));
		const { messages } = await store.threads.read('t', 200);
		expect(messages.map(({ body }) => body)).toEqual(texts.map(({ body }) => body));
		expect(lag).toBeLessThan(MOST_LAG_MS);
	});

	it('opens late, but opens, where it was locked before', async () => {
		const before = await open();
		await before.threads.append('t', [storedMessage('hi')], 0);
		await before.close();
		// Not even reading gets by this one.
		const letGo = await holdFileLock(file, 'PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;');
		let store: OpenThreadStore | undefined;
		const lag = await lagDuring(async () => {
			const opening = open().then((found) => (store = found));
			await sleep(HELD_MS);
			expect(store).toBeUndefined();
			await letGo();
			await opening;
		});
		expect((await store?.threads.read('t', 1))?.keptMessages).toBe(1);
		expect(lag).toBeLessThan(MOST_LAG_MS);
	});

	it('says after seconds that another program holds it, in time for Twilio, and works on once it is free', async () => {
		const store = await open();
		const letGo = await holdFileLock(file);
		const began = performance.now();
		const refused = store.threads.append('t', [storedMessage('lost')], 0);
		await expect(refused).rejects.toBeInstanceOf(StoreUnavailableError);
		await expect(refused).rejects.toMatchObject({
			store: expect.stringContaining(file),
			fix: expect.stringMatching(
				/^Another program has held the file locked for more than 4 seconds\./,
			),
		});
		expect(performance.now() - began).toBeLessThan(TWILIO_WAITS_MS);
		const patient = store.patient?.threads.append('t', [storedMessage('kept')], 0);
		await sleep(HELD_MS + 2_000);
		await letGo();
		await patient;
		const { messages } = await store.threads.read('t', 5);
		expect(messages.map(({ body }) => body)).toEqual(['kept']);
	});

	it('lets go of what waits when it is closed', async () => {
		const store = await open();
		const letGo = await holdFileLock(file);
		const waiting = store.claims.claim('k', 1_000);
		await store.close();
		await expect(waiting).rejects.toThrow(StoreUnavailableError);
		await letGo();
	});
});
