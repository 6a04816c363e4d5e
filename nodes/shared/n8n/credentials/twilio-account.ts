import type {
	IAdditionalCredentialOptions,
	ICredentialDataDecryptedObject,
	IExecuteFunctions,
	IHttpRequestOptions,
	ILoadOptionsFunctions,
} from 'n8n-workflow';
import { InvalidInputError } from '../../messaging/invalid-input-error';
import { ACCOUNT_SID, MESSAGING_SERVICE_SID } from '../../messaging/sid-shapes';
import { webAddressOf } from '../../messaging/web-address';
import { mixedUpField } from '../../twilio/api/mixed-up-fields';
import {
	DEFAULT_API_BASE_URL,
	twilioClient,
	type TwilioAccount,
	type TwilioClient,
	type TwilioClientOptions,
} from '../../twilio/api/twilio-client';
import type { N8nRequest } from '../host/bounded-exchange';
import type { TriggerContext } from '../host/field-value';
import { n8nHttpClient } from '../host/n8n-http-client';
import { systemClock } from '../host/system-clock';
import { READING_COUNTS_MS, readingOf, type CredentialReading } from './read-credential';
import { TWILIO_CREDENTIAL, credentialText } from './twilio-credential';

type N8nContext = IExecuteFunctions | ILoadOptionsFunctions | TriggerContext;

/** What accounts were read from, for n8n alone: no secret is a field of an account. */
const readings = new WeakMap<TwilioAccount, CredentialReading>();

/** The account of the node's credential. Throws InvalidInputError naming the field that is malformed. */
export async function twilioAccountOf(context: N8nContext): Promise<TwilioAccount> {
	return twilioAccountIn(await readingOf(context, TWILIO_CREDENTIAL));
}

/** The account of a credential that was read before. Throws as `twilioAccountOf`. */
export function twilioAccountIn({ stored, readAt }: CredentialReading): TwilioAccount {
	const account = accountIn(stored);
	readings.set(account, { stored, readAt });
	return account;
}

function accountIn(stored: ICredentialDataDecryptedObject): TwilioAccount {
	const text = (field: string) => credentialText(stored, field);
	const accountSid = text('accountSid');
	const messagingServiceSid = text('messagingServiceSid');
	const mixedUp = mixedUpField({ accountSid, authToken: text('authToken') });
	if (mixedUp) {
		const fix = `Open the Twilio Messaging API credential. ${mixedUp.fix}`;
		throw new InvalidInputError({ ...mixedUp, fix });
	}
	if (!ACCOUNT_SID.test(accountSid)) {
		throw malformedSid('Account SID', 'AC');
	}
	if (messagingServiceSid !== '' && !MESSAGING_SERVICE_SID.test(messagingServiceSid)) {
		throw malformedSid('Messaging Service SID', 'MG');
	}
	const apiBaseUrl = text('apiBaseUrl') || DEFAULT_API_BASE_URL;
	webAddressOf(apiBaseUrl, 'API Base URL', fixOf(`or ${DEFAULT_API_BASE_URL} for Twilio itself`));
	const tellConsents = stored['tellConsents'] === true;
	const consentsBaseUrl = tellConsents ? text('consentsBaseUrl') : '';
	if (consentsBaseUrl !== '')
		webAddressOf(consentsBaseUrl, 'Consents API Base URL', fixOf('or leave it empty'));
	return {
		accountSid,
		apiBaseUrl,
		answersKeywords: stored['keywordsAnsweredBy'] === 'us' ? 'us' : 'twilio',
		tellConsents,
		...(consentsBaseUrl === '' ? {} : { consentsBaseUrl }),
		...(messagingServiceSid === '' ? {} : { messagingServiceSid }),
	};
}

/**
 * Twilio's REST API with the node's credential, carried by n8n.
 *
 * @param account as `twilioAccountOf` or `twilioAccountIn` gave it.
 */
export function twilioClientOf(
	context: N8nContext,
	account: TwilioAccount,
	options?: TwilioClientOptions,
): TwilioClient {
	return twilioClient(account, n8nHttpClient(requestAs(context, account)), options);
}

/** Has n8n send a request with the account's authentication. */
export function requestAs(context: N8nContext, account: TwilioAccount): N8nRequest {
	return async (request: IHttpRequestOptions): Promise<unknown> =>
		await context.helpers.httpRequestWithAuthentication.call(
			context,
			TWILIO_CREDENTIAL,
			request,
			asRead(account),
		);
}

/** For n8n's helper; left out once it is time to read the credential anew. */
function asRead(account: TwilioAccount): IAdditionalCredentialOptions | undefined {
	const reading = readings.get(account);
	if (reading === undefined) return undefined;
	if (systemClock.elapsed() - reading.readAt >= READING_COUNTS_MS) return undefined;
	const named = { id: '', name: '', type: TWILIO_CREDENTIAL };
	return { credentialsDecrypted: { ...named, data: reading.stored } };
}

const fixOf = (instead: string) =>
	`Open the Twilio Messaging API credential and enter one that starts with https://, ${instead}.`;

function malformedSid(field: string, prefix: string): InvalidInputError {
	return new InvalidInputError({
		field,
		cause: `it is not ${prefix} followed by 32 hexadecimal characters`,
		fix: `Open the Twilio Messaging API credential and copy the ${field} from the Twilio Console again.`,
	});
}
