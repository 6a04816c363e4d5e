import type { INode } from 'n8n-workflow';
import { InvalidInputError } from '../../messaging/invalid-input-error';
import { PUBLIC_BASE_URL } from '../registration/connection-fields';
import { WEBHOOK_PATH } from './webhook-path';
import {
	isPrivateUrl,
	ownWebhookUrl,
	type OwnWebhookUrl,
} from '../../twilio/registration/own-webhook-url';

/**
 * The URL as Twilio knows it: n8n's, or the same path on another base, for n8n behind something
 * that n8n does not know of. Throws InvalidInputError where the base is no web address.
 */
export function publicWebhookUrl(n8nUrl: string, publicBaseUrl: string): string {
	const base = publicBaseUrl
		.trim()
		.replace(/(?<!\/)\/+$/, '')
		.replace(/^https?:/i, (scheme) => scheme.toLowerCase());
	if (base === '') return n8nUrl;
	const parsed = URL.canParse(base) ? new URL(base) : undefined;
	const usable = parsed && /^https?:$/.test(parsed.protocol) && !parsed.search && !parsed.hash;
	if (!usable) {
		throw new InvalidInputError({
			field: PUBLIC_BASE_URL,
			cause: `"${publicBaseUrl}" is not a base address`,
			fix: 'Enter the scheme and host under which Twilio reaches n8n, for example https://sms.example.com, or remove the option.',
		});
	}
	return `${base}${new URL(n8nUrl).pathname}`;
}

interface AddressSettings {
	/** Empty: n8n's own. */
	publicBaseUrl: string;
	/** Twilio's connection overrides, as the fragment; empty for none. */
	overrides: string;
	/** Called where n8n does not answer a call; empty for nothing. */
	callFallbackUrl: string;
}

/**
 * The trigger's own URL. Throws InvalidInputError where the node has no URL that could work.
 *
 * @param urlsHere all that n8n has for it.
 */
export function webhookAt(
	node: INode,
	n8nUrl: string | undefined,
	urlsHere: readonly string[],
	{ publicBaseUrl, overrides, callFallbackUrl }: AddressSettings,
): OwnWebhookUrl {
	if (n8nUrl === undefined || !node.webhookId) {
		throw new InvalidInputError({
			field: 'Webhook',
			cause: 'this node has no webhook ID, so its address would not work',
			fix: 'That happens to workflows imported from the command line. Open the workflow, delete this node, add it again and save.',
		});
	}
	return ownWebhookUrl(
		{ url: publicWebhookUrl(n8nUrl, publicBaseUrl) + overrides, callFallbackUrl },
		urlsHere.map((url) => publicWebhookUrl(url, publicBaseUrl)),
		`${node.webhookId}/${WEBHOOK_PATH}`,
	);
}

/**
 * Throws InvalidInputError for a URL that Twilio cannot reach, unless "Twilio" is on a private
 * network too.
 */
export function assertReachable(url: string, apiBaseUrl: string): void {
	if (!isPrivateUrl(url) || isPrivateUrl(apiBaseUrl)) return;
	throw new InvalidInputError({
		field: 'Webhook',
		cause: `Twilio cannot reach this n8n at ${new URL(url).origin}, which is an address inside your own network`,
		fix: "Give n8n a public address: set its environment variable N8N_WEBHOOK_URL (WEBHOOK_URL in older versions) to it, https:// included, and restart n8n. On your own computer, a tunnel gives you one. If the address is known under another name outside, enter that as this node's option Public Base URL.",
	});
}
