import { describe, expect, it } from '@jest/globals';
import { hasWords } from '../../../nodes/shared/messaging/message';

describe('hasWords', () => {
	it.each(['', ' \n', '\u200B', '\uFE0F', '\u3164', '\u2800', '\u034F', '\uFFFC'])(
		'sees nothing to read in %j',
		(body) => {
			expect(hasWords(body)).toBe(false);
		},
	);

	it.each(['.', '?', '👍', '❤️', '好'])('sees something in %j', (body) => {
		expect(hasWords(body)).toBe(true);
	});
});
