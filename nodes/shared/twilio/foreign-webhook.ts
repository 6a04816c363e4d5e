import { InvalidInputError } from '../messaging/invalid-input-error';
import type { InboundEndpoint } from './inbound-endpoint';
import type { OwnWebhookUrl } from './own-webhook-url';

export const OVERWRITE_LABEL = "Overwrite Another App's Webhook";

/**
 * Throws InvalidInputError naming every endpoint that another app has, and the app's address.
 *
 * @param field the label of the field that says where the trigger connects itself.
 */
export function assertMayTakeOver(
	endpoints: readonly InboundEndpoint[],
	own: OwnWebhookUrl,
	field: string,
): void {
	const taken = endpoints.flatMap((endpoint) => {
		const holder = foreignHolder(endpoint, own);
		const what = endpoint.kind === 'voice' ? 'calls' : 'texts';
		return holder === undefined ? [] : [`${endpoint.label} sends its ${what} to ${holder}`];
	});
	if (taken.length === 0) return;
	throw new InvalidInputError({
		field,
		cause: `another app is connected already: ${taken.join('; ')}`,
		fix: `If that is another workflow, unpublish that one first. To take over, add the option "${OVERWRITE_LABEL}" and switch it on: what is there now comes back when this workflow is unpublished.`,
	});
}

/** Who gets the texts or calls now, where it is neither nobody nor this trigger. */
export function foreignHolder(
	{ settings }: InboundEndpoint,
	own: OwnWebhookUrl,
): string | undefined {
	if (settings.applicationSid !== '') return `the TwiML App ${settings.applicationSid}`;
	if (!isSet(settings.url) || own.owns(settings.url)) return undefined;
	return withoutQuery(settings.url);
}

/** A number fresh from Twilio's shop points to a demo, which is as good as nothing. */
export function isSet(url: string): boolean {
	return url !== '' && !(URL.canParse(url) && new URL(url).hostname === 'demo.twilio.com');
}

/** Host and path; a query may hold a secret. */
export function withoutQuery(url: string): string {
	if (!URL.canParse(url)) return 'an address that is not valid';
	const { host, pathname } = new URL(url);
	return `${host}${pathname === '/' ? '' : pathname}`;
}
