import { expect, it } from '@jest/globals';
import { Kept } from '../../../../nodes/shared/n8n/upkeep/kept';
import { FakeClock } from '../../../support/fake-clock';

it('is made once for the looks of five minutes, and anew after a failure', async () => {
	const clock = new FakeClock();
	let made = 0;
	const kept = new Kept(async () => ++made, clock);
	const use = async () => await kept.use(async (value) => value);
	expect([await use(), await use()]).toEqual([1, 1]);
	clock.setBy(-60 * 60_000);
	clock.advance(5 * 60_000);
	expect(await use()).toBe(2);
	const failed = kept.use(async () => await Promise.reject(new Error('away')));
	await expect(failed).rejects.toThrow('away');
	expect(await use()).toBe(3);
});
