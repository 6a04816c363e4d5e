import { InvalidInputError } from './invalid-input-error';
import { withoutSecrets } from './reason-of';
import { quoted } from './text-bounds';

/**
 * A web address as typed, without blanks around it. Throws InvalidInputError where it is none; an address
 * may hold a key, and somebody may have typed one in its place, so the error shows no secret.
 *
 * @param fix what to do instead, as a sentence.
 */
export function webAddressOf(text: string, field: string, fix: string): string {
	const url = text.trim();
	if (/^https?:\/\//i.test(url) && URL.canParse(url)) return url;
	const shown = url.includes('.') && !holdsKey(url) ? quoted(withoutSecrets(url)) : 'it';
	const cause = url === '' ? 'it is empty' : `${shown} is not a web address`;
	throw new InvalidInputError({ field, cause, fix });
}

/** Most keys have no dot, but some do, between parts that are as long as this. */
function holdsKey(text: string): boolean {
	return (text.match(/\w{16,}/g) ?? []).some((part) => /\d/.test(part));
}
