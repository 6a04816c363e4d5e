import { randomUUID } from 'node:crypto';
import { BulkConsentsListInstance } from 'twilio/lib/rest/accounts/v1/bulkConsents';
import { reasonOf } from '../../messaging/reason-of';
import { entriesOf } from './read-if-allowed';
import { TwilioApiError, type TwilioClient } from './twilio-client';

/** What a contact wants of our senders. */
export interface ConsentNews {
	contact: string;
	/** Numbers, short codes and Messaging Service SIDs; at least one, at most 25. */
	senders: readonly string[];
	status: 'optedIn' | 'optedOut';
	/** ISO 8601, UTC. */
	since: string;
	/** How we came to know it. `twilio`: Twilio itself told us. */
	how: 'keyword' | 'ownWords' | 'twilio' | 'person' | 'import';
}

/**
 * Tells Twilio of the change where the credential asks for it, so that other applications of the
 * account keep to it too. Never rejects: what we know holds in any case. Resolves with why Twilio
 * could not be told, with nothing where it was told or need not be.
 */
export async function tellTwilio(
	client: TwilioClient,
	change: ConsentNews,
): Promise<string | undefined> {
	if (client.account.tellConsents !== true || change.how === 'twilio') return undefined;
	try {
		await tellConsent(client, change);
		return undefined;
	} catch (error) {
		return `Twilio could not be told of it: ${reasonOf(error)}`;
	}
}

/**
 * Writes the contact's consent for each of the senders (Consent Management API). A second time
 * changes nothing. Rejects with TwilioApiError, also where Twilio takes it for some senders only, and
 * with NoAnswerError.
 */
export async function tellConsent(client: TwilioClient, change: ConsentNews): Promise<void> {
	const items = [...new Set(change.senders)].map((sender) => ({
		contact_id: change.contact,
		correlation_id: randomUUID().replaceAll('-', ''),
		sender_id: sender,
		// A plain opt-in does not lift a STOP.
		status: change.status === 'optedOut' ? 'opt-out' : 're-opt-in',
		source: sourceOf(change),
		date_of_consent: change.since,
	}));
	const answer = await BulkConsentsListInstance(client.accounts).create({ items });
	const refused = entriesOf(answer, 'items').find((item) => Number(item['error_code']) !== 0);
	if (!refused) return;
	const problems = refused['error_messages'];
	throw new TwilioApiError({
		status: 400,
		code: Number(refused['error_code']),
		message: `Twilio did not take the consent: ${Array.isArray(problems) ? problems.join(', ') : 'it does not say why'}`,
	});
}

function sourceOf({ status, how }: ConsentNews): string {
	if (how === 'person' || how === 'import') return 'others';
	return status === 'optedOut' ? 'opt-out-message' : 'opt-in-message';
}
