import {
	parsePhoneNumberFromString,
	type CountryCode,
	getCountries,
	isSupportedCountry,
} from 'libphonenumber-js/min';
import { InvalidInputError } from './invalid-input-error';
import { MESSAGING_SERVICE_SID } from './sid-shapes';
import { assertBounded, quoted } from './text-bounds';

/** Twilio's have 3 to 6 digits. Longer ones without a country code are numbers that lack it. */
const SHORT_CODE = /^[1-9]\d{2,5}$/;

/** Characters; what is longer is no number, however it was pasted. */
const LONGEST_NUMBER = 1_000;

/**
 * A phone number as people write and paste it, in E.164.
 *
 * @param country ISO 3166 code ("US") used for a number without a country code.
 * @param field the label the builder sees, for the error.
 * Throws InvalidInputError for anything that is not a possible phone number.
 */
export function parsePhoneNumber(
	input: string,
	country: string | undefined,
	field: string,
): string {
	assertBounded(input, field, LONGEST_NUMBER);
	const text = withoutPasteMarks(input);
	if (text === '') {
		throw new InvalidInputError({
			field,
			cause: 'it is empty',
			fix: 'Enter a phone number, for example +14155550123, or connect an Incoming SMS Trigger that supplies it.',
		});
	}
	const number = phoneNumberIn(text, country);
	if (number !== undefined) return number;
	throw new InvalidInputError({
		field,
		cause: `${quoted(text)} is not a phone number${country ? ` of ${country}` : ''}`,
		fix: country
			? 'Check the digits, or write it in international form, for example +14155550123.'
			: 'Write it in international form, for example +14155550123, or set Default Country.',
	});
}

function phoneNumberIn(text: string, country: string | undefined): string | undefined {
	const parsed = parsePhoneNumberFromString(text, {
		...(country ? { defaultCountry: country as CountryCode } : {}),
		extract: false,
	});
	if (parsed === undefined || parsed.ext !== undefined) return undefined;
	const { countryCallingCode, nationalNumber } = parsed;
	// What was dialled in Mexico before a mobile number, until 2019; it is not part of the number.
	const mexican =
		countryCallingCode === '52' && /^(?:0?1|04[45])(\d{10})$/.exec(nationalNumber)?.[1];
	if (mexican) return `+52${mexican}`;
	// Some countries have short numbers, and all have codes as short as that, which are none.
	const isNumber = SHORT_CODE.test(text) ? parsed.isValid() : parsed.isPossible();
	return isNumber ? parsed.number : undefined;
}

/**
 * What text editors, spreadsheets, contact cards and web pages put around a number or between its
 * digits: marks nobody sees, blanks and dashes of any kind, quotes, the scheme of a link.
 */
function withoutPasteMarks(text: string): string {
	return text
		.normalize('NFKC')
		.replace(/[\p{Cf}\p{Cc}\p{DI}\u2800\s]+/gu, (marks) =>
			/[\s\u2800]/.test(marks) ? ' ' : '',
		)
		.replace(/[\p{Pd}\u02D7\u2043\u2212\u2500]/gu, '-')
		.replace(/[·•]/g, '.')
		.replace(/^[\s'’‘`´"“”„«»<>[\]=]+/, '')
		.replace(/(?<![\s'’‘`´"“”«»<>[\],;/.])[\s'’‘`´"“”«»<>[\],;/.]+$/, '')
		.replace(/^(?:tel|sms|smsto|callto|p):(?:\/\/)?/i, '')
		.replace(/[?&].*/s, '')
		.replace(/^\(\+(\d+)\)/, '+$1')
		.trim();
}

/**
 * One of our own addresses: a number in E.164, a short code or a Messaging Service SID, each as
 * people write and paste it. Country and errors as of `parsePhoneNumber`.
 */
export function parseSender(input: string, country: string | undefined, field: string): string {
	assertBounded(input, field, LONGEST_NUMBER);
	return readSender(input, country) ?? parsePhoneNumber(input, country, field);
}

/**
 * Several, one after the other. Throws InvalidInputError for a number without a country code too:
 * taken for a short code, it would never match, and another agent would get its texts.
 */
export function parseSenders(input: string, country: string | undefined, field: string): string[] {
	return listed(input, field).map((text) => {
		const sender = readSender(text, country);
		if (sender !== undefined) return sender;
		throw new InvalidInputError({
			field,
			cause: `${quoted(withoutPasteMarks(text))} is neither a phone number in international form nor a short code (3 to 6 digits) nor a Messaging Service SID`,
			fix: 'Write each number with its country code, for example +14155550123, and separate several with commas.',
		});
	});
}

function readSender(input: string, country: string | undefined): string | undefined {
	const text = withoutPasteMarks(input);
	const compact = text.replace(/[\s().-]/g, '');
	if (MESSAGING_SERVICE_SID.test(compact) || isShortCode(compact)) return compact;
	return phoneNumberIn(text, country);
}

/** A list as people write it, each in E.164. Throws InvalidInputError as `parsePhoneNumber`. */
export function parsePhoneNumbers(
	input: string,
	country: string | undefined,
	field: string,
): string[] {
	const numbers = listed(input, field).map((number) => parsePhoneNumber(number, country, field));
	return [...new Set(numbers)];
}

/** What commas or line breaks separate, or in a row of a spreadsheet a + after a blank. */
function listed(input: string, field: string): string[] {
	assertBounded(input, field);
	const written = input.split(/[,;\r\n\u2028\u2029，、；،؛]|\s(?=\+)/);
	return written.filter((entry) => withoutPasteMarks(entry) !== '');
}

/**
 * Whether texts can go to this address. A name ("SUPPORT", "Post Office") and a short code can
 * write, but no Twilio number can answer them.
 */
export function canBeTexted(address: string): boolean {
	return address.startsWith('+');
}

/** A short code, which has no international form. */
export function isShortCode(address: string): boolean {
	return SHORT_CODE.test(address);
}

/**
 * The country of a number in E.164, as its ISO 3166 code: for one that no country is known to have
 * given out, the main one of its calling code; undefined for none at all, such as a satellite's.
 */
export function countryOf(number: string): string | undefined {
	const parsed = parsePhoneNumberFromString(number);
	return parsed?.country ?? parsed?.getPossibleCountries()[0];
}

/** All countries that have phone numbers: code and English name. */
export function countryNames(): Array<[code: string, name: string]> {
	const names = new Intl.DisplayNames('en', { type: 'region' });
	return getCountries().map((code) => [code, names.of(code) ?? code]);
}

/** "us" -> "US"; undefined when there is none. Throws InvalidInputError naming `field` for what is not a country. */
export function parseCountry(text: string, field: string): string | undefined {
	const country = text.trim().toUpperCase();
	if (country === '') return undefined;
	if (isSupportedCountry(country)) return country;
	throw new InvalidInputError({
		field,
		cause: `${quoted(text)} is not a country code`,
		fix: 'Use the two letters of the country, for example US, GB or DE.',
	});
}
