import { beforeEach, describe, expect, it } from '@jest/globals';
import type { OpenTurns } from '../../../../nodes/shared/threads/turns/look-plan';
import { TurnWatch, type WatchedTurns } from '../../../../nodes/shared/threads/turns/open-turns';
import { gatherTurn, type TurnStart } from '../../../../nodes/shared/threads/turns/gather-turn';
import {
	type OpenThreadStore,
	type Retry,
	StoreUnavailableError,
} from '../../../../nodes/shared/threads/thread-store';
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
const SECOND = 1_000;
const MINUTE = 60_000;
const HERE = 'this process';

let clock: ManualClock;
let store: OpenThreadStore;
let watch: TurnWatch;
/** How far n8n's queue has come, and how often that was asked. */
let queue: { reached: number | undefined; asked: number };

beforeEach(() => {
	clock = new ManualClock();
	store = memoryThreadStore(clock);
	watch = new TurnWatch();
	queue = { reached: undefined, asked: 0 };
});

async function write(threadId: string, body: string) {
	const text = storedMessage(body, { at: new Date(clock.now()).toISOString() });
	await store.threads.append(threadId, [text], 0);
	return text.messageSid;
}

/** A text and the run that was started for it. */
async function writeAndRun(threadId: string, body: string, start: TurnStart = {}) {
	const messageSid = await write(threadId, body);
	await gather(threadId, messageSid, start);
	return messageSid;
}

async function gather(threadId: string, messageSid: string, start: TurnStart = {}) {
	const thread = await store.threads.read(threadId, 50);
	const by = { startedBy: 'a process before', ...start };
	return await gatherTurn({ store, clock }, thread, messageSid, AT_ONCE, by);
}

async function answer(threadId: string, ...answers: string[]) {
	const reply = storedMessage('Sure', { direction: 'outbound', author: 'agent', answers });
	await store.threads.append(threadId, [reply], 0);
}

/** The run of the turn ends with this: it is to be tried again. */
async function retryLater(threadId: string, retry: Partial<Retry> = {}) {
	await store.threads.changeState(threadId, (state) => ({
		...state,
		retry: {
			through: state.startedThrough ?? '',
			at: new Date(clock.now() + 30 * SECOND).toISOString(),
			since: new Date(clock.now()).toISOString(),
			times: 1,
			why: 'notSent',
			...retry,
		},
	}));
}

const WATCHED: WatchedTurns = {
	accountSid: ACCOUNT,
	agentIds: ['front-desk'],
	waitingMs: 5 * SECOND,
	runsEnd: true,
	here: HERE,
	trigger: 'this trigger',
	unreadable: () => {},
};

/** One look; what it hands in is started at once, as a run of this process that waits in n8n's queue. */
async function look(
	watched: Partial<WatchedTurns> = {},
): Promise<OpenTurns & { handedIn: string[] }> {
	const handedIn: string[] = [];
	const runQueue = {
		reached: async () => queue.reached,
		ask: async () => void (queue.asked += 1),
	};
	const open = await watch.look(
		{ store, clock },
		{ ...WATCHED, ...watched },
		runQueue,
		async ({ thread, text }) => {
			const start = { startedBy: HERE };
			const by = await gatherTurn({ store, clock }, thread, text.messageSid, AT_ONCE, start);
			if (by) handedIn.push(by.texts.map(({ body }) => body).join());
		},
	);
	return { ...open, handedIn };
}

async function handedIn(watched: Partial<WatchedTurns> = {}): Promise<string[]> {
	return (await look(watched)).handedIn;
}

/** Milliseconds until the next look. */
function nextIn({ next }: OpenTurns): number | undefined {
	return next && next - clock.now();
}

it('has nothing to look for while all is answered', async () => {
	await answer(MARIA, await writeAndRun(MARIA, 'answered'));
	const ended = await writeAndRun(JOSE, 'ended');
	await store.threads.changeState(JOSE, (state) => ({ ...state, endedThrough: ended }));
	await clock.advance(MINUTE);
	expect(await look()).toEqual({
		next: undefined,
		toSend: 0,
		nextSendAt: undefined,
		forModel: 0,
		handedIn: [],
	});
});

it('leaves a turn to the trigger that it came to, unless that is gone', async () => {
	const turn = await writeAndRun(MARIA, 'to another workflow', { startedFor: 'another' });
	await retryLater(MARIA);
	await writeAndRun(JOSE, 'to this one', { startedFor: 'this trigger' });
	await retryLater(JOSE);
	await clock.advance(MINUTE);
	expect(await handedIn()).toEqual(['to this one']);
	await answer(JOSE, (await store.threads.read(JOSE, 1)).messages[0]?.messageSid ?? '');
	await clock.advance(13 * MINUTE);
	const open = await look();
	expect(open.handedIn).toEqual([]);
	expect(nextIn(open)).toBe(90 * SECOND);
	await clock.advance(90 * SECOND);
	expect(await handedIn()).toEqual(['to another workflow']);
	expect((await store.threads.read(MARIA, 1)).state.startedThrough).toBe(turn);
});

it('reads a thread again only once something has happened in it', async () => {
	await answer(MARIA, await writeAndRun(MARIA, 'answered'));
	let reads = 0;
	const { read } = store.threads;
	store.threads.read = async (...given) => {
		reads += 1;
		return await read(...given);
	};
	await look();
	await look();
	expect(reads).toBe(1);
	await write(MARIA, 'And?');
	await look();
	expect(reads).toBe(2);
});

it('looks after all others where one thread cannot be read, and after that one when it can', async () => {
	await write(MARIA, 'unreadable');
	const sound = await write(JOSE, 'sound');
	const { read, list } = store.threads;
	const spoiled = new StoreUnavailableError('a file', 'Mend it.', { part: MARIA });
	const told: string[] = [];
	const unreadable = ({ part = '' }: StoreUnavailableError) => void told.push(part);
	store.threads.read = async (threadId, limit) => {
		if (threadId === MARIA) throw spoiled;
		return await read(threadId, limit);
	};
	await clock.advance(5 * SECOND);
	const first = await look({ unreadable });
	expect(first.handedIn).toEqual(['sound']);
	expect(nextIn(first)).toBeLessThanOrEqual(MINUTE);
	await answer(JOSE, sound);
	store.threads.list = async (query) => {
		const page = await list(query);
		const threads = page.threads.filter(({ threadId }) => threadId !== MARIA);
		return { ...page, threads, unreadable: [spoiled] };
	};
	await clock.advance(30 * MINUTE);
	expect(nextIn(await look({ unreadable }))).toBeLessThanOrEqual(MINUTE);
	expect(told).toEqual([MARIA, MARIA]);
	Object.assign(store.threads, { read, list });
	expect(await handedIn()).toContain('unreadable');

	store.threads.read = async () => {
		throw new StoreUnavailableError('a file', 'Mend it.');
	};
	await write(JOSE, 'more');
	await expect(look({ unreadable })).rejects.toThrow('not available');
});

describe('a text that no run was started for', () => {
	it('is handed in once nobody can be waiting with it any longer, with those before it', async () => {
		await write(MARIA, 'one');
		await write(MARIA, 'two');
		const first = await look();
		expect(first.handedIn).toEqual([]);
		expect(nextIn(first)).toBe(5 * SECOND);
		await clock.advance(5 * SECOND);
		expect(await handedIn()).toEqual(['one,two']);
	});

	it('is handed in also where runs may end without a word, and once', async () => {
		await write(MARIA, 'one');
		await clock.advance(5 * SECOND);
		expect(await handedIn({ runsEnd: false })).toEqual(['one']);
		expect(await handedIn({ runsEnd: false })).toEqual([]);
	});

	it('is left alone where it is of another agent or account, or a day old', async () => {
		await write(MARIA, 'one');
		await clock.advance(MINUTE);
		expect(await handedIn({ agentIds: ['sales'] })).toEqual([]);
		expect(await handedIn({ accountSid: `AC${'1'.repeat(32)}` })).toEqual([]);
		await clock.advance(24 * 60 * MINUTE);
		watch = new TurnWatch();
		expect(await handedIn()).toEqual([]);
	});

	it('is handed in for each of more threads than a store lists at once', async () => {
		for (let contact = 0; contact < 150; contact++) {
			await write(`${ACCOUNT}:front-desk:+1415555${1000 + contact}`, 'Hello?');
		}
		await clock.advance(MINUTE);
		expect(await handedIn()).toHaveLength(150);
	});

	it('stays where the trigger is unpublished meanwhile', async () => {
		await write(MARIA, 'one');
		await clock.advance(MINUTE);
		const services = { store, clock, signal: AbortSignal.abort() };
		const runQueue = { reached: async () => undefined, ask: async () => {} };
		await watch.look(services, WATCHED, runQueue, async () => {
			throw new Error('handed in');
		});
		expect(await handedIn()).toEqual(['one']);
	});
});

describe('a text whose run has died with its process', () => {
	it('is handed in, with the texts before it', async () => {
		await answer(MARIA, await writeAndRun(MARIA, 'answered'));
		await write(MARIA, 'one');
		await writeAndRun(MARIA, 'two');
		await clock.advance(MINUTE);
		expect(await handedIn()).toEqual(['one,two']);
	});

	it('is handed in though its times are of the future, the clock having been set back', async () => {
		await writeAndRun(MARIA, 'Hi');
		clock.setBy(-60 * MINUTE);
		expect(await handedIn()).toEqual(['Hi']);
	});

	it('is not taken for one within the minute that a run may take to start, after which one looks', async () => {
		await writeAndRun(MARIA, 'one');
		expect(nextIn(await look())).toBe(30 * SECOND);
		await clock.advance(30 * SECOND);
		expect(nextIn(await look())).toBe(30 * SECOND);
		await clock.advance(30 * SECOND - 1);
		expect(await handedIn()).toEqual([]);
		await clock.advance(1);
		expect(await handedIn()).toEqual(['one']);
	});

	it('is not taken for one while a run works on the thread', async () => {
		await writeAndRun(MARIA, 'one');
		await clock.advance(MINUTE);
		await withThreadLease({ store, clock }, MARIA, 0, async () => {
			const open = await look();
			expect(open.handedIn).toEqual([]);
			expect(nextIn(open)).toBe(30 * SECOND);
		});
		expect(await handedIn()).toEqual(['one']);
	});

	it('is handed in ten times at most: what ends n8n each time would end it for ever', async () => {
		await writeAndRun(MARIA, 'one');
		for (let times = 0; times < 10; times++) {
			await clock.advance(MINUTE);
			expect(await handedIn({ here: `process ${times}` })).toEqual(['one']);
		}
		await clock.advance(MINUTE);
		const open = await look({ here: 'process 10' });
		expect(open).toMatchObject({ handedIn: [], next: undefined });
	});

	it('has its times anew for each turn', async () => {
		for (const body of 'abcdefghijklmno') {
			const sid = await writeAndRun(MARIA, body);
			await clock.advance(MINUTE);
			expect(await handedIn()).toEqual([body]);
			await answer(MARIA, sid);
		}
	});

	it('is handed in by one of two that look at the same time', async () => {
		await writeAndRun(MARIA, 'one');
		await clock.advance(MINUTE);
		const both = await Promise.all([look(), look()]);
		expect(both.flatMap((open) => open.handedIn)).toEqual(['one']);
	});

	it('is left alone where its run need not end, and where a later text was answered', async () => {
		await writeAndRun(MARIA, 'one', { mayEndSilently: true });
		await writeAndRun(JOSE, 'one');
		await answer(JOSE, await writeAndRun(JOSE, 'two'));
		await clock.advance(MINUTE);
		expect(await look()).toMatchObject({ handedIn: [], next: undefined });
	});

	it('is left alone where runs need not end', async () => {
		await writeAndRun(MARIA, 'somewhere else in the workflow');
		await clock.advance(MINUTE);
		expect(await handedIn({ runsEnd: false })).toEqual([]);
	});
});

/** Takes the lease on the thread and dies, when the hold ends. */
async function dieAtWork(threadId: string) {
	await store.claims.claim(`lease:${threadId}`, 30 * SECOND);
	await clock.advance(30 * SECOND);
}

describe('a run that had begun and died', () => {
	it.each([
		['in regular mode', { here: HERE }],
		['in queue mode', { here: undefined }],
		['where runs need not end', { runsEnd: false }],
	])('is known by the hold it leaves behind, %s', async (_, mode) => {
		await writeAndRun(MARIA, 'one', { startedBy: HERE });
		await dieAtWork(MARIA);
		expect(await handedIn(mode)).toEqual(['one']);
	});

	it('tells of one death, not of the run after it, which waits in the queue', async () => {
		await writeAndRun(MARIA, 'one', { startedBy: HERE });
		await dieAtWork(MARIA);
		expect(await handedIn()).toEqual(['one']);
		for (let minute = 0; minute < 5; minute++) {
			await clock.advance(MINUTE);
			expect(await handedIn()).toEqual([]);
		}
	});

	it('tells nothing of the turn of a newer text', async () => {
		const one = await writeAndRun(MARIA, 'one', { startedBy: HERE });
		const taken = await store.claims.claim(`lease:${MARIA}`, 30 * SECOND);
		if (taken.status !== 'claimed') throw new Error('not claimed');
		await store.claims.note(`lease:${MARIA}`, taken.token, { answers: [one] }, 0);
		await writeAndRun(MARIA, 'two', { startedBy: HERE });
		await clock.advance(5 * MINUTE);
		expect(await handedIn()).toEqual([]);
	});
});

/** The process runs itself what it starts, or hands it to workers. */
describe.each([
	['in regular mode', { here: HERE }],
	['in queue mode', { here: undefined }],
])('a run that waits %s', (_, mode) => {
	it('is not taken for dead however long nothing moves, and one asks how far the queue has come', async () => {
		await writeAndRun(MARIA, 'one', { startedBy: HERE });
		await clock.advance(30 * MINUTE);
		const open = await look(mode);
		expect(open.handedIn).toEqual([]);
		expect(nextIn(open)).toBe(15 * SECOND + 200);
		expect(queue.asked).toBe(1);
	});

	it('is not taken for dead in a backlog of ten minutes, whose runs end one after the other', async () => {
		const waiting: Array<[string, string]> = [];
		const join = async (contact: number) => {
			const threadId = `${ACCOUNT}:front-desk:+1415555${1000 + contact}`;
			waiting.push([threadId, await writeAndRun(threadId, 'Hello', { startedBy: HERE })]);
		};
		for (let contact = 0; contact < 50; contact++) await join(contact);
		const found: string[] = [];
		for (let second = 0; second < 600; second++) {
			if (second % 25 === 0) await join(100 + second);
			if (second % 12 === 0) await answer(...(waiting.shift() ?? [MARIA, '']));
			if (second % 60 === 0) found.push(...(await handedIn(mode)));
			await clock.advance(SECOND);
		}
		expect(found).toEqual([]);
		expect(waiting.length).toBeGreaterThan(10);
	});

	it('is, once the queue has come further', async () => {
		await writeAndRun(MARIA, 'one', { startedBy: HERE });
		await clock.advance(SECOND);
		queue.reached = clock.now() - 1;
		await writeAndRun(JOSE, 'later', { startedBy: HERE });
		await clock.advance(MINUTE);
		await clock.advance(SECOND);
		expect(await handedIn(mode)).toEqual(['one']);
	});

	it('is not while it writes a reply that another step will send', async () => {
		const newestSid = await writeAndRun(MARIA, 'one', { startedBy: HERE });
		await clock.advance(MINUTE);
		queue.reached = clock.now();
		await whileComposing({ store, clock }, { threadId: MARIA, newestSid }, async () => {
			expect(await handedIn(mode)).toEqual([]);
		});
		expect(await handedIn(mode)).toEqual(['one']);
	});

	it('is looked at again however long ago its text came', async () => {
		await writeAndRun(MARIA, 'one', { startedBy: HERE });
		for (let minute = 0; minute < 60; minute++) {
			await clock.advance(MINUTE);
			expect(await handedIn(mode)).toEqual([]);
		}
		queue.reached = clock.now();
		expect(await handedIn(mode)).toEqual(['one']);
	});
});

describe('a turn that is to be tried again', () => {
	it('is handed in at its time, and not taken for dead before', async () => {
		const one = await writeAndRun(MARIA, 'one');
		await retryLater(MARIA, { at: new Date(clock.now() + 5 * MINUTE).toISOString() });
		const open = await look();
		expect(open).toMatchObject({ handedIn: [], toSend: 1, next: clock.now() + 5 * MINUTE });
		expect(open.nextSendAt).toBe(open.next);
		await clock.advance(5 * MINUTE - 1);
		expect(await handedIn()).toEqual([]);
		await clock.advance(1);
		expect(await handedIn()).toEqual(['one']);

		const { state } = await store.threads.read(MARIA, 1);
		expect(state).toMatchObject({ startedThrough: one, retry: { through: one, times: 1 } });
		expect(state.givenBackTimes).toBeUndefined();
	});

	it('is handed in though its time is further away than any, the clock having been set back', async () => {
		await writeAndRun(MARIA, 'Hi', { startedBy: HERE });
		await retryLater(MARIA);
		clock.setBy(-60 * MINUTE);
		expect(await handedIn()).toEqual(['Hi']);
	});

	it('is handed in where runs need not end, too', async () => {
		await writeAndRun(MARIA, 'one', { mayEndSilently: true });
		await clock.advance(3 * MINUTE);
		expect(await handedIn()).toEqual([]);
		await retryLater(MARIA);
		await look();
		await clock.advance(30 * SECOND);
		expect(await handedIn()).toEqual(['one']);
	});

	it('is tried more than ten times', async () => {
		await writeAndRun(MARIA, 'one');
		for (let times = 1; times < 20; times++) {
			await retryLater(MARIA, { times });
			await clock.advance(30 * SECOND);
			expect(await handedIn()).toEqual(['one']);
		}
	});

	it('is not tried again while its run waits in the queue, whatever the one before left', async () => {
		const one = await writeAndRun(MARIA, 'one', { startedBy: HERE });
		const taken = await store.claims.claim(`lease:${MARIA}`, 30 * SECOND);
		if (taken.status !== 'claimed') throw new Error('not claimed');
		await store.claims.note(`lease:${MARIA}`, taken.token, { answers: [one] }, 0);
		await retryLater(MARIA);
		await clock.advance(30 * SECOND);
		expect(await handedIn()).toEqual(['one']);
		await clock.advance(10 * MINUTE);
		expect(await handedIn()).toEqual([]);
	});

	it('is over when a newer text is handed to a run, which takes its texts along', async () => {
		await writeAndRun(MARIA, 'one');
		await retryLater(MARIA);
		await writeAndRun(MARIA, 'two', { startedBy: HERE });
		// It tells since when she has waited, and nothing else.
		const { retry, startedThrough } = (await store.threads.read(MARIA, 1)).state;
		expect(retry?.through).not.toBe(startedThrough);
		await clock.advance(45 * SECOND);
		expect(await look()).toMatchObject({ handedIn: [], toSend: 0 });
	});

	it('is over with its reply', async () => {
		const one = await writeAndRun(MARIA, 'one');
		await retryLater(MARIA);
		await answer(MARIA, one);
		await clock.advance(MINUTE);
		expect(await look()).toMatchObject({ handedIn: [], next: undefined, toSend: 0 });
	});
});

describe('turns whose model failed', () => {
	const contacts = Array.from({ length: 5 }, (_, contact) => ({
		threadId: `${ACCOUNT}:front-desk:+1415555${1000 + contact}`,
		body: `of ${contact}`,
	}));

	/** The first has waited longest. */
	async function fail(minutes = 10): Promise<string[]> {
		const sids: string[] = [];
		for (const { threadId, body } of contacts) {
			sids.push(await writeAndRun(threadId, body));
			const at = new Date(clock.now() + minutes * MINUTE).toISOString();
			await retryLater(threadId, { why: 'modelFailed', at });
			await clock.advance(SECOND);
		}
		return sids;
	}

	it('ask once for all of them every half a minute, the one first that has waited longest', async () => {
		await fail();
		expect(await look()).toMatchObject({
			handedIn: ['of 0'],
			forModel: 5,
			next: clock.now() + 5_000,
		});
		await clock.advance(5 * SECOND);
		// It is still at it, and then fails again.
		expect(await handedIn()).toEqual([]);
		await retryLater(contacts[0]?.threadId ?? '', {
			why: 'modelFailed',
			at: new Date(clock.now() + 10 * MINUTE).toISOString(),
		});
		const open = await look();
		expect(open.handedIn).toEqual([]);
		expect(nextIn(open)).toBe(25 * SECOND);
		await clock.advance(25 * SECOND);
		expect(await handedIn()).toEqual(['of 1']);
	});

	it('are due at once when one of them was answered', async () => {
		const [first = ''] = await fail();
		expect(await handedIn()).toEqual(['of 0']);
		await answer(contacts[0]?.threadId ?? '', first);
		await clock.advance(5 * SECOND);
		expect(await handedIn()).toEqual(['of 1', 'of 2', 'of 3', 'of 4']);
	});

	it('are handed in at their own time also while the model is away', async () => {
		await fail(1);
		expect(await handedIn()).toEqual(['of 0']);
		await clock.advance(MINUTE);
		expect(await handedIn()).toEqual(expect.arrayContaining(['of 1', 'of 2', 'of 3', 'of 4']));
	});
});

describe('a turn that was taken for dead and then ended all the same', () => {
	it('is not begun again', async () => {
		const one = await writeAndRun(MARIA, 'one');
		await clock.advance(MINUTE);
		expect(await handedIn()).toEqual(['one']);
		await store.threads.changeState(MARIA, (state) => ({ ...state, endedThrough: one }));
		expect(await gather(MARIA, one)).toBeUndefined();
		await clock.advance(10 * MINUTE);
		expect(await look({ here: 'another' })).toMatchObject({ handedIn: [], next: undefined });
	});
});

it('rejects when the store cannot be reached, and looks as far back the next time', async () => {
	await write(MARIA, 'one');
	await clock.advance(MINUTE);
	const { read } = store.threads;
	store.threads.read = async () => await Promise.reject(new Error('down'));
	await expect(look()).rejects.toThrow('down');
	store.threads.read = read;
	await clock.advance(30 * MINUTE);
	expect(await handedIn()).toEqual(['one']);
});
