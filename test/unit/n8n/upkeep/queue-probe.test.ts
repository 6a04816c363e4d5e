import { beforeEach, describe, expect, it } from '@jest/globals';
import type { IDataObject } from 'n8n-workflow';
import { queueProbe, reachProbe } from '../../../../nodes/shared/n8n/upkeep/queue-probe';
import type { OpenThreadStore } from '../../../../nodes/shared/threads/thread-store';
import type { RunQueue } from '../../../../nodes/shared/threads/turns/open-turns';
import { FakeClock } from '../../../support/fake-clock';
import { memoryThreadStore } from '../../../support/memory-thread-store';

const SECOND = 1_000;
const MINUTE = 60_000;

let clock: FakeClock;
let store: OpenThreadStore;
let queue: RunQueue;
let emitted: IDataObject[];
/** What n8n says of the runs of probes from now on. */
let fate: Promise<void>;
let failures: unknown[];

beforeEach(() => {
	clock = new FakeClock();
	store = memoryThreadStore(clock);
	emitted = [];
	fate = new Promise(() => {});
	failures = [];
	const emit = async ({ json }: { json: IDataObject }) => {
		emitted.push(json);
		await fate;
	};
	queue = queueProbe({ store, clock }, 'trigger', emit, (error) => failures.push(error));
});

/** n8n has come to the last probe. */
async function reach(): Promise<void> {
	await reachProbe({ store, clock }, 'trigger', emitted.at(-1)?.['queueProbe']);
}

describe('the probe of the queue', () => {
	it('tells nothing before n8n has come to it, and none is sent after it meanwhile', async () => {
		expect(await queue.reached()).toBeUndefined();
		await queue.ask();
		for (let minute = 0; minute < 9; minute++) {
			clock.advance(MINUTE);
			await queue.ask();
		}
		expect(emitted).toHaveLength(1);
		expect(await queue.reached()).toBeUndefined();
	});

	it('tells that all has begun which was started well before it, once that had time to show', async () => {
		const askedAt = clock.now();
		await queue.ask();
		clock.advance(5 * MINUTE);
		await reach();
		clock.advance(10 * SECOND - 1);
		expect(await queue.reached()).toBeUndefined();
		clock.advance(1);
		expect(await queue.reached()).toBe(askedAt - 10 * SECOND);
	});

	it('is followed by another a minute after it has come, and tells what it told until that has too', async () => {
		await queue.ask();
		await reach();
		clock.advance(30 * SECOND);
		await queue.ask();
		expect(emitted).toHaveLength(1);
		const before = await queue.reached();
		clock.advance(30 * SECOND);
		const askedAt = clock.now();
		await queue.ask();
		expect(emitted).toHaveLength(2);
		clock.advance(MINUTE);
		expect(await queue.reached()).toBe(before);
		await reach();
		clock.advance(10 * SECOND);
		expect(await queue.reached()).toBe(askedAt - 10 * SECOND);
	});

	it('is sent again where it is lost', async () => {
		await queue.ask();
		clock.advance(10 * MINUTE);
		await queue.ask();
		expect(emitted).toHaveLength(2);
		await reach();
		clock.advance(10 * SECOND);
		expect(await queue.reached()).toBe(clock.now() - 20 * SECOND);
	});

	it('is told of where n8n could not run it, and followed by another a minute later', async () => {
		await queue.ask();
		clock.advance(MINUTE);
		await reach();
		clock.advance(MINUTE);
		const reached = await queue.reached();
		const error = new Error('Unrecognized node type');
		fate = Promise.reject(error);
		await queue.ask();
		await new Promise(setImmediate);
		expect(failures).toEqual([error]);
		expect(await queue.reached()).toBe(reached);

		fate = new Promise(() => {});
		clock.advance(MINUTE - 1);
		await queue.ask();
		expect(emitted).toHaveLength(2);
		clock.advance(1);
		const askedAt = clock.now();
		await queue.ask();
		expect(emitted).toHaveLength(3);
		await reach();
		clock.advance(10 * SECOND);
		expect(await queue.reached()).toBe(askedAt - 10 * SECOND);
	});
});
