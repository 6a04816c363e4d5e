import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { modelBreaker, type ModelBreaker } from '../../../nodes/shared/composing/model-breaker';
import { FakeClock } from '../../support/fake-clock';

const MINUTE = 60_000;
/** Between two texts of a busy line: four a second. */
const BETWEEN = 250;
/** What an outage of ten minutes may cost. */
const MOST_CALLS = 60;

let clock: FakeClock;
let breaker: ModelBreaker;
beforeEach(() => {
	clock = new FakeClock();
	breaker = modelBreaker(randomUUID(), clock);
});

function answer(afterMs = 0): boolean {
	const call = breaker.begin();
	clock.advance(afterMs);
	call?.answered();
	return call !== undefined;
}

function fail(): boolean {
	const call = breaker.begin();
	call?.failed();
	return call !== undefined;
}

const failTimes = (times: number) => Array.from({ length: times }, fail).filter(Boolean).length;

/** Calls made while texts come in for so long; each ends, failed, after `failsAfterMs`. */
function callsDuring(ms: number, failsAfterMs: number): number {
	let calls = 0;
	for (let at = 0; at < ms; at += BETWEEN) {
		const call = breaker.begin();
		if (call) {
			calls += 1;
			clock.after(failsAfterMs, () => call.failed());
		}
		clock.advance(BETWEEN);
	}
	return calls;
}

describe('a model that answers', () => {
	it('is always asked, whatever fails in between', () => {
		for (let texts = 0; texts < 100; texts++) {
			expect(answer()).toBe(true);
			expect(failTimes(4)).toBe(4);
		}
	});

	it('is asked by many at once, though each answer takes long', () => {
		expect(answer(20_000)).toBe(true);
		const out = Array.from({ length: 200 }, () => {
			clock.advance(BETWEEN);
			return breaker.begin();
		});
		expect(out).not.toContain(undefined);
	});

	it('is asked on, though some calls never come back', () => {
		answer(1_000);
		for (let texts = 0; texts < 500; texts++) {
			expect(breaker.begin()).toBeDefined();
			expect(answer(BETWEEN)).toBe(true);
		}
	});
});

describe('a model that is down', () => {
	it('is not asked after five failures in a row, but once in fifteen seconds', () => {
		expect(failTimes(20)).toBe(5);
		clock.advance(14_999);
		expect(fail()).toBe(false);
		clock.advance(1);
		expect(failTimes(20)).toBe(1);
	});

	it('is asked once in fifteen seconds also where the clock is set back', () => {
		failTimes(5);
		clock.setBy(-60 * MINUTE);
		clock.advance(15_000);
		expect(fail()).toBe(true);
	});

	it('is asked by all again as soon as one try is answered', () => {
		failTimes(20);
		clock.advance(15_000);
		expect(answer()).toBe(true);
		expect(Array.from({ length: 50 }, () => answer())).not.toContain(false);
		expect(failTimes(4)).toBe(4);
	});

	it('is not shut out anew by calls that were begun before it came back', () => {
		const old = Array.from({ length: 9 }, () => breaker.begin());
		clock.advance(1_000);
		answer();
		for (const call of old) call?.failed();
		expect(answer()).toBe(true);
	});

	it.each([
		['fails at once', 50],
		['fails after half a minute, as behind a gateway', 30_000],
		['answers nothing until the time is out', 60_000],
	])(`costs ${MOST_CALLS} calls at most in ten minutes where it %s`, (_, failsAfterMs) => {
		answer(1_500);
		const calls = callsDuring(10 * MINUTE, failsAfterMs);
		expect(calls).toBeLessThanOrEqual(MOST_CALLS);
		// And somebody looked often enough to know soon that it is back.
		expect(calls).toBeGreaterThan(10);
	});

	it('is known to hang only after a while where nobody knows how long it takes', () => {
		const calls = callsDuring(29_000, 5 * MINUTE);
		expect(calls).toBe(29_000 / BETWEEN);
	});
});

describe('what is known of a model', () => {
	it('is shared by all who ask it, and by nobody else', () => {
		const key = randomUUID();
		breaker = modelBreaker(key, clock);
		failTimes(20);
		expect(modelBreaker(key, clock).begin()).toBeUndefined();
		expect(modelBreaker(randomUUID(), clock).begin()).toBeDefined();
	});
});
