import type {
	InboundEndpoint,
	InboundEndpointRef,
	InboundEndpoints,
	InboundSettings,
} from '../api/inbound-endpoint';
import { TwilioApiError } from '../api/twilio-client';
import { withoutFragment, type OwnWebhookUrl } from './own-webhook-url';
import { heldByOthers } from './inbound-targets';
import { urlsOf, type Purpose, type RegisteredEndpoint, type Registration } from './registration';
import {
	changeBack,
	differences,
	displacedSettings,
	NOTHING_SET,
	settingsToTake,
} from './settings-changes';

/** Whether Twilio sends the texts of all these endpoints to our URL, and we know what was there before. */
export function isRegistered(
	endpoints: readonly InboundEndpoint[],
	webhook: OwnWebhookUrl,
	registration: Registration | undefined,
): boolean {
	return endpoints.every((endpoint) => {
		const known = registration && knownOf(registration.endpoints, endpoint);
		if (registration === undefined || known === undefined) return false;
		const change = changeToOurs(endpoint, known.displaced, webhook, registration.purpose);
		return Object.keys(change).length === 0;
	});
}

/**
 * What registering would take over, to be written down before it is done. What was taken over earlier
 * and never given back is kept.
 *
 * @param earlier what this trigger remembers from an earlier registration.
 */
export function planRegistration(
	endpoints: readonly InboundEndpoint[],
	webhook: OwnWebhookUrl,
	purpose: Purpose,
	accountSid: string,
	earlier: Registration | undefined,
): Registration {
	const sameAccount = earlier?.accountSid === undefined || earlier.accountSid === accountSid;
	const known = sameAccount ? (earlier?.endpoints ?? []) : [];
	const planned = endpoints.map((endpoint) => {
		const { kind, sid, label, settings } = endpoint;
		const remembered = knownOf(known, endpoint)?.displaced;
		return {
			kind,
			sid,
			label,
			displaced: displacedSettings(settings, webhook, purpose, remembered),
		};
	});
	const left = known.filter((one) => knownOf(planned, one) === undefined);
	const formerUrls = urlsOf(earlier).filter((url) => !webhook.isCurrent(url));
	const { url, callFallbackUrl } = webhook;
	return {
		purpose,
		url,
		...(purpose === 'production' && callFallbackUrl !== '' && { callFallbackUrl }),
		...(formerUrls.length > 0 && { formerUrls: formerUrls.slice(0, MOST_FORMER_URLS) }),
		accountSid,
		endpoints: [...planned, ...left],
	};
}

const MOST_FORMER_URLS = 5;

/**
 * Points the endpoints to our URL: all of them, or none when one fails. May be repeated. Throws
 * InvalidInputError where somebody else has set another URL at the same moment.
 *
 * @param field the label of the field that says where the trigger connects itself.
 */
export async function register(
	twilio: InboundEndpoints,
	endpoints: readonly InboundEndpoint[],
	webhook: OwnWebhookUrl,
	{ purpose, endpoints: planned }: Registration,
	field: string,
): Promise<void> {
	const touched: InboundEndpoint[] = [];
	let complete = false;
	try {
		for (const endpoint of endpoints) {
			const displaced = knownOf(planned, endpoint)?.displaced ?? NOTHING_SET;
			touched.push(endpoint);
			await change(twilio, endpoint, changeToOurs(endpoint, displaced, webhook, purpose));
		}
		await assertAllOurs(twilio, endpoints, webhook, field);
		complete = true;
	} finally {
		if (!complete) await undo(twilio, touched, webhook);
	}
}

/** Of two that register one endpoint at one time, Twilio keeps the later one, and tells neither. */
async function assertAllOurs(
	twilio: InboundEndpoints,
	endpoints: readonly InboundEndpoint[],
	webhook: OwnWebhookUrl,
	field: string,
): Promise<void> {
	const now = await Promise.all(endpoints.map(async (endpoint) => await twilio.read(endpoint)));
	const others = now.flatMap((endpoint) =>
		endpoint === undefined || webhook.isCurrent(endpoint.settings.url) ? [] : [endpoint],
	);
	if (others.length > 0) throw heldByOthers(others, field);
}

/**
 * Gives back what was there, where our URL still is. What somebody else has set meanwhile stays, and
 * an endpoint that is gone is passed over. May be repeated. Resolves to whether somebody else has it.
 */
export async function unregister(
	twilio: InboundEndpoints,
	{ displaced, ...ref }: RegisteredEndpoint,
	webhook: OwnWebhookUrl,
	purpose: Purpose,
): Promise<'done' | 'heldByOthers'> {
	const endpoint = await twilio.read(ref);
	if (endpoint === undefined) return 'done';
	const { settings } = endpoint;
	// A test may be listening while the workflow is deactivated.
	const ours =
		purpose === 'production' ? webhook.isOurs(settings.url) : webhook.isCurrent(settings.url);
	if (!ours) return 'heldByOthers';
	await change(twilio, ref, changeBack(settings, displaced, webhook));
	return 'done';
}

/** Sets nothing where our URL is and nobody remembers what was there. */
export async function clear(
	twilio: InboundEndpoints,
	{ kind, sid, settings }: InboundEndpoint,
	webhook: OwnWebhookUrl,
): Promise<void> {
	await change(twilio, { kind, sid }, changeBack(settings, NOTHING_SET, webhook));
}

/**
 * Takes back the endpoints that a test of this trigger has left behind, n8n having died before the
 * test was over. Resolves to their labels.
 */
export async function repair(
	twilio: InboundEndpoints,
	webhook: OwnWebhookUrl,
	registration: Registration,
): Promise<string[]> {
	const repaired: string[] = [];
	for (const { kind, sid, displaced } of registration.endpoints) {
		const endpoint = await twilio.read({ kind, sid });
		if (endpoint === undefined) continue;
		const { url } = endpoint.settings;
		if (!webhook.isOurs(url) || webhook.isCurrent(url)) continue;
		await change(twilio, endpoint, changeToOurs(endpoint, displaced, webhook, 'production'));
		repaired.push(endpoint.label);
	}
	return repaired;
}

function knownOf(
	registered: readonly RegisteredEndpoint[],
	{ kind, sid }: InboundEndpointRef,
): RegisteredEndpoint | undefined {
	return registered.find((one) => one.kind === kind && one.sid === sid);
}

/** What to change so that Twilio calls us, of what the endpoint has. */
function changeToOurs(
	endpoint: InboundEndpoint,
	displaced: InboundSettings,
	webhook: OwnWebhookUrl,
	purpose: Purpose,
): Partial<InboundSettings> {
	const change = settingsToTake(endpoint, displaced, webhook, purpose);
	if (endpoint.kind !== 'callStatus') return change;
	const { url, method } = change;
	return { ...(url === undefined ? {} : { url }), ...(method === undefined ? {} : { method }) };
}

async function change(
	twilio: InboundEndpoints,
	ref: InboundEndpointRef,
	settings: Partial<InboundSettings>,
): Promise<void> {
	if (Object.keys(settings).length === 0) return;
	try {
		await twilio.write(ref, settings);
	} catch (error) {
		const url = withoutFragment(settings.url ?? '');
		const isRefused = error instanceof TwilioApiError && error.status === 400;
		if (!isRefused || url === (settings.url ?? '')) throw error;
		// Should Twilio take no overrides somewhere, the bare address is better than none.
		await twilio.write(ref, { ...settings, url });
	}
}

/** Where this fails too, `unregister` does it: n8n calls it after a registration that failed. */
async function undo(
	twilio: InboundEndpoints,
	touched: readonly InboundEndpoint[],
	webhook: OwnWebhookUrl,
): Promise<void> {
	const undone = touched.map(async (endpoint) => {
		const now = await twilio.read(endpoint);
		if (now === undefined || !webhook.isCurrent(now.settings.url)) return;
		await change(twilio, endpoint, differences(now.settings, endpoint.settings));
	});
	await Promise.allSettled(undone);
}
