import type { InboundEndpoint } from '../api/inbound-endpoint';
import { isNumber, listNumbers, type AccountNumber } from '../api/numbers';
import { findService, listPool, listServices, type MessagingService } from '../api/services';
import type { TwilioClient } from '../api/twilio-client';
import { comesHere } from './inbound-targets';
import type { OwnWebhookUrl } from './own-webhook-url';

/** Of which of the account's senders a trigger is told when they are texted. */
export interface OwnSenders {
	/** E.164. */
	numbers: string[];
	/** Messaging Services: what is texted to any sender of theirs, short codes included. */
	serviceSids: string[];
}

/** What the builder chose: the credential's Service; `any` where they have set the address by hand. */
export type ChosenSenders =
	| { kind: 'service' }
	/** Each by its SID or by itself. */
	| { kind: 'numbers'; numbers: readonly string[] }
	| { kind: 'any' };

/**
 * Of the senders that were chosen those which have our address at Twilio at this moment: what another
 * app has taken over since is its own business, and whatever has it by hand can be found no other way.
 */
export async function ownSenders(
	client: TwilioClient,
	webhook: OwnWebhookUrl,
	chosen: ChosenSenders,
): Promise<OwnSenders> {
	const [services, numbers] = await Promise.all([
		servicesAmong(client, chosen),
		listNumbers(client),
	]);
	const pools = await Promise.all(services.map(({ sid }) => listPool(client, sid)));
	const isOurs = (endpoint: InboundEndpoint) => comesHere(endpoint, webhook);
	const isChosen = (number: AccountNumber) =>
		chosen.kind !== 'numbers' || chosen.numbers.some((one) => isNumber(number, one));
	const ours = numbers.filter(isChosen).filter(({ sid, endpoint }) => {
		const service = services.find((_, index) =>
			pools[index]?.some((number) => number.sid === sid),
		);
		if (service === undefined) return chosen.kind !== 'service' && isOurs(endpoint);
		return isOurs(service.defersToNumbers ? endpoint : service.endpoint);
	});
	return {
		numbers: ours.map(({ phoneNumber }) => phoneNumber),
		serviceSids:
			chosen.kind === 'numbers'
				? []
				: services
						.filter(
							({ defersToNumbers, endpoint }) => !defersToNumbers && isOurs(endpoint),
						)
						.map(({ sid }) => sid),
	};
}

/** Those that may have the texts of a number that was chosen. */
async function servicesAmong(
	client: TwilioClient,
	chosen: ChosenSenders,
): Promise<MessagingService[]> {
	if (chosen.kind !== 'service') {
		return (await listServices(client)).filter(({ defersToNumbers }) => !defersToNumbers);
	}
	const { messagingServiceSid: sid } = client.account;
	const service = sid === undefined ? undefined : await findService(client, sid);
	return service ? [service] : [];
}
