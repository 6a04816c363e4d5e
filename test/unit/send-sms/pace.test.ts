import { describe, expect, it } from '@jest/globals';
import { systemClock } from '../../../nodes/shared/n8n/host/system-clock';
import { pacer } from '../../../nodes/SendSms/list/pace';
import { ManualClock } from '../../support/manual-clock';

/** Asks for a turn of each sender at once, and notes who was let through and after how many seconds. */
function asking(perSecond: number, senders: string[]) {
	const clock = new ManualClock();
	const begun = clock.elapsed();
	const pace = pacer(clock, perSecond);
	const went: Array<[number, number]> = [];
	const ask = (sender: string, which: number) =>
		void pace.turn(sender).then(() => went.push([which, (clock.elapsed() - begun) / 1_000]));
	senders.forEach(ask);
	return { clock, went, ask };
}

describe('pacer', () => {
	it('spaces the texts of a sender evenly, in the order of asking, fractions included', async () => {
		const quick = asking(4, ['a', 'a', 'a']);
		await quick.clock.advance(10_000);
		expect(quick.went).toEqual([
			[0, 0],
			[1, 0.25],
			[2, 0.5],
		]);
		const slow = asking(0.5, ['a', 'a']);
		await slow.clock.advance(1_999);
		expect(slow.went).toEqual([[0, 0]]);
		await slow.clock.advance(1);
		expect(slow.went[1]).toEqual([1, 2]);
	});

	it('lets no sender wait for another', async () => {
		const { clock, went } = asking(1, ['a', 'b', 'a']);
		await clock.advance(0);
		expect(went.map(([which]) => which)).toEqual([0, 1]);
	});

	it('makes up for nothing after a rest', async () => {
		const { clock, went, ask } = asking(1, ['a']);
		await clock.advance(60_000);
		ask('a', 1);
		ask('a', 2);
		await clock.advance(5_000);
		expect(went.slice(1)).toEqual([
			[1, 60],
			[2, 61],
		]);
	});

	it('ends with the signal, waiting or not', async () => {
		const pace = pacer(systemClock, 0.01);
		const stop = new AbortController();
		await pace.turn('a', stop.signal);
		const waiting = pace.turn('a', stop.signal);
		stop.abort();
		await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
		await expect(pace.turn('b', stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
	});
});
