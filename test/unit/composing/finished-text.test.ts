import { describe, expect, it } from '@jest/globals';
import texts from '../../fixtures/words/texts.json';
import { finishText, type TextRules } from '../../../nodes/shared/composing/finished-text';

const rules: TextRules = { maxSegments: 2, whenLonger: 'send', rewriteToGsm: true };
const textOf = (words: string, change: Partial<TextRules> = {}) => {
	const finished = finishText(words, { ...rules, ...change });
	return finished.kind === 'ready' ? finished.text : finished;
};

describe('finishText', () => {
	it.each([
		['**Hello** there', 'Hello there'],
		['# Offer\nHalf price', 'Offer\nHalf price'],
		['See [our site](https://example.com/a_b)', 'See our site: https://example.com/a_b'],
		['[https://example.com](https://example.com)', 'https://example.com'],
		['[2026-01-15 09:30] [operator] Hello', 'Hello'],
		['2 * 3 * 4 is 24, a_b_c', '2 * 3 * 4 is 24, a_b_c'],
		['__init__ and **', 'init and **'],
	])('makes %j fit for a phone', (words, text) => {
		expect(textOf(words)).toBe(text);
	});

	it.each([
		['Pay here: https://pay.example.com/i/a__b__c', undefined],
		['Dial **61*+14155550111**20# to forward', undefined],
		['*#06#, ##002# and **21*5550123# or **62*5550123**30#', undefined],
		['HTTPS://example.com/__a__/**b** and example.com/__x__/y', undefined],
		['some__snake__case and 2**3**4', undefined],
		['__desk__@example.com', undefined],
		['**Pay:** https://example.com/a__b **now**', 'Pay: https://example.com/a__b now'],
		['**https://example.com/a__b__c**', 'https://example.com/a__b__c'],
		['**Dial *72# first**', 'Dial *72# first'],
		['It costs **50** or (**60**), **$70**.', 'It costs 50 or (60), $70.'],
		['价格**一百**元', '价格一百元'],
		['**a** and **b**, __c__ and __d__', 'a and b, c and d'],
		['![Map](https://example.com/m__1__.png)', 'Map: https://example.com/m__1__.png'],
		[
			'[Call](tel:+14155550123), <https://example.com/__a__>',
			'Call: +14155550123, https://example.com/__a__',
		],
		['[Wiki](https://example.com/a_(b)__c__)', 'Wiki: https://example.com/a_(b)__c__'],
		['[Pay](HTTPS://example.com/__a__ "Pay now")', 'Pay: HTTPS://example.com/__a__'],
	])(
		'takes markdown away at the borders of words, and spoils no link or code: %j',
		(words, text) => {
			expect(textOf(words)).toBe(text ?? words);
		},
	);

	it('puts decomposed letters together before it counts and rewrites', () => {
		const words = 'Sen\u0303or Mun\u0303oz, su cita es man\u0303ana';
		for (const rewriteToGsm of [true, false]) {
			expect(finishText(words, { ...rules, rewriteToGsm })).toMatchObject({
				text: 'Señor Muñoz, su cita es mañana',
				encoding: 'GSM-7',
				numSegments: 1,
			});
		}
	});

	it('leaves what a person wrote as it is, but for its letters', () => {
		expect(finishText('**Sale** __now__ man\u0303ana', rules, 'operator')).toMatchObject({
			text: '**Sale** __now__ mañana',
		});
	});

	it('gives a person what cannot be shortened without spoiling it', () => {
		const words = `Book here: https://example.com/${'a'.repeat(160)}`;
		expect(textOf(words, { maxSegments: 1, whenLonger: 'shorten' })).toMatchObject({
			code: 'tooLong',
			reason: expect.stringContaining('cannot be shortened') as unknown as string,
		});
	});

	it('shortens a text of a script that needs UCS-2 without touching its punctuation', () => {
		const words = `你好。${'好'.repeat(60)}再见！${'好'.repeat(60)}`;
		expect(textOf(words, { maxSegments: 1, whenLonger: 'shorten' })).toBe(words.slice(0, 66));
	});

	it('replaces typographic characters only where that saves segments', () => {
		const long = `“${'a'.repeat(100)}”`;
		expect(textOf(long)).toBe(`"${'a'.repeat(100)}"`);
		expect(textOf('It’s fine')).toBe('It’s fine');
		expect(textOf(long, { rewriteToGsm: false })).toBe(long);
	});

	it('does with a reply that is too long what the builder chose', () => {
		const words = `${'One sentence. '.repeat(30)}`.trim();
		expect(textOf(words)).toBe(words);
		expect(textOf(words, { whenLonger: 'needsHuman' })).toMatchObject({ code: 'tooLong' });
		const shortened = finishText(words, { ...rules, whenLonger: 'shorten' });
		expect(shortened).toMatchObject({ kind: 'ready', numSegments: 2 });
	});

	it('gives a person what Twilio would not take', () => {
		expect(textOf('Long. '.repeat(300))).toMatchObject({ kind: 'unusable', code: 'tooLong' });
	});

	it('gives a person what holds only marks', () => {
		expect(textOf('[operator]')).toMatchObject({ kind: 'unusable', code: 'modelFailed' });
	});

	it('counts segments of the finished text', () => {
		expect(finishText('Hi 👋', rules)).toMatchObject({ encoding: 'UCS-2', numSegments: 1 });
	});
});

describe('the replies that were spoiled once', () => {
	it.each(texts.filter(({ kind }) => kind === 'links').map(({ in: { reply = '' } }) => reply))(
		'goes out as written: %s',
		(reply) => {
			expect(textOf(reply)).toBe(reply);
		},
	);

	it.each(texts.filter(({ kind }) => kind === 'shorten').map(({ in: given }) => given))(
		'are whole, shorter by whole words, or for a person: %j',
		({ reply = '', maxSegments = 1 }) => {
			const price = `${'x '.repeat(80)}`.slice(0, 155 - 13);
			const words = reply.replace('155 characters, then:', price);
			const text = textOf(words, { maxSegments, whenLonger: 'shorten' });
			if (typeof text !== 'string') return;
			expect(text).not.toMatch(/\$[\d.]*$/);
			const links = words.match(/https:\S+/g) ?? [];
			expect(links).toEqual(expect.arrayContaining(text.match(/https:\S+/g) ?? []));
		},
	);
});
