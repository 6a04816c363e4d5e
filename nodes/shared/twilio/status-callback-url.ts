import { InvalidInputError } from '../messaging/invalid-input-error';

/** Where Twilio reports the delivery; undefined when there is none. Throws InvalidInputError. */
export function parseStatusCallback(text: string): string | undefined {
	const url = text.trim();
	if (url === '') return undefined;
	const problem = problemOf(url);
	if (!problem) return url;
	throw new InvalidInputError({
		field: 'Status Callback URL',
		cause: problem,
		fix: 'Enter a public address that starts with https://, for example the production URL of a Webhook node.',
	});
}

function problemOf(text: string): string | undefined {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (!url || !/^https?:$/.test(url.protocol)) return `"${text}" is not a web address`;
	if (url.hostname.includes('_')) return 'Twilio refuses host names with an underscore';
	return undefined;
}
