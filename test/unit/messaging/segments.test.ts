import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SegmentedMessage } from 'sms-segments-calculator';
import { countSegments, rewriteToGsm } from '../../../nodes/shared/messaging/segments';
import { shortenToSegments } from '../../../nodes/shared/messaging/rewriting/shorten';

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

	it.each([
		['a blank of any kind', 'Total:\u00a050\u202fEUR\tby\u3000card', 'Total: 50 EUR by card'],
		['several blanks of different kinds', 'Total: \u00a0\u2009 50', 'Total: 50'],
		['line breaks of rare kinds', 'One\u2028Two\u2029Three\r\nFour', 'One\nTwo\nThree\r\nFour'],
	])('makes one blank of %s, and keeps lines apart', (_what, text, expected) => {
		expect(rewriteToGsm(text)).toBe(expected);
	});

	it.each([
		['a letter with a mark that has no letter of its own', `m\u0303 ${'x'.repeat(100)} …`],
		['U+200C where Persian needs it', `می\u200cخواهم ${'ب'.repeat(66)} “…”`],
		['punctuation of a script that stays UCS-2', `你好。${'好'.repeat(70)}，再见！\u200b`],
		['a link', `https://example.com/a–b’c ${'x'.repeat(100)}`],
	])('leaves %s alone', (_what, text) => {
		expect(rewriteToGsm(text)).toBe(text);
	});

	it('drops U+200C between Latin letters, where no script needs it', () => {
		expect(rewriteToGsm(`Auf\u200clage ${'x'.repeat(80)}`)).toBe(`Auflage ${'x'.repeat(80)}`);
	});

	it('replaces hyphens and drops invisible marks that Smart Encoding leaves', () => {
		const text = `Wi\u2011Fi 9\u201210 \u22125 so\u00ADft \u200E\u2068x\u2069 ${'x'.repeat(80)}`;
		expect(rewriteToGsm(text)).toBe(`Wi-Fi 9-10 -5 soft x ${'x'.repeat(80)}`);
	});

	it('does not make eleven halves of one and a half', () => {
		expect(rewriteToGsm(`1½ hours ${'x'.repeat(80)}`)).toBe(`1 1/2 hours ${'x'.repeat(80)}`);
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

	it.each(['है।', 'كيف؟', '۔شکریہ۔'])(
		'knows the end of a sentence in other scripts: %s',
		(end) => {
			const text = `${'क '.repeat(20)}${end} ${'ख '.repeat(60)}`;
			expect(shortenToSegments(text, 1)).toBe(`${'क '.repeat(20)}${end}`);
		},
	);

	it('else ends after a word', () => {
		expect(shortenToSegments('word '.repeat(50), 1)).toMatch(/^(word )+word\.\.\.$/);
		expect(shortenToSegments('مرحبا، '.repeat(20), 1)).toMatch(/مرحبا\.\.\.$/);
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
					const shortened = shortenToSegments(text, limit);
					if (shortened === undefined) return;
					expect(countSegments(shortened).numSegments).toBeLessThanOrEqual(limit);
				},
			),
		);
	});

	it.each([
		'$1249.50',
		'1 249,50 €',
		'€ 1249',
		'1249 USD',
		'USD 1,249.50',
		'Rs. 1,249.50',
		'No. 5',
		'+1 (415) 555-0123',
		'12:30 pm',
		'AB12-CD34',
		'https://example.com/a?b=1&c=2#d',
		'example.com/offers/12',
		'desk@example.com',
		'**61*+14155550111**20#',
		'2026-01-15',
		'３０００円',
	])('sends %s whole or not at all, wherever the limit falls', (whole) => {
		const pieces = Array.from(whole, (_, index) => whole.slice(0, index + 1)).slice(0, -1);
		for (let before = 100; before < 160; before++) {
			const words = 'it comes to '.repeat(20).slice(-before);
			const shortened = shortenToSegments(
				`${words} ${whole} and more `.padEnd(400, 'word '),
				1,
			);
			const rest = (shortened ?? '')
				.replace(/\.\.\.$/, '')
				.slice(words.length)
				.trim();
			if (shortened === undefined || rest.includes(whole)) continue;
			expect(pieces).not.toContain(rest);
			expect(pieces).not.toContain(rest.replace(/\.$/, ''));
		}
	});

	it('does not end at the dot of an ordinal or a list', () => {
		const text = `Open the app ${'and wait '.repeat(14)}1. Tap Book. 2. ${'Choose a day '.repeat(9)}`;
		expect(shortenToSegments(text, 1)).not.toMatch(/[12]\.$/);
	});

	it.each([
		['Dr. Lee', /Dr\.?$/],
		['12 Main St. Springfield', /St\.$/],
		['e.g. this', /e\.g\.$/],
		['1,5 Mio. €', /Mio\.$/],
		['Dec. 31', /\.{4}$/],
		['50 EUR inkl. MwSt.', /inkl\.$/],
	])('does not end as if a sentence did in %j', (phrase, spoiled) => {
		for (let before = 130; before < 160; before++) {
			const words = 'it comes to '.repeat(20).slice(-before);
			const text = `${words} ${phrase} ${'and more '.repeat(30)}`;
			expect(shortenToSegments(text, 1)).not.toMatch(spoiled);
		}
	});

	it('cuts a text without blanks between its characters, but in no number', () => {
		const text = `${'好'.repeat(60)}价格是1249.50元${'好'.repeat(60)}`;
		expect(shortenToSegments(text, 1)).toMatch(/^好+价格是\.\.\.$/);
	});

	it('gives up where most of what fits would be left out with a link', () => {
		const link = `https://example.com/${'a'.repeat(160)}`;
		expect(shortenToSegments(`Book here: ${link}`, 1)).toBeUndefined();
	});
});
