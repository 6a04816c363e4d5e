import { describe, expect, it } from '@jest/globals';
import { InvalidInputError } from '../../../nodes/shared/messaging/invalid-input-error';
import {
	canBeTexted,
	isShortCode,
	parsePhoneNumber,
	parsePhoneNumbers,
	parseSender,
	parseSenders,
} from '../../../nodes/shared/messaging/phone-number';
import numbers from '../../fixtures/words/numbers.json';

describe('parsePhoneNumber', () => {
	it.each([
		['+14155550123', undefined, '+14155550123'],
		['+1 (415) 555-0123', undefined, '+14155550123'],
		['(415) 555-0123', 'US', '+14155550123'],
		['07400 123456', 'GB', '+447400123456'],
		['+49 1512 3456789', 'US', '+4915123456789'],
		[' +1 415 555 0123 ', undefined, '+14155550123'],
		['\u202A+1 415 555 0123\u202C', undefined, '+14155550123'],
		['\u2066+1\u00A0415\u2009555\u20030123\u2069\u200E', undefined, '+14155550123'],
		['\uFEFF(+1)\t415.555.0123\u200B', undefined, '+14155550123'],
		['+33\u202F6\u202F12\u202F34\u202F56\u202F78', undefined, '+33612345678'],
		['tel:+1-415-555-0123', undefined, '+14155550123'],
		['TEL://+14155550123', undefined, '+14155550123'],
		['sms:+14155550123?body=Hello', undefined, '+14155550123'],
		["'+14155550123", undefined, '+14155550123'],
		['“+14155550123”', undefined, '+14155550123'],
		['+1\u2011415\u2013555\u22120123', undefined, '+14155550123'],
		['＋１\u3000（４１５）５５５－０１２３', undefined, '+14155550123'],
		['+52 1 55 1234 5678', undefined, '+525512345678'],
		['1 55 1234 5678', 'MX', '+525512345678'],
		['044 55 1234 5678', 'MX', '+525512345678'],
		['p:+14155550123', undefined, '+14155550123'],
		['<+1·415·555·0123>,', undefined, '+14155550123'],
		['+1\t415\t555\t0123', undefined, '+14155550123'],
		['40000000', 'NO', '+4740000000'],
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
		['12345', 'NO'],
		["'", undefined],
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

describe('parsePhoneNumbers', () => {
	it('takes lists as people paste them apart', () => {
		const [one, two, three] = ['+14155550121', '+14155550122', '+14155550123'];
		for (const text of [
			`${one}, ${two}; ${three}`,
			`${one}\t${two}\t${three}`,
			`${one}\r\n${two}\r\n\r\n${three}`,
			`${one} ${two} ${three}`,
			`+1 415 555 0121 +1 415 555 0122\u2028tel:${three}`,
			`${one}，${two}、${three}`,
		]) {
			expect(parsePhoneNumbers(text, undefined, 'To')).toEqual([one, two, three]);
		}
	});
});

describe('parseSender', () => {
	it.each([
		['72345', undefined, '72345'],
		['72 345', 'US', '72345'],
		['MG' + 'a'.repeat(32), undefined, 'MG' + 'a'.repeat(32)],
		['\u202AMG' + 'a'.repeat(32), undefined, 'MG' + 'a'.repeat(32)],
		['40000000', 'NO', '+4740000000'],
		['+1\u2011415\u2011555\u20110123', undefined, '+14155550123'],
	])('reads %j (default country %s) as %s', (input, country, expected) => {
		expect(parseSender(input, country, 'From')).toBe(expected);
	});

	it.each(['91230001', '5550123', '415 555-0100', '012345', '12', 'MG123', '+1415', '١٢٣٤٥'])(
		'takes %s for no short code, and asks for the country',
		(input) => {
			let error: unknown;
			try {
				parseSenders(input, undefined, 'Numbers');
			} catch (thrown) {
				error = thrown;
			}
			expect(error).toBeInstanceOf(InvalidInputError);
			const { message, fix } = error as InvalidInputError;
			expect(message).toContain(`Numbers: "${input}" is neither a phone number`);
			expect(message).toContain('nor a short code');
			expect(fix).toContain('with its country code');
		},
	);
});

describe('the numbers that were refused or misread once', () => {
	it.each(numbers.filter(({ right }) => right.startsWith('+')))(
		'$field: $in is $right',
		({ field, in: given, right, country }) => {
			const read = field === 'To' ? parsePhoneNumber : parseSender;
			expect(read(given, country, field)).toBe(right);
		},
	);

	it.each(numbers.filter(({ right }) => right.startsWith('refused')))(
		'$field: $in is refused',
		({ in: given, field }) => {
			expect(() => parseSenders(given, undefined, field)).toThrow(
				/neither .* nor a short code/,
			);
		},
	);
});

describe('canBeTexted', () => {
	it.each([
		['+14155550123', true],
		['68849', false],
		['SUPPORT', false],
		['Post Office', false],
	])('%s: %j', (address, expected) => {
		expect(canBeTexted(address)).toBe(expected);
	});
});

describe('isShortCode', () => {
	it('knows a short code from a number', () => {
		expect(isShortCode('72345')).toBe(true);
		expect(isShortCode('+14155550123')).toBe(false);
	});
});
