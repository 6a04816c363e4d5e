import type { IWebhookFunctions } from 'n8n-workflow';
import { signingAccountOf } from './signing-account';
import {
	freshSigningAccount,
	keptSigningAccount,
	mayReadAgain,
	type SigningAccount,
} from './signing-account.singleton';
import { systemClock } from './system-clock';
import { TWILIO_CREDENTIAL } from './twilio-credential';
import { isSignedByTwilio, type SignedRequest } from '../twilio/signature';
import type { OwnWebhookUrl } from '../twilio/own-webhook-url';
import { ownUrlOf } from './public-webhook-url';

export type Admission =
	| { admitted: true; form: SignedRequest['form']; account: SigningAccount; own: OwnWebhookUrl }
	| { admitted: false; refusal: Refusal };

export interface Refusal {
	/** One log line a minute for each. */
	kind: 'unsigned' | 'badSignature' | 'foreignAccount';
	/** What the builder should check; no secret, nothing of the text. */
	advice: string;
}

/**
 * Lets in what the credential's account has signed, for the URL that n8n is configured with: never
 * for the one the request names itself.
 */
export async function admitRequest(context: IWebhookFunctions): Promise<Admission> {
	const own = ownUrlOf(
		context.getNode(),
		context.getWebhookResourceUrl('default'),
		context.getNodeParameter('options.publicBaseUrl', '') as string,
	);
	const signature = context.getHeaderData()['x-twilio-signature'];
	if (typeof signature !== 'string' || signature === '') {
		return refused('unsigned', 'it has no Twilio signature, so it did not come from Twilio.');
	}
	const form = { ...(context.getBodyData() as SignedRequest['form']) };
	const request = { url: own.url + queryOf(context), form, signature };
	const account = await signer(context, request);
	if (account === undefined) {
		return refused(
			'badSignature',
			`its Twilio signature does not match. If your texts or calls do not arrive, check three things: the address at Twilio must be exactly ${own.url} (set n8n's N8N_WEBHOOK_URL, WEBHOOK_URL in older versions, or this node's option Public Base URL, to the address that Twilio calls); nothing between Twilio and n8n may change the address or the form; the Auth Token in the credential must be the account's primary one.`,
		);
	}
	if (form['AccountSid'] !== account.accountSid) {
		return refused(
			'foreignAccount',
			"it is for another Twilio account than the credential's. A subaccount's numbers need a credential with the subaccount's own SID and Auth Token.",
		);
	}
	return { admitted: true, form, account, own };
}

/** The account whose token signed the request; a token read a while ago may have been changed since. */
async function signer(
	context: IWebhookFunctions,
	request: SignedRequest,
): Promise<SigningAccount | undefined> {
	const { id, name } = context.getNode().credentials?.[TWILIO_CREDENTIAL] ?? {};
	const credentialId = id ?? `named ${name}`;
	const read = async () => await signingAccountOf(context);

	const kept = await keptSigningAccount(credentialId, read, systemClock);
	if (isSignedByTwilio(request, kept.authTokens)) return kept;
	if (!mayReadAgain(credentialId, systemClock)) return undefined;
	const fresh = await freshSigningAccount(credentialId, read, systemClock);
	return isSignedByTwilio(request, fresh.authTokens) ? fresh : undefined;
}

function queryOf(context: IWebhookFunctions): string {
	const { originalUrl } = context.getRequestObject();
	const start = originalUrl.indexOf('?');
	return start < 0 ? '' : originalUrl.slice(start);
}

function refused(kind: Refusal['kind'], advice: string): Admission {
	return { admitted: false, refusal: { kind, advice } };
}
