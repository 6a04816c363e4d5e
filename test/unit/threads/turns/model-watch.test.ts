import { describe, expect, it } from '@jest/globals';
import { ModelWatch } from '../../../../nodes/shared/threads/turns/model-watch';

const NOW = Date.parse('2026-01-15T12:00:00.000Z');
const MINUTE = 60_000;

/** A turn whose model failed, to be begun again in ten minutes. */
const waiting = () => {
	const at = new Date(NOW + 10 * MINUTE).toISOString();
	const since = new Date(NOW - MINUTE).toISOString();
	const retry = { through: 'SM1', at, since, times: 1, why: 'modelFailed' as const };
	return { thread: { threadId: 'anna' }, standing: { kind: 'retry' as const, retry } };
};

/** When the turn is begun again, if the watch is asked at `now`. */
function begunAt(watch: ModelWatch, now: number): number {
	let begun = NaN;
	const at = (_thread: string, _why: 'retry', due: number) => {
		begun = due;
	};
	watch.choose(now, [waiting() as never], { at, lookBy: () => {}, forModel: 0 });
	return begun;
}

describe('the watch over turns that wait for a model', () => {
	it('lets one ask for all every half a minute, also where the clock is set back', () => {
		const watch = new ModelWatch();
		expect(begunAt(watch, NOW)).toBe(NOW);
		expect(begunAt(watch, NOW + 10_000)).toBe(NOW + 10 * MINUTE);
		expect(begunAt(watch, NOW + 30_000)).toBe(NOW + 30_000);
		const back = NOW - 60 * MINUTE;
		expect(begunAt(watch, back)).toBe(back);
	});
});
