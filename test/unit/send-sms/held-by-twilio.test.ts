import { describe, expect, it } from '@jest/globals';
import {
	assertNoneIsDropped,
	heldByTwilio,
	type ListedText,
} from '../../../nodes/SendSms/list/held-by-twilio';
import type { SenderRate } from '../../../nodes/shared/twilio/api/sender-rate';

const SLOW = '+14155550100';
const TOLL_FREE = '+18335550100';
const SERVICE = `MG${'0'.repeat(32)}`;
const rates = new Map<string, SenderRate>([
	[SLOW, { segmentsPerSecond: 1, source: 'usual' }],
	[SERVICE, { segmentsPerSecond: 4, source: 'twilio' }],
	[TOLL_FREE, { segmentsPerSecond: 3, source: 'usual' }],
]);
const text = (segments: number, sender = SLOW, validityPeriod?: number): ListedText => ({
	sender,
	segments,
	validityPeriod,
});
const list = (count: number, ...of: Parameters<typeof text>) =>
	Array.from({ length: count }, () => text(...of));

describe('heldByTwilio', () => {
	it('holds each text until those before it of its sender, and itself, are through', () => {
		const texts = [text(2), text(2, SERVICE), text(1), text(6, SERVICE), text(0)];
		expect(heldByTwilio(texts, rates)).toEqual({ held: [2, 0.5, 3, 2, 4], last: 4 });
	});

	it('says nothing of a sender whose rate is not known', () => {
		const texts = [text(3, 'other'), text(1)];
		expect(heldByTwilio(texts, rates)).toEqual({ held: [undefined, 1], last: 1 });
	});

	it('holds what comes at our own pace only as far as that is too fast', () => {
		expect(heldByTwilio(list(3, 1), rates, 0.5)).toEqual({ held: [1, 1, 1], last: 5 });
		expect(heldByTwilio(list(3, 1), rates, 2)).toEqual({ held: [1, 1.5, 2], last: 3 });
	});
});

describe('assertNoneIsDropped', () => {
	it('takes what Twilio keeps for ten hours, and not a segment more', () => {
		expect(() => assertNoneIsDropped(list(18_000, 2), rates)).not.toThrow();
		expect(() => assertNoneIsDropped([...list(18_000, 2), text(1)], rates)).toThrow();
		expect(() => assertNoneIsDropped(list(108_000, 1, TOLL_FREE), rates)).not.toThrow();
	});

	it('names the field, the cause and the fix', () => {
		const texts = [text(5, SERVICE), ...list(20_000, 2)];
		expect(() => assertNoneIsDropped(texts, rates)).toThrow(
			expect.objectContaining({
				name: 'InvalidInputError',
				message: `From: the 40,000 segments of this list from ${SLOW} take about 11 hours at the usual 1 a second, and Twilio drops what has waited for 10 hours (errors 30001, 30036); nothing was sent`,
				fix: 'Send fewer rows per run (about 36,000 segments fit), or send from several numbers in a Messaging Service, from a toll-free number or from a short code.',
			}),
		);
	});

	it('heeds the validity period of each text', () => {
		const texts = [text(1, SERVICE, 60), ...list(300, 1, SERVICE), text(1, SERVICE, 60)];
		expect(() => assertNoneIsDropped(texts, rates)).toThrow(
			expect.objectContaining({
				message: expect.stringMatching(
					/^Validity Period: the 302 segments .* MG0+ take about 1 minute at 4 a second, .* for 1 minute /,
				),
				fix: expect.stringMatching(/about 240 segments fit\), allow a longer Validity/),
			}),
		);
	});

	it('refuses no list for a sender of unknown rate, and none that is paced', () => {
		expect(() => assertNoneIsDropped(list(40_000, 1, 'other'), rates)).not.toThrow();
		expect(() => assertNoneIsDropped(list(40_000, 1), rates, 1)).not.toThrow();
	});
});
