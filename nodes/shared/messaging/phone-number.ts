import {
	parsePhoneNumberFromString,
	type CountryCode,
	isSupportedCountry,
} from 'libphonenumber-js/min';
import { InvalidInputError } from './invalid-input-error';

const SHORT_CODE = /^\d{3,8}$/;

/**
 * A phone number as people write it, in E.164.
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
	const text = input.trim();
	if (text === '') {
		throw new InvalidInputError({
			field,
			cause: 'it is empty',
			fix: 'Enter a phone number, for example +14155550123, or connect an Incoming SMS Trigger that supplies it.',
		});
	}
	const parsed = parsePhoneNumberFromString(text, {
		...(country ? { defaultCountry: country as CountryCode } : {}),
		extract: false,
	});
	if (parsed === undefined || parsed.ext !== undefined || !parsed.isPossible()) {
		throw new InvalidInputError({
			field,
			cause: `"${text}" is not a phone number${country ? ` of ${country}` : ''}`,
			fix: country
				? 'Check the digits, or write it in international form, for example +14155550123.'
				: 'Write it in international form, for example +14155550123, or set Default Country.',
		});
	}
	return parsed.number;
}

/** A list as people write it, each in E.164. Throws InvalidInputError as `parsePhoneNumber`. */
export function parsePhoneNumbers(
	input: string,
	country: string | undefined,
	field: string,
): string[] {
	const written = input.split(/[,;\n]/).filter((number) => number.trim() !== '');
	return [...new Set(written.map((number) => parsePhoneNumber(number, country, field)))];
}

/** A short code, which has no international form. */
export function isShortCode(address: string): boolean {
	return SHORT_CODE.test(address);
}

/** "us" -> "US"; undefined when there is none. Throws InvalidInputError naming `field` for what is not a country. */
export function parseCountry(text: string, field: string): string | undefined {
	const country = text.trim().toUpperCase();
	if (country === '') return undefined;
	if (isSupportedCountry(country)) return country;
	throw new InvalidInputError({
		field,
		cause: `"${text}" is not a country code`,
		fix: 'Use the two letters of the country, for example US, GB or DE.',
	});
}
