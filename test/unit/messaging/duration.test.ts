import { describe, expect, it } from '@jest/globals';
import { inWords } from '../../../nodes/shared/messaging/duration';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('inWords', () => {
	it.each([
		[0, '1 second'],
		[30_000, '30 seconds'],
		[MINUTE - 20, '1 minute'],
		[MINUTE, '1 minute'],
		[HOUR - 20, '1 hour'],
		[10 * MINUTE, '10 minutes'],
		[HOUR, '1 hour'],
		[14 * HOUR, '14 hours'],
		[72 * HOUR, '3 days'],
	])('says %d milliseconds as %j', (ms, words) => {
		expect(inWords(ms)).toBe(words);
	});
});
