import { beforeEach, describe, expect, it } from '@jest/globals';
import { LockQueue } from '../../../../../nodes/shared/threads/stores/embedded/lock-queue';
import { ManualClock } from '../../../../support/manual-clock';

const PATIENCE = 10_000;

describe('LockQueue', () => {
	let clock: ManualClock;
	let queue: LockQueue;
	let locked: boolean;
	let done: string[];

	beforeEach(() => {
		clock = new ManualClock();
		queue = new LockQueue(clock, (ms, cause) => new Error(`locked for ${ms} ms`, { cause }));
		locked = false;
		done = [];
	});

	const busy = () => Object.assign(new Error('database is locked'), { errcode: 5 | (2 << 8) });
	const work = (name: string) => () => {
		if (locked) throw busy();
		done.push(name);
		return name;
	};
	/** How each has ended so far. */
	const outcomes = (...promises: Array<Promise<string>>) => {
		const ended = promises.map(() => 'open');
		promises.forEach((promise, at) => {
			promise.then(
				() => (ended[at] = 'done'),
				(error: Error) => (ended[at] = error.message),
			);
		});
		return ended;
	};

	it('runs a work at once where nothing is locked', async () => {
		const running = queue.run(work('a'), PATIENCE);
		expect(done).toEqual(['a']);
		await expect(running).resolves.toBe('a');
	});

	it('lets nothing overtake what waits, and does each once', async () => {
		locked = true;
		const first = queue.run(work('a'), PATIENCE);
		await clock.advance(500);
		locked = false;
		const second = queue.run(work('b'), PATIENCE);
		expect(done).toEqual([]);
		await clock.advance(100);
		await Promise.all([first, second]);
		expect(done).toEqual(['a', 'b']);
		await queue.run(work('c'), PATIENCE);
		expect(done).toEqual(['a', 'b', 'c']);
	});

	it('waits as long as each can, and goes on with the others', async () => {
		locked = true;
		const ended = outcomes(queue.run(work('a'), PATIENCE));
		await clock.advance(6_000);
		const later = outcomes(queue.run(work('b'), PATIENCE));
		await clock.advance(5_000);
		expect([...ended, ...later]).toEqual(['locked for 10000 ms', 'open']);
		locked = false;
		await clock.advance(100);
		expect(later).toEqual(['done']);
		expect(done).toEqual(['b']);
	});

	it('gives up in its time what waits behind a work that can wait longer, and says why', async () => {
		locked = true;
		const patient = outcomes(queue.run(work('a'), 30_000));
		const waiting = queue.run(work('b'), 4_000);
		const impatient = outcomes(waiting);
		const patientToo = outcomes(queue.run(work('c'), 30_000));
		await clock.advance(5_000);
		expect([...patient, ...impatient]).toEqual(['open', 'locked for 4000 ms']);
		await expect(waiting).rejects.toMatchObject({ cause: { errcode: expect.any(Number) } });
		locked = false;
		await clock.advance(100);
		expect([...patient, ...patientToo]).toEqual(['done', 'done']);
		expect(done).toEqual(['a', 'c']);
	});

	it('passes on what is no lock, and waits for nothing then', async () => {
		const fails = async (name: string) =>
			await queue.run((): string => {
				if (locked) throw busy();
				throw new Error(name);
			}, PATIENCE);
		await expect(fails('at once')).rejects.toThrow('at once');
		locked = true;
		const ended = outcomes(fails('later'), queue.run(work('next'), PATIENCE));
		locked = false;
		await clock.advance(100);
		expect(ended).toEqual(['later', 'done']);
	});

	it('lets the rest of n8n have its turn while it works much off', async () => {
		const doneAtPauses: number[] = [];
		const sleep = async (ms: number) => {
			doneAtPauses.push(done.length);
			await clock.sleep(ms);
		};
		queue = new LockQueue({ sleep }, () => new Error());
		locked = true;
		const works = Array.from(
			{ length: 120 },
			async (_, n) => await queue.run(work(String(n)), PATIENCE),
		);
		locked = false;
		await clock.advance(200);
		await Promise.all(works);
		expect(doneAtPauses).toEqual([0, 50, 100]);
		expect(done).toHaveLength(120);
	});
});
