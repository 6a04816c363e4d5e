import type { Secrets } from './attack-fixture';

/** Looks for secrets in a text, in each of the forms that they travel in. Resolves to what was found where. */
export function secretFinder(secrets: Secrets, accountSid: string): (text: string) => string[] {
	const forms = Object.entries(secrets).flatMap(([name, secret]) =>
		formsOf(secret, accountSid).map((form) => ({ name, form })),
	);
	return (text) => [
		...new Set(forms.filter(({ form }) => text.includes(form)).map(({ name }) => name)),
	];
}

function formsOf(secret: string, accountSid: string): string[] {
	const escaped = (text: string) => JSON.stringify(text).slice(1, -1);
	const bytes = [secret, `${accountSid}:${secret}`, `:${secret}`, `default:${secret}`];
	const forms = [
		secret,
		escaped(secret),
		escaped(escaped(secret)),
		encodeURIComponent(secret),
		encodeURI(secret),
		new URLSearchParams({ '': secret }).toString().slice(1),
		secret.replaceAll('&', '&amp;').replaceAll('"', '&quot;'),
		Buffer.from(secret).toString('hex'),
		...bytes.flatMap((text) => [
			Buffer.from(text).toString('base64'),
			Buffer.from(text).toString('base64url'),
			encodeURIComponent(Buffer.from(text).toString('base64')),
		]),
	];
	return [...new Set(forms.map((form) => form.replace(/=+$/, '')))].filter(
		(form) => form.length > 8,
	);
}
