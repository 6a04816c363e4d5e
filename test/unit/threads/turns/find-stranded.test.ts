import { beforeEach, describe, expect, it } from '@jest/globals';
import {
	findStranded,
	type StrandedQuery,
} from '../../../../nodes/shared/threads/turns/find-stranded';
import { gatherTurn } from '../../../../nodes/shared/threads/turns/gather-turn';
import type { OpenThreadStore } from '../../../../nodes/shared/threads/thread-store';
import {
	whileComposing,
	withThreadLease,
} from '../../../../nodes/shared/threads/turns/thread-lease';
import { ManualClock } from '../../../support/manual-clock';
import { memoryThreadStore } from '../../../support/memory-thread-store';
import { storedMessage } from '../../../support/stored-message';

const ACCOUNT = `AC${'0'.repeat(32)}`;
const MARIA = `${ACCOUNT}:front-desk:+14155550123`;
const JOSE = `${ACCOUNT}:front-desk:+14155550124`;
const AT_ONCE = { quietMs: 0, maxWaitMs: 0, maxTexts: 1 };
const MINUTE = 60_000;
const HERE = 'this process';

let clock: ManualClock;
let store: OpenThreadStore;

beforeEach(() => {
	clock = new ManualClock();
	store = memoryThreadStore(clock);
});

async function write(threadId: string, body: string) {
	const text = storedMessage(body, { at: new Date(clock.now()).toISOString() });
	await store.threads.append(threadId, [text], 0);
	return text.messageSid;
}

/** A text and the run that was started for it. */
async function writeAndRun(threadId: string, body: string) {
	const messageSid = await write(threadId, body);
	await gather(threadId, messageSid);
	return messageSid;
}

async function gather(threadId: string, messageSid: string, startedBy = 'a process before') {
	const thread = await store.threads.read(threadId, 50);
	return await gatherTurn({ store, clock }, thread, messageSid, AT_ONCE, startedBy);
}

/** A turn of another contact, started by this process; its run waits in n8n's queue. */
async function queueTurn(contact: number): Promise<{ threadId: string; messageSid: string }> {
	const threadId = `${ACCOUNT}:front-desk:+1415555${1000 + contact}`;
	const messageSid = await write(threadId, `of ${contact}`);
	await gather(threadId, messageSid, HERE);
	return { threadId, messageSid };
}

async function answer(threadId: string, ...answers: string[]) {
	const reply = storedMessage('Sure', { direction: 'outbound', author: 'agent', answers });
	await store.threads.append(threadId, [reply], 0);
}

async function stranded(query: Partial<StrandedQuery> = {}): Promise<string[]> {
	const found: string[] = [];
	const services = { store, clock };
	for await (const { text } of findStranded(services, {
		accountSid: ACCOUNT,
		agentIds: ['front-desk'],
		since: 0,
		waitingMs: 5_000,
		runsEnd: true,
		here: HERE,
		...query,
	})) {
		found.push(text.body);
	}
	return found;
}

describe('a text that no run was started for', () => {
	it('is found once nobody can be waiting with it any longer', async () => {
		await write(MARIA, 'one');
		await write(MARIA, 'two');
		expect(await stranded()).toEqual([]);
		await clock.advance(5_000);
		expect(await stranded()).toEqual(['two']);
	});

	it('is found also where runs may end without a word, and however often one looks', async () => {
		await write(MARIA, 'one');
		await clock.advance(5_000);
		expect(await stranded({ runsEnd: false })).toEqual(['one']);
		expect(await stranded({ runsEnd: false })).toEqual(['one']);
	});

	it('is left alone where it is of another agent, another account, or too old', async () => {
		await write(MARIA, 'one');
		await clock.advance(MINUTE);
		expect(await stranded({ agentIds: ['sales'] })).toEqual([]);
		expect(await stranded({ accountSid: `AC${'1'.repeat(32)}` })).toEqual([]);
		expect(await stranded({ since: clock.now() })).toEqual([]);
	});

	it('is found in each of more threads than a store lists at once', async () => {
		for (let contact = 0; contact < 150; contact++) {
			await write(`${ACCOUNT}:front-desk:+1415555${1000 + contact}`, 'Hello?');
		}
		await clock.advance(MINUTE);
		expect(await stranded()).toHaveLength(150);
	});
});

describe('a text whose run has died', () => {
	it('is given back, so that who hands it in again gets the turn, with the texts before it', async () => {
		await answer(MARIA, await writeAndRun(MARIA, 'answered'));
		await write(MARIA, 'one');
		const two = await writeAndRun(MARIA, 'two');
		await clock.advance(MINUTE);
		expect(await stranded()).toEqual(['two']);

		const turn = await gather(MARIA, two);
		expect(turn?.texts.map(({ body }) => body)).toEqual(['one', 'two']);
	});

	it('is not taken for one within the minute that a run may take to start', async () => {
		await writeAndRun(MARIA, 'one');
		await clock.advance(MINUTE - 1);
		expect(await stranded()).toEqual([]);
	});

	it('is not taken for one while a run works on the thread', async () => {
		await writeAndRun(MARIA, 'one');
		await clock.advance(MINUTE);
		await withThreadLease({ store, clock }, MARIA, 0, async () => {
			expect(await stranded()).toEqual([]);
		});
		expect(await stranded()).toEqual(['one']);
	});

	it('is given back ten times at most: what ends n8n each time would end it for ever', async () => {
		const one = await writeAndRun(MARIA, 'one');
		for (let times = 0; times < 10; times++) {
			await clock.advance(MINUTE);
			expect(await stranded()).toEqual(['one']);
			await gather(MARIA, one);
		}
		await clock.advance(MINUTE);
		expect(await stranded()).toEqual([]);
	});

	it('has its times anew for each turn', async () => {
		for (const body of 'abcdefghijklmno') {
			await writeAndRun(MARIA, body);
			await clock.advance(MINUTE);
			expect(await stranded()).toEqual([body]);
			const [open] = (await store.threads.read(MARIA, 1)).messages;
			await gather(MARIA, open?.messageSid ?? '');
		}
	});

	it('is given back to one of two that look at the same time', async () => {
		const one = await writeAndRun(MARIA, 'one');
		await clock.advance(MINUTE);
		await Promise.all([stranded(), stranded()]);
		const takers = [1, 2].map(() => gather(MARIA, one));
		expect((await Promise.all(takers)).filter(Boolean)).toHaveLength(1);
	});

	it('is left alone where its run was answered, ended without a reply, or need not end', async () => {
		await answer(MARIA, await writeAndRun(MARIA, 'answered'));
		const ended = await writeAndRun(JOSE, 'ended');
		await store.threads.changeState(JOSE, (state) => ({ ...state, endedThrough: ended }));
		await clock.advance(MINUTE);
		expect(await stranded()).toEqual([]);

		await writeAndRun(MARIA, 'somewhere else in the workflow');
		await clock.advance(MINUTE);
		expect(await stranded({ runsEnd: false })).toEqual([]);
	});

	it('is left alone where the run of a later text has answered', async () => {
		await writeAndRun(MARIA, 'one');
		await answer(MARIA, await writeAndRun(MARIA, 'two'));
		await clock.advance(MINUTE);
		expect(await stranded()).toEqual([]);
	});
});

/** The process runs itself what it starts, or hands it to workers. */
describe.each([
	['in regular mode', { here: HERE }],
	['in queue mode', { here: undefined }],
])('a run that waits %s', (_, mode) => {
	it('is not taken for dead in a backlog of ten minutes, whose runs end one after the other', async () => {
		const RUN_MS = 12_000;
		const waiting = await Promise.all(Array.from({ length: 50 }, (__, one) => queueTurn(one)));
		const found: string[] = [];
		for (let second = 0; second < 600; second++) {
			if (second % 25 === 0) waiting.push(await queueTurn(100 + second));
			if ((second * 1_000) % RUN_MS === 0) {
				const next = waiting.shift();
				if (next) await answer(next.threadId, next.messageSid);
			}
			if (second % 60 === 0) found.push(...(await stranded(mode)));
			await clock.advance(1_000);
		}
		expect(found).toEqual([]);
		expect(waiting.length).toBeGreaterThan(10);
	});

	it('is not taken for dead while nothing moves, as with a slow model or no worker at all', async () => {
		await queueTurn(1);
		await queueTurn(2);
		await clock.advance(30 * MINUTE);
		await queueTurn(3);
		expect(await stranded(mode)).toEqual([]);
	});

	it('is, once the run of a turn that was started a minute later has begun', async () => {
		await queueTurn(1);
		await clock.advance(MINUTE);
		const later = await queueTurn(2);
		await withThreadLease({ store, clock }, later.threadId, 0, async () => {
			expect(await stranded(mode)).toEqual(['of 1']);
		});
	});

	it('is not by a turn that waits behind another one of its contact, which is at work', async () => {
		const atWork = await queueTurn(1);
		await queueTurn(2);
		await clock.advance(MINUTE);
		await gather(atWork.threadId, await write(atWork.threadId, 'And?'), HERE);
		await withThreadLease({ store, clock }, atWork.threadId, 0, async () => {
			expect(await stranded(mode)).toEqual([]);
		});
	});

	it('is not by a turn that was started with it, whichever n8n comes to first', async () => {
		await queueTurn(1);
		await clock.advance(MINUTE - 1);
		const soon = await queueTurn(2);
		await clock.advance(MINUTE);
		await answer(soon.threadId, soon.messageSid);
		expect(await stranded(mode)).toEqual([]);
	});

	it('is not while it writes a reply that another step will send', async () => {
		const slow = await queueTurn(1);
		await clock.advance(MINUTE);
		const later = await queueTurn(2);
		await answer(later.threadId, later.messageSid);
		const turn = { threadId: slow.threadId, newestSid: slow.messageSid };
		await whileComposing({ store, clock }, turn, async () => {
			expect(await stranded(mode)).toEqual([]);
		});
		expect(await stranded(mode)).toEqual(['of 1']);
	});

	it('tells since when it is open, so that a later sweep looks at it again', async () => {
		const since: number[] = [];
		const startedAt = clock.now();
		await queueTurn(1);
		await clock.advance(30 * MINUTE);
		const query = { accountSid: ACCOUNT, agentIds: ['front-desk'], since: 0, waitingMs: 0 };
		const sweep = findStranded({ store, clock }, { ...query, runsEnd: true, ...mode }, (at) => {
			since.push(at);
		});
		expect(await sweep.next()).toMatchObject({ done: true });
		expect(since).toEqual([startedAt]);
	});
});

describe('a turn that was taken for dead and then ended all the same', () => {
	it('is not begun again by who hands it in', async () => {
		const one = await writeAndRun(MARIA, 'one');
		await clock.advance(MINUTE);
		expect(await stranded()).toEqual(['one']);
		await store.threads.changeState(MARIA, (state) => ({ ...state, endedThrough: one }));
		expect(await gather(MARIA, one)).toBeUndefined();
		expect(await stranded()).toEqual([]);
	});

	it('shows nothing about how far the queue has come', async () => {
		const { threadId, messageSid } = await queueTurn(1);
		await queueTurn(2);
		await clock.advance(2 * MINUTE);
		await store.threads.changeState(threadId, (state) => ({
			...state,
			startedAt: new Date(clock.now()).toISOString(),
			givenBackThrough: messageSid,
			givenBackTimes: 1,
		}));
		await answer(threadId, messageSid);
		expect(await stranded({ here: undefined })).toEqual([]);
	});
});

it('rejects when the store cannot be reached', async () => {
	await write(MARIA, 'one');
	await clock.advance(MINUTE);
	store.threads.read = async () => await Promise.reject(new Error('down'));
	await expect(stranded()).rejects.toThrow('down');
});
