import { describe, expect, it } from '@jest/globals';
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
