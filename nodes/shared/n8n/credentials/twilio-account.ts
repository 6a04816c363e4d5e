import type { IExecuteFunctions, IHttpRequestOptions, ILoadOptionsFunctions } from 'n8n-workflow';
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
import type { TriggerContext } from '../host/field-value';
import { n8nHttpClient } from '../host/n8n-http-client';
import { readCredential } from './read-credential';
import { TWILIO_CREDENTIAL, credentialText } from './twilio-credential';

type N8nContext = IExecuteFunctions | ILoadOptionsFunctions | TriggerContext;

/** The account of the node's credential. Throws InvalidInputError naming the field that is malformed. */
export async function twilioAccountOf(context: N8nContext): Promise<TwilioAccount> {
	const stored = await readCredential(context, TWILIO_CREDENTIAL);
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

/** Twilio's REST API with the node's credential, carried by n8n. */
export function twilioClientOf(
	context: N8nContext,
	account: TwilioAccount,
	options?: TwilioClientOptions,
): TwilioClient {
	const send = async (request: IHttpRequestOptions): Promise<unknown> =>
		await context.helpers.httpRequestWithAuthentication.call(
			context,
			TWILIO_CREDENTIAL,
			request,
		);
	return twilioClient(account, n8nHttpClient(send), options);
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
