import { describe, expect, it } from '@jest/globals';
import { segmentWarnings } from '../../../nodes/shared/messaging/segments';

describe('segmentWarnings', () => {
	it.each(['', 'Hello', 'Hello 🙂', 'x'.repeat(459)])('has nothing to say about %j', (text) => {
		expect(segmentWarnings(text)).toEqual([]);
	});

	it('names the characters that cost more, each once', () => {
		expect(segmentWarnings(`${'x'.repeat(80)} “a” “b” 👩‍👩‍👧`)).toEqual([
			'These characters make the text cost 2 segments instead of 1: “ ” 👩‍👩‍👧',
		]);
	});

	it('names ten of many', () => {
		const [warning] = segmentWarnings('日本語のとても長い文章をここに書きます'.repeat(5));
		expect(warning).toMatch(/: (\S ){10}and others$/u);
	});

	it('mentions a text of many segments', () => {
		expect(segmentWarnings('x'.repeat(460))).toEqual(['The text is billed as 4 segments']);
	});
});
