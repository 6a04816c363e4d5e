import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SegmentedMessage } from 'sms-segments-calculator';
import {
	countSegments,
	rewriteToGsm,
	shortenToSegments,
} from '../../../nodes/shared/messaging/segments';

describe('countSegments', () => {
	it.each([
		['', 0, 'GSM-7'],
		['x'.repeat(160), 1, 'GSM-7'],
		['x'.repeat(161), 2, 'GSM-7'],
		['x'.repeat(306), 2, 'GSM-7'],
		['x'.repeat(307), 3, 'GSM-7'],
		['€'.repeat(80), 1, 'GSM-7'],
		['€'.repeat(81), 2, 'GSM-7'],
		['’' + 'x'.repeat(69), 1, 'UCS-2'],
		['’' + 'x'.repeat(70), 2, 'UCS-2'],
		['👋'.repeat(35), 1, 'UCS-2'],
		['👋'.repeat(36), 2, 'UCS-2'],
	])('bills %j as %i in %s', (text, numSegments, encoding) => {
		expect(countSegments(text)).toMatchObject({ numSegments, encoding });
	});

	it("counts as Twilio's own calculator does, whatever the character", () => {
		for (let code = 1; code < 256; code++) {
			const text = `x${String.fromCharCode(code).repeat(100)}`;
			const { encodingName, segmentsCount } = new SegmentedMessage(text);
			expect(countSegments(text)).toMatchObject({
				encoding: encodingName,
				numSegments: segmentsCount,
			});
		}
	});

	it("counts as Twilio's own calculator does, whatever the length", () => {
		const lengths = Array.from({ length: 500 }, (_, index) => index + 1);
		const counts = lengths.map((length) => countSegments('x'.repeat(length)).numSegments);
		expect(counts).toEqual(
			lengths.map((length) => new SegmentedMessage('x'.repeat(length)).segmentsCount),
		);
	});

	it('names each character that forces UCS-2 once', () => {
		expect(countSegments('It’s Ana’s 👋').nonGsmCharacters).toEqual(['’', '👋']);
		expect(countSegments('plain').nonGsmCharacters).toEqual([]);
	});
});

describe('rewriteToGsm', () => {
	it('replaces typographic characters where that saves segments', () => {
		const text = `“Hello” – it’s ${'x'.repeat(80)}…`;
		expect(rewriteToGsm(text)).toBe(`"Hello" - it's ${'x'.repeat(80)}...`);
	});

	it('leaves the text alone where nothing is saved', () => {
		expect(rewriteToGsm('It’s fine')).toBe('It’s fine');
		expect(rewriteToGsm(`It’s 👋 ${'x'.repeat(60)}`)).toBe(`It’s 👋 ${'x'.repeat(60)}`);
	});
});

describe('shortenToSegments', () => {
	it('leaves a text that fits as it is', () => {
		expect(shortenToSegments('Short.', 1)).toBe('Short.');
	});

	it('ends after a sentence where one ends in the second half', () => {
		const text = `${'a'.repeat(100)}. ${'b '.repeat(100)}`;
		expect(shortenToSegments(text, 1)).toBe(`${'a'.repeat(100)}.`);
	});

	it('else ends after a word', () => {
		expect(shortenToSegments('word '.repeat(50), 1)).toMatch(/^(word )+word\.\.\.$/);
	});

	it('never splits an emoji', () => {
		expect(shortenToSegments('👩‍👩‍👧'.repeat(20), 1)).toMatch(/^(👩‍👩‍👧)+\.\.\.$/u);
	});

	it('fits the limit, whatever the text', () => {
		fc.assert(
			fc.property(
				fc.string({ unit: 'grapheme', maxLength: 900 }),
				fc.integer({ min: 1, max: 4 }),
				(text, limit) => {
					expect(
						countSegments(shortenToSegments(text, limit)).numSegments,
					).toBeLessThanOrEqual(limit);
				},
			),
		);
	});
});
