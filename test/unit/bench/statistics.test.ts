import { describe, expect, it } from '@jest/globals';
import { median, pairedRatio, quantile, spread, summary } from '../../../bench/support/statistics';

describe('the statistics of the benchmarks', () => {
	it('take the middle value, or the mean of the two in the middle', () => {
		expect(median([9, 1, 5])).toBe(5);
		expect(median([4, 1, 2, 3])).toBe(2.5);
		expect(() => median([])).toThrow('no values');
	});

	it('place a quantile between two values in proportion', () => {
		const oneToHundred = Array.from({ length: 101 }, (_, index) => index);
		expect(quantile(oneToHundred, 0.99)).toBe(99);
		expect(quantile([10, 20], 0.25)).toBe(12.5);
	});

	it('say how far rounds lie apart', () => {
		expect(summary([3, 1, 2])).toEqual({ median: 2, low: 1, high: 3 });
		expect(spread([90, 100, 110])).toBeCloseTo(0.2);
	});

	it('compare within a round, so that a slow minute of the machine counts for both', () => {
		const ours = [10, 100, 11];
		const reference = [10, 100, 10];
		expect(pairedRatio(ours, reference)).toEqual({ median: 1, low: 1, high: 1.1 });
		expect(() => pairedRatio([1], [1, 2])).toThrow('pair up');
	});
});
