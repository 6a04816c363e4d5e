import { isSupportedCountry } from 'libphonenumber-js/min';
import { InvalidInputError } from './invalid-input-error';

/** "us" -> "US"; undefined when there is none. Throws InvalidInputError for what is not a country. */
export function parseCountry(text: string): string | undefined {
	const country = text.trim().toUpperCase();
	if (country === '') return undefined;
	if (isSupportedCountry(country)) return country;
	throw new InvalidInputError({
		field: 'Default Country',
		cause: `"${text}" is not a country code`,
		fix: 'Use the two letters of the country, for example US, GB or DE.',
	});
}
