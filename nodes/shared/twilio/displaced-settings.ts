import type { InboundSettings } from './inbound-endpoint';
import { isSet } from './foreign-webhook';
import type { OwnWebhookUrl } from './own-webhook-url';

/** A test takes the place of everything for one text, the production URL included. */
export type Purpose = 'production' | 'test';

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
	own: OwnWebhookUrl,
	purpose: Purpose,
	remembered: InboundSettings | undefined,
): InboundSettings {
	const builderFallback = own.owns(current.fallbackUrl) ? '' : current.fallbackUrl;
	const productionUnderTest = purpose === 'test' && !own.is(current.url);
	if (!own.owns(current.url) || productionUnderTest) {
		return { ...current, fallbackUrl: builderFallback };
	}
	if (remembered !== undefined) return { ...remembered };
	if (purpose === 'production' && own.is(current.url)) {
		return { ...NOTHING_SET, fallbackUrl: builderFallback };
	}
	// A test's leftover: what it displaced became the fallback.
	const displaced = purpose === 'test' ? current.fallbackUrl : builderFallback;
	return { ...NOTHING_SET, url: displaced, method: current.fallbackMethod };
}

/**
 * What to change so that Twilio calls our URL. While a test has the place, the URL it displaced is
 * the fallback: should n8n die before the test is over, Twilio finds its way back by itself.
 */
export function takenOver(
	current: InboundSettings,
	displaced: InboundSettings,
	own: OwnWebhookUrl,
	purpose: Purpose,
): Partial<InboundSettings> {
	const wanted: Partial<InboundSettings> = {
		url: own.url,
		method: 'POST',
		applicationSid: '',
		...(purpose === 'test' && isSet(displaced.url)
			? { fallbackUrl: displaced.url, fallbackMethod: displaced.method }
			: {}),
		...(purpose === 'production' && own.owns(current.fallbackUrl)
			? { fallbackUrl: displaced.fallbackUrl, fallbackMethod: displaced.fallbackMethod }
			: {}),
	};
	return differences(current, wanted);
}

/** What to change so that all is as it was. */
export function givenBack(
	current: InboundSettings,
	displaced: InboundSettings,
	own: OwnWebhookUrl,
): Partial<InboundSettings> {
	// A fallback that a test needed goes; one that the builder has set meanwhile stays.
	const fallbackOfATest =
		own.owns(current.fallbackUrl) ||
		(isSet(current.fallbackUrl) && current.fallbackUrl === displaced.url);
	const { fallbackUrl, fallbackMethod, ...rest } = displaced;
	return differences(current, {
		...rest,
		...(fallbackOfATest ? { fallbackUrl, fallbackMethod } : {}),
	});
}

function differences(
	current: InboundSettings,
	wanted: Partial<InboundSettings>,
): Partial<InboundSettings> {
	const names = Object.keys(wanted) as Array<keyof InboundSettings>;
	return Object.fromEntries(
		names.filter((name) => wanted[name] !== current[name]).map((name) => [name, wanted[name]]),
	);
}
