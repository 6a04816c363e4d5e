import { InvalidInputError } from '../messaging/invalid-input-error';

const MEDIA_URLS = 'Media URLs';
const MAX_MEDIA = 10;

/** Addresses of files for Twilio to fetch, as typed: one per line or separated by commas. */
export function parseMediaUrls(input: string | readonly string[]): string[] {
	const written = typeof input === 'string' ? input.split(/[\s,]+(?=https?:)|\s+/) : input;
	const urls = written.map((url) => url.trim().replace(/,$/, '')).filter(Boolean);
	for (const url of urls) {
		if (/^https?:\/\//.test(url) && URL.canParse(url)) continue;
		throw new InvalidInputError({
			field: MEDIA_URLS,
			cause: `"${url}" is not a web address`,
			fix: 'Enter the public address of each file, starting with https://. Twilio fetches it from there.',
		});
	}
	if (urls.length > MAX_MEDIA) {
		throw new InvalidInputError({
			field: MEDIA_URLS,
			cause: `there are ${urls.length}; a text can have ${MAX_MEDIA} at most`,
			fix: 'Send them in several texts.',
		});
	}
	return urls;
}
