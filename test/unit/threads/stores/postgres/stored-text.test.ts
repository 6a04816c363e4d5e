import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
	fromStoredText,
	toStoredText,
} from '../../../../../nodes/shared/threads/stores/postgres/postgres-threads';

/** Any string of JavaScript, with the troublesome characters in it more often than by chance. */
const anyText = fc
	.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\0', '\u0001', '\ud800', '0')))
	.map((parts) => parts.join(''));

describe('stored text', () => {
	it('comes back as it was', () => {
		fc.assert(
			fc.property(anyText, (text) => {
				expect(fromStoredText(toStoredText(text))).toBe(text);
			}),
		);
	});

	it('holds nothing that Postgres cannot hold', () => {
		fc.assert(
			fc.property(anyText, (text) => {
				const stored = toStoredText(text);
				expect(stored).not.toContain('\0');
				expect(Buffer.from(stored, 'utf8').toString('utf8')).toBe(stored);
			}),
		);
	});

	it('begins alike where the texts begin alike', () => {
		fc.assert(
			fc.property(fc.string(), anyText, (prefix, rest) => {
				expect(toStoredText(prefix + rest).startsWith(toStoredText(prefix))).toBe(true);
			}),
		);
	});

	it('leaves ordinary text alone', () => {
		expect(toStoredText('AC1:front-desk:+14155550123 👋 é')).toBe(
			'AC1:front-desk:+14155550123 👋 é',
		);
	});
});
