import type { HttpMethod, InboundEndpoint, InboundSettings } from '../api/inbound-endpoint';
import { isSet } from './inbound-targets';
import type { OwnWebhookUrl } from './own-webhook-url';
import type { Purpose } from './registration';

export const NOTHING_SET: InboundSettings = {
	url: '',
	method: 'POST',
	fallbackUrl: '',
	fallbackMethod: 'POST',
	applicationSid: '',
};

/**
 * What would be set at Twilio if this registration had never been.
 *
 * @param remembered what an earlier registration of the same purpose found.
 */
export function displacedSettings(
	current: InboundSettings,
	webhook: OwnWebhookUrl,
	purpose: Purpose,
	remembered: InboundSettings | undefined,
): InboundSettings {
	const builderFallback = fallbackOfOthers(current, webhook, purpose, remembered);
	const productionUnderTest = purpose === 'test' && !webhook.isCurrent(current.url);
	if (!webhook.isOurs(current.url) || productionUnderTest) {
		return { ...current, fallbackUrl: builderFallback };
	}
	if (remembered !== undefined) return { ...remembered };
	if (purpose === 'production' && webhook.isCurrent(current.url)) {
		return { ...NOTHING_SET, fallbackUrl: builderFallback };
	}
	// A test's leftover: what it displaced became the fallback.
	const displaced = purpose === 'test' ? current.fallbackUrl : builderFallback;
	return { ...NOTHING_SET, url: displaced, method: current.fallbackMethod };
}

function fallbackOfOthers(
	{ fallbackUrl }: InboundSettings,
	webhook: OwnWebhookUrl,
	purpose: Purpose,
	remembered: InboundSettings | undefined,
): string {
	if (webhook.isOurs(fallbackUrl)) return '';
	const isProductions = purpose === 'production' && webhook.isOurCallFallback(fallbackUrl);
	return isProductions ? (remembered?.fallbackUrl ?? '') : fallbackUrl;
}

/**
 * What to change so that Twilio calls our URL. While a test has the place, the URL it displaced is
 * the fallback: should n8n die before the test is over, Twilio finds its way back by itself.
 */
export function settingsToTake(
	endpoint: InboundEndpoint,
	displaced: InboundSettings,
	webhook: OwnWebhookUrl,
	purpose: Purpose,
): Partial<InboundSettings> {
	return differences(endpoint.settings, {
		url: webhook.url,
		method: 'POST',
		applicationSid: '',
		...(purpose === 'test'
			? isSet(displaced.url) && fallback(displaced.url, displaced.method)
			: fallbackToTake(endpoint, displaced, webhook)),
	});
}

/** Where nobody else has one, calls get the fallback that the builder entered. */
function fallbackToTake(
	{ kind, settings: { fallbackUrl: current } }: InboundEndpoint,
	displaced: InboundSettings,
	webhook: OwnWebhookUrl,
): Partial<InboundSettings> {
	const isOurs = webhook.isOurs(current) || webhook.isOurCallFallback(current);
	const isFree = !isSet(displaced.fallbackUrl) && (isOurs || !isSet(current));
	if (kind === 'voice' && webhook.callFallbackUrl !== '' && isFree) {
		return fallback(webhook.callFallbackUrl, 'POST');
	}
	return isOurs ? fallback(displaced.fallbackUrl, displaced.fallbackMethod) : {};
}

function fallback(fallbackUrl: string, fallbackMethod: HttpMethod): Partial<InboundSettings> {
	return { fallbackUrl, fallbackMethod };
}

/** What to change so that all is as it was. */
export function changeBack(
	current: InboundSettings,
	displaced: InboundSettings,
	webhook: OwnWebhookUrl,
): Partial<InboundSettings> {
	// Our fallback goes, a test's too; one that the builder has set meanwhile stays.
	const isOurFallback =
		webhook.isOurs(current.fallbackUrl) ||
		webhook.isOurCallFallback(current.fallbackUrl) ||
		(isSet(current.fallbackUrl) && current.fallbackUrl === displaced.url);
	const { fallbackUrl, fallbackMethod, ...rest } = displaced;
	return differences(current, {
		...rest,
		...(isOurFallback ? { fallbackUrl, fallbackMethod } : {}),
	});
}

export function differences(
	current: InboundSettings,
	wanted: Partial<InboundSettings>,
): Partial<InboundSettings> {
	const names = Object.keys(wanted) as Array<keyof InboundSettings>;
	return Object.fromEntries(
		names.filter((name) => wanted[name] !== current[name]).map((name) => [name, wanted[name]]),
	);
}
