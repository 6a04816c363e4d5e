import { InvalidInputError } from '../messaging/invalid-input-error';
import { chosenNumbers } from './chosen-numbers';
import type { InboundEndpoint } from './inbound-endpoint';
import { findNumber } from './numbers';
import { findService, listPool, listServices, type MessagingService } from './services';
import type { TwilioClient } from './twilio-client';

const RECEIVE_ON = 'Receive Texts On';

/**
 * Where a URL must be set so that all texts of a Messaging Service reach it: on the Service or,
 * where that defers to its senders, on each number of its pool.
 * Throws InvalidInputError where no text could arrive.
 */
export async function serviceTargets(client: TwilioClient): Promise<InboundEndpoint[]> {
	const service = await serviceOfAccount(client);
	if (!service.defersToNumbers) return [service.endpoint];

	const pool = await listPool(client, service.sid);
	const numbers = await Promise.all(pool.map(({ sid }) => findNumber(client, sid)));
	const endpoints = numbers.flatMap((number) => (number ? [number.endpoint] : []));
	if (endpoints.length > 0) return endpoints;
	throw new InvalidInputError({
		field: RECEIVE_ON,
		cause: `the Messaging Service "${service.name}" hands its texts over to its phone numbers, and it has none`,
		fix: 'In the Twilio Console, open the Messaging Service and add a phone number under Sender Pool.',
	});
}

/** The chosen numbers. Throws InvalidInputError for one that is gone, or whose texts go elsewhere. */
export async function numberTargets(
	client: TwilioClient,
	sids: readonly string[],
): Promise<InboundEndpoint[]> {
	const numbers = await chosenNumbers(client, sids);
	const takenOver = await numbersTakenOver(client);
	return numbers.map((number) => {
		const service = takenOver.get(number.sid);
		if (service !== undefined) {
			throw new InvalidInputError({
				field: 'Phone Numbers',
				cause: `${number.phoneNumber} is in the Messaging Service "${service.name}", which receives its texts, so they would never arrive here`,
				fix: `Enter ${service.sid} as the Messaging Service SID in the credential and choose Messaging Service under ${RECEIVE_ON}. Or, in the Twilio Console, set the Service's Integration to "Defer to sender's webhook".`,
			});
		}
		return number.endpoint;
	});
}

/** Number SIDs by the Messaging Service that receives their texts in their stead. */
export async function numbersTakenOver(
	client: TwilioClient,
): Promise<Map<string, MessagingService>> {
	const services = (await listServices(client)).filter(({ defersToNumbers }) => !defersToNumbers);
	const pools = await Promise.all(services.map(({ sid }) => listPool(client, sid)));
	return new Map(
		services.flatMap((service, index) =>
			(pools[index] ?? []).map(({ sid }): [string, MessagingService] => [sid, service]),
		),
	);
}

async function serviceOfAccount(client: TwilioClient): Promise<MessagingService> {
	const { messagingServiceSid } = client.account;
	if (messagingServiceSid === undefined) {
		throw new InvalidInputError({
			field: 'Messaging Service SID',
			cause: 'it is empty in the credential',
			fix: `Enter it in the Twilio Messaging API credential, or choose Phone Numbers under ${RECEIVE_ON}.`,
		});
	}
	const service = await findService(client, messagingServiceSid);
	if (service !== undefined) return service;
	throw new InvalidInputError({
		field: 'Messaging Service SID',
		cause: "That Messaging Service SID wasn't found on the account",
		fix: 'In the Twilio Console, open Messaging > Services, copy the SID (it starts with MG) and paste it into the credential.',
	});
}
