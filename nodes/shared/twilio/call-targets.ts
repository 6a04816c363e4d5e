import { InvalidInputError } from '../messaging/invalid-input-error';
import { chosenNumbers } from './chosen-numbers';
import { foreignHolder } from './foreign-webhook';
import type { InboundEndpoint } from './inbound-endpoint';
import type { OwnWebhookUrl } from './own-webhook-url';
import type { TwilioClient } from './twilio-client';

/**
 * Where a URL must be set so that the calls of the chosen numbers reach it: on each number and,
 * where nobody else has it, at what Twilio tells of a call that has ended. Throws InvalidInputError
 * for a number that is gone, cannot be called, or whose calls go elsewhere before any URL is asked.
 */
export async function callTargets(
	client: TwilioClient,
	sids: readonly string[],
	own: OwnWebhookUrl,
): Promise<InboundEndpoint[]> {
	const numbers = await chosenNumbers(client, sids);
	return numbers.flatMap(({ phoneNumber, canCall, trunkSid, calls, callStatus }) => {
		if (!canCall) throw cannotBeCalled(phoneNumber);
		if (trunkSid !== '') throw belongsToTrunk(phoneNumber, trunkSid);
		const free = foreignHolder(callStatus, own) === undefined;
		return free ? [calls, callStatus] : [calls];
	});
}

function cannotBeCalled(phoneNumber: string): InvalidInputError {
	return new InvalidInputError({
		field: 'Phone Numbers',
		cause: `${phoneNumber} cannot take calls`,
		fix: 'Choose a number with the capability Voice.',
	});
}

function belongsToTrunk(phoneNumber: string, trunkSid: string): InvalidInputError {
	return new InvalidInputError({
		field: 'Phone Numbers',
		cause: `the calls of ${phoneNumber} go to the SIP trunk ${trunkSid}, so they would never arrive here`,
		fix: 'Choose another number, or take the number off the trunk in the Twilio Console (Elastic SIP Trunking). If your phone system answers its calls, set How Calls Reach You to "Calls Are Answered Elsewhere".',
	});
}
