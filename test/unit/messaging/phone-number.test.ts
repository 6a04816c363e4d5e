import { describe, expect, it } from '@jest/globals';
import { InvalidInputError } from '../../../nodes/shared/messaging/invalid-input-error';
import { isShortCode, parsePhoneNumber } from '../../../nodes/shared/messaging/phone-number';

describe('parsePhoneNumber', () => {
	it.each([
		['+14155550123', undefined, '+14155550123'],
		['+1 (415) 555-0123', undefined, '+14155550123'],
		['(415) 555-0123', 'US', '+14155550123'],
		['07400 123456', 'GB', '+447400123456'],
		['+49 1512 3456789', 'US', '+4915123456789'],
		[' +1 415 555 0123 ', undefined, '+14155550123'],
	])('reads %j (default country %s) as %s', (input, country, expected) => {
		expect(parsePhoneNumber(input, country, 'To')).toBe(expected);
	});

	it.each([
		['', undefined],
		['4155550123', undefined],
		['call me', 'US'],
		['+1415', undefined],
		['+14155550123 ext. 5', undefined],
		['text +14155550123 please', undefined],
		['whatsapp:+14155550123', undefined],
		['+999123456789', undefined],
		['12345', 'US'],
	])('refuses %j (default country %s), naming the field and the fix', (input, country) => {
		let error: unknown;
		try {
			parsePhoneNumber(input, country, 'To');
		} catch (thrown) {
			error = thrown;
		}
		expect(error).toBeInstanceOf(InvalidInputError);
		expect((error as InvalidInputError).message).toMatch(/^To: /);
		expect((error as InvalidInputError).fix).toContain('+14155550123');
	});
});

describe('isShortCode', () => {
	it('knows a short code from a number', () => {
		expect(isShortCode('72345')).toBe(true);
		expect(isShortCode('+14155550123')).toBe(false);
	});
});
