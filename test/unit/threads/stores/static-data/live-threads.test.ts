import { describe, expect, it } from '@jest/globals';
import { ObservableObject } from 'n8n-workflow';
import {
	LiveThreads,
	liveThreadsOf,
} from '../../../../../nodes/shared/threads/stores/static-data/live-threads';
import { staticDataThreadStore } from '../../../../../nodes/shared/threads/stores/static-data/static-data-thread-store';
import { swapQuotes } from '../../../../../nodes/shared/threads/stores/static-data/saved-map';
import { StoreUnavailableError } from '../../../../../nodes/shared/threads/thread-store';
import { released } from '../../../../../nodes/shared/threads/takeover';
import {
	DEFAULT_LIMITS,
	type ThreadLimits,
} from '../../../../../nodes/shared/threads/thread-limits';
import { FakeClock } from '../../../../support/fake-clock';
import { storedMessage } from '../../../../support/stored-message';

const THREAD = 'AC:agent:+14155550123';
const circle: Record<string, unknown> = {};
circle['self'] = circle;
const takeover = {
	since: '2026-01-15T12:00:00.000Z',
	until: null,
	pauseMs: null,
	by: 'Alex',
	why: 'They called',
};

/** Static data as n8n handles it: one JSON in a database, a snapshot per execution, written back whole. */
class StaticDataHost {
	private stored = '{}';

	execution(live: LiveThreads) {
		type Observed = NonNullable<Parameters<typeof ObservableObject.create>[1]>;
		const saved = JSON.parse(this.stored) as Observed;
		const staticData = ObservableObject.create(saved) as Observed & Record<string, unknown>;
		staticData['global'] ??= ObservableObject.create({}, staticData);
		const global = staticData['global'] as Record<string, unknown>;
		live.absorb(global['smsThreads']);
		const store = staticDataThreadStore(live, DEFAULT_LIMITS, new FakeClock(), () => {
			global['smsThreads'] = live;
		});
		return {
			global,
			store,
			end: () => {
				if (staticData['__dataChanged'] === true) this.stored = JSON.stringify(staticData);
			},
		};
	}

	/** As a run does that went on after a long Wait, and that wrote something of its own. */
	overwrite(): void {
		this.stored = '{"global":{}}';
	}

	bodies(): string[] {
		const fresh = new LiveThreads();
		const { global } = JSON.parse(this.stored) as { global: Record<string, unknown> };
		fresh.absorb(global['smsThreads']);
		return fresh.threads.get(THREAD)?.messages.map(({ body }) => body) ?? [];
	}
}

describe('threads in static data', () => {
	it('are saved, but for one that JSON cannot hold', async () => {
		const host = new StaticDataHost();
		const live = new LiveThreads();
		const { store, end } = host.execution(live);
		await store.threads.append(THREAD, [storedMessage('hello')], 5);
		live.threads.set('before', { messages: [{ role: 'user' } as never], dropped: 0 });
		live.states.set('price', { ...live.stateOf(THREAD), metadata: { price: circle } as never });
		await store.threads.append('later', [storedMessage('hello')], 5);
		end();
		expect(host.bodies()).toEqual(['hello']);
		const again = host.execution(new LiveThreads());
		expect((await again.store.threads.read('later', 5)).messages).toHaveLength(1);
	});

	it('keep what was saved of a thread that cannot be saved any more', async () => {
		const host = new StaticDataHost();
		const live = new LiveThreads();
		const { store, end } = host.execution(live);
		await store.threads.append(THREAD, [storedMessage('hello')], 5);
		end();
		live.threads.set(THREAD, { messages: [{ role: 'user' } as never], dropped: 0 });
		await store.threads.append('later', [storedMessage('hello')], 5);
		end();
		expect(host.bodies()).toEqual(['hello']);
	});

	it('refuse a state and a note that JSON cannot hold, and stay as they were', async () => {
		const { store } = new StaticDataHost().execution(new LiveThreads());
		const spoil = store.threads.changeState(THREAD, (state) => ({
			...state,
			metadata: { price: circle } as never,
		}));
		await expect(spoil).rejects.toThrow(/circular/);
		expect((await store.threads.read(THREAD, 0)).state.metadata).toEqual({});
		const claim = await store.claims.claim('key', 1_000);
		const token = claim.status === 'claimed' ? claim.token : '';
		const note = store.claims.note('key', token, { price: circle } as never, 1_000);
		await expect(note).rejects.toThrow(/circular/);
	});

	it('keep what two overlapping executions wrote, whichever n8n saves last', async () => {
		const host = new StaticDataHost();
		const live = new LiveThreads();
		const slow = host.execution(live);
		const quick = host.execution(live);
		await slow.store.threads.append(THREAD, [storedMessage('slow')], 5);
		await quick.store.threads.append(THREAD, [storedMessage('quick')], 5);
		quick.end();
		slow.end();
		expect(host.bodies()).toEqual(['slow', 'quick']);
	});

	it('lose what another process wrote: the reason why queue mode is refused', async () => {
		const host = new StaticDataHost();
		const here = host.execution(new LiveThreads());
		const there = host.execution(new LiveThreads());
		await here.store.threads.append(THREAD, [storedMessage('here')], 5);
		await there.store.threads.append(THREAD, [storedMessage('there')], 5);
		here.end();
		there.end();
		expect(host.bodies()).toEqual(['there']);
	});

	it('are those of one workflow alone', async () => {
		const open = (workflowId: string) =>
			staticDataThreadStore(
				liveThreadsOf(workflowId),
				DEFAULT_LIMITS,
				new FakeClock(),
				() => {},
			);
		await open('one').threads.append(THREAD, [storedMessage('hi')], 5);
		expect((await open('one').threads.read(THREAD, 5)).messages).toHaveLength(1);
		expect((await open('another').threads.read(THREAD, 5)).messages).toEqual([]);
	});

	it('come back with the next text after somebody has saved an empty copy over them', async () => {
		const host = new StaticDataHost();
		const live = new LiveThreads();
		const first = host.execution(live);
		await first.store.threads.append(THREAD, [storedMessage('before')], 5);
		first.end();
		host.overwrite();
		expect(host.bodies()).toEqual([]);
		const next = host.execution(live);
		await next.store.threads.append(THREAD, [storedMessage('after')], 5);
		next.end();
		expect(host.bodies()).toEqual(['before', 'after']);
	});

	it('are one string to n8n, which would wrap each of them in proxies for every request', async () => {
		const host = new StaticDataHost();
		const before = host.execution(new LiveThreads());
		await before.store.threads.append(THREAD, [storedMessage('before')], 5);
		before.end();
		const { global } = host.execution(new LiveThreads());
		expect(typeof global['smsThreads']).toBe('string');
	});

	it('hold next to no quotes, which n8n would have to escape one by one', async () => {
		const host = new StaticDataHost();
		const live = new LiveThreads();
		const { store } = host.execution(live);
		await store.threads.append(THREAD, [storedMessage('an "offer"')], 5);
		await store.threads.changeState(THREAD, (state) => ({ ...state, takeover }));
		await store.records.change('contact:a', () => ({ by: 'STOP' }));
		await store.claims.claim('turn', 1_000);
		expect(live.toJSON().match(/"/g)).toBeNull();
	});

	it('come back as they were, whatever stands in them', async () => {
		const host = new StaticDataHost();
		const live = new LiveThreads();
		const bodies = [
			"don't",
			'say "hi"',
			'\\',
			'\\"',
			"\\'",
			'\n\t',
			'é 😀 `',
			'\u2028',
			`{'version':1}`,
		];
		const { store, end } = host.execution(live);
		for (const body of bodies) await store.threads.append(THREAD, [storedMessage(body)], 5);
		end();
		expect(host.bodies()).toEqual(bodies);
	});

	it('are saved as they are now, also what was saved before', async () => {
		const host = new StaticDataHost();
		const live = new LiveThreads();
		const saved = () => {
			const fresh = new LiveThreads();
			fresh.absorb(live.toJSON());
			return fresh;
		};
		const { store } = host.execution(live);
		await store.threads.append(THREAD, [storedMessage('one')], 5);
		const claim = await store.claims.claim('turn', 1_000);
		if (claim.status !== 'claimed') throw new Error('expected to get the claim');
		expect(saved().claims.get('turn')?.record).toEqual({});
		await store.threads.append(THREAD, [storedMessage('two')], 5);
		await store.threads.changeState(THREAD, (state) => ({ ...state, takeover }));
		expect(saved().states.get(THREAD)?.takeover).toEqual(takeover);
		await store.threads.changeState(THREAD, released);
		await store.records.change('contact:a', () => ({ by: 'STOP' }));
		expect(saved().records.get('contact:a')).toEqual({ by: 'STOP' });
		await store.records.change('contact:a', () => ({ by: 'START' }));
		expect(saved().records.get('contact:a')).toEqual({ by: 'START' });
		await store.claims.settle('turn', claim.token, { phase: 'sent', messageSid: 'SM1' });
		expect(
			saved()
				.threads.get(THREAD)
				?.messages.map(({ body }) => body),
		).toEqual(['one', 'two']);
		expect(saved().states.get(THREAD)).toEqual({ metadata: {} });
		expect(saved().claims.get('turn')).toMatchObject({
			record: { phase: 'sent', messageSid: 'SM1' },
			heldUntil: Infinity,
		});
		await store.threads.delete(THREAD);
		expect(saved().threads.size).toBe(0);
	});

	it('come back after a restart and take further messages', async () => {
		const host = new StaticDataHost();
		const before = host.execution(new LiveThreads());
		await before.store.threads.append(THREAD, [storedMessage('before')], 5);
		before.end();

		const restarted = new LiveThreads();
		const after = host.execution(restarted);
		await after.store.threads.append(THREAD, [storedMessage('after')], 5);
		after.end();
		expect(host.bodies()).toEqual(['before', 'after']);
		// Plain copies, not n8n's proxies, which would report to an execution long gone.
		expect(() => structuredClone(restarted.threads.get(THREAD)?.messages)).not.toThrow();
	});

	it('keep a test run that came before the saved threads were first read', async () => {
		const host = new StaticDataHost();
		const production = host.execution(new LiveThreads());
		await production.store.threads.append(THREAD, [storedMessage('production')], 5);
		production.end();

		const live = new LiveThreads();
		const test = staticDataThreadStore(live, DEFAULT_LIMITS, new FakeClock(), () => {});
		await test.threads.append(THREAD, [storedMessage('test')], 5);
		const next = host.execution(live);
		expect((await next.store.threads.read(THREAD, 5)).messages.map(({ body }) => body)).toEqual(
			['production', 'test'],
		);
	});

	describe('that cannot be read', () => {
		const message = ['SM1', ['ic', '2026-01-15T12:00:00.000Z', '+1', 1, 'hello']];
		const sound = {
			version: 2,
			threads: [[THREAD, [0, message]]],
			states: [[THREAD, { takeover }]],
			claims: [['key', [1, { phase: 'sent' }, 'token', 2]]],
			records: [['contact:a', { by: 'STOP' }]],
		};
		const textOf = (saved: unknown) => swapQuotes(JSON.stringify(saved));

		it.each<[what: string, found: unknown]>([
			['cut off', textOf(sound).slice(0, -20)],
			['no text', { ...sound }],
			['nothing', null],
			['of a newer version', textOf({ ...sound, version: 3 })],
			['of no version', textOf({ ...sound, version: undefined })],
			['without claims', textOf({ ...sound, claims: undefined })],
			['a thread that is none', textOf({ ...sound, threads: [['t', null]] })],
			[
				'a message of another kind',
				textOf({ ...sound, threads: [['t', [0, ['SM1', ['xx']]]]] }),
			],
			['a message without SID', textOf({ ...sound, threads: [['t', [0, [7, message[1]]]]] })],
			[
				'a takeover of another kind',
				textOf({ ...sound, states: [['t', { takeover: 'STOP' }]] }),
			],
			['a state of a newer shape', textOf({ ...sound, states: [['t', { version: 2 }]] })],
			['a claim without a time', textOf({ ...sound, claims: [['key', [null, {}]]] })],
			['a note that is none', textOf({ ...sound, claims: [['key', [1, 'sent']]] })],
			['without records', textOf({ ...sound, records: undefined })],
			['a record that is none', textOf({ ...sound, records: [['contact:a', 'STOP']] })],
		])('are an outage, and nothing of them counts: %s', (_, found) => {
			const live = new LiveThreads();
			for (const seen of [found, found, undefined]) {
				expect(() => live.absorb(seen)).toThrow(StoreUnavailableError);
			}
			const { threads, states, claims, records } = live;
			expect([threads, states, claims, records].map(({ size }) => size)).toEqual([
				0, 0, 0, 0,
			]);
			live.absorb(textOf(sound));
			expect(live.stateOf(THREAD).takeover).toEqual(takeover);
			expect(live.records.get('contact:a')).toEqual({ by: 'STOP' });
			expect(live.threads.get(THREAD)?.messages[0]?.body).toBe('hello');
			expect(live.claims.get('key')).toMatchObject({ token: 'token', heldUntil: 2 });
		});

		it('are an outage too where a newer version has saved since', () => {
			const live = new LiveThreads();
			live.absorb(textOf(sound));
			live.absorb(textOf(sound));
			expect(() => live.absorb(textOf({ ...sound, version: 3 }))).toThrow(/not available/);
		});
	});
});

describe('the limits of threads in static data', () => {
	const open = (limits: Partial<ThreadLimits>) => {
		const live = new LiveThreads();
		const clock = new FakeClock();
		const store = staticDataThreadStore(
			live,
			{ ...DEFAULT_LIMITS, ...limits },
			clock,
			() => {},
		);
		return { live, clock, store };
	};

	it('drop the oldest messages of a thread and say how many', async () => {
		const { store } = open({ messagesPerThread: 3 });
		for (const body of ['a', 'b', 'c', 'd', 'e']) {
			await store.threads.append(THREAD, [storedMessage(body)], 1);
		}
		const thread = await store.threads.read(THREAD, 10);
		expect(thread.messages.map(({ body }) => body)).toEqual(['c', 'd', 'e']);
		expect(thread).toMatchObject({ keptMessages: 3, droppedMessages: 2 });
	});

	it('drop the thread written to longest ago', async () => {
		const { store } = open({ maxThreads: 2 });
		for (const id of ['first', 'second', 'first', 'third']) {
			await store.threads.append(id, [storedMessage('x')], 1);
		}
		const { threads } = await store.threads.list({ prefix: '', limit: 10 });
		expect(threads.map(({ threadId }) => threadId)).toEqual(['third', 'first']);
	});

	it('drop threads past their age', async () => {
		const { store, clock } = open({ maxAgeDays: 30 });
		const at = () => new Date(clock.now()).toISOString();
		await store.threads.append('old', [storedMessage('x', { at: at() })], 1);
		clock.advance(31 * 86_400_000);
		await store.threads.append('new', [storedMessage('x', { at: at() })], 1);
		const { threads } = await store.threads.list({ prefix: '', limit: 10 });
		expect(threads.map(({ threadId }) => threadId)).toEqual(['new']);
	});

	it('let a state go with its thread, and count no record', async () => {
		const { store } = open({ maxThreads: 1, maxAgeDays: 1 });
		const keys = Array.from({ length: 50 }, (_, n) => `contact:${n}`);
		for (const key of keys) await store.records.change(key, () => ({ by: 'STOP' }));
		await store.threads.append('gone', [storedMessage('STOP')], 1);
		await store.threads.changeState('gone', (state) => ({ ...state, takeover }));
		expect((await store.threads.read('gone', 5)).state.takeover).toEqual(takeover);
		await store.threads.append('next', [storedMessage('hi')], 1);
		const gone = await store.threads.read('gone', 5);
		expect(gone).toMatchObject({ messages: [], state: { metadata: {} } });
		expect(gone.state).not.toHaveProperty('takeover');
		expect(await store.records.read(keys)).toEqual(keys.map(() => ({ by: 'STOP' })));
	});

	it('forget claims after a day', async () => {
		const { store, clock, live } = open({});
		const claim = await store.claims.claim('old', 1_000);
		if (claim.status !== 'claimed') throw new Error('expected to get the claim');
		await store.claims.settle('old', claim.token, { phase: 'sent', messageSid: 'SM1' });
		clock.advance(23 * 3_600_000);
		await store.claims.claim('young', 1_000);
		expect([...live.claims.keys()]).toEqual(['old', 'young']);
		clock.advance(2 * 3_600_000);
		await store.claims.claim('new', 1_000);
		expect([...live.claims.keys()]).toEqual(['young', 'new']);
	});
});
