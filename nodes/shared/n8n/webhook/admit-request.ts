import type { IWebhookFunctions } from 'n8n-workflow';
import type { Response } from 'express';
import { logWarning } from '../host/log-warning';
import { provenAccount, type SigningAccount } from '../credentials/signing-account.singleton';
import {
	isSignedByTwilio,
	type SignedRequest,
	EMPTY_TWIML,
	TWIML_CONTENT_TYPE,
} from '../../twilio/inbound/inbound-webhook';
import {
	hasSignatureShape,
	isCutAsTwilioCuts,
	isForm,
	isFormContentType,
	MAX_TWILIO_REQUEST_BYTES,
	type TwilioForm,
} from '../../twilio/inbound/twilio-form';
import {
	signedUrls,
	withoutFragment,
	type OwnWebhookUrl,
} from '../../twilio/registration/own-webhook-url';
import { urlsOf } from '../../twilio/registration/registration';
import { keepRegistrations, registrationOf } from '../registration/registration-memory';
import { bodyBytes } from './body-bytes';
import { calledUrl } from './called-url';
import { ownWebhook } from './own-webhook';

/** A request that the credential's account has signed. */
export interface Admission {
	form: SignedRequest['form'];
	account: SigningAccount;
	webhook: OwnWebhookUrl;
}

interface Refusal {
	/** One log line a minute for each. */
	kind: 'unsigned' | 'noForm' | 'tooLarge' | 'badSignature' | 'foreignAccount' | 'recut';
	/** What the builder should check; no secret, nothing of the text. */
	advice: string;
}

/**
 * Lets in what the credential's account has signed, for the URL that n8n is configured with: never
 * for the one the request names itself. Answers 403 to anything else, and resolves to undefined.
 */
export async function admitRequest(context: IWebhookFunctions): Promise<Admission | undefined> {
	const verdict = await judge(context);
	if (!('advice' in verdict)) {
		keepRegistrations(context);
		return verdict;
	}
	logWarning(context, verdict.kind, `Refused a request: ${verdict.advice}`);
	const words = 'This request is not signed by Twilio for this address.';
	refuse(context.getResponseObject(), 403, words);
	return undefined;
}

async function judge(context: IWebhookFunctions): Promise<Admission | Refusal> {
	const request = formRequestOf(context);
	if ('advice' in request) return request;
	const webhook = ownWebhook(context, calledUrl(context));
	const { signature } = request;
	const form = { ...request.form };
	const registered = urlsOf(registrationOf(context));
	const urls = signedUrls(webhook.url, queryOf(context), registered);
	const account = await provenAccount(context, ({ authTokens }) =>
		urls.some((url) => isSignedByTwilio({ url, form, signature }, authTokens)),
	);
	if (account === undefined) {
		return {
			kind: 'badSignature',
			advice: `its Twilio signature does not match. If your texts or calls do not arrive, check three things: the address at Twilio must be exactly ${withoutFragment(webhook.url)} (set n8n's N8N_WEBHOOK_URL, WEBHOOK_URL in older versions, or this node's option Public Base URL, to the address that Twilio calls); nothing between Twilio and n8n may change the address or the form; the Auth Token in the credential must be the account's primary one.`,
		};
	}
	if (form['AccountSid'] !== account.accountSid) {
		return {
			kind: 'foreignAccount',
			advice: "it is for another Twilio account than the credential's. A subaccount's numbers need a credential with the subaccount's own SID and Auth Token.",
		};
	}
	if (!isCutAsTwilioCuts(form)) {
		return {
			kind: 'recut',
			advice: "its fields are not parted as Twilio parts them, though their letters are signed in this order: somebody who has seen a request of Twilio's may have made another of it.",
		};
	}
	return { form, account, webhook };
}

/**
 * What has the looks of a request of Twilio's. Anybody may send anything of any size, and sorting and
 * hashing it before that is known would hold n8n up: the headers and the size come first.
 */
function formRequestOf(
	context: IWebhookFunctions,
): { form: TwilioForm; signature: string } | Refusal {
	const { 'x-twilio-signature': signature, 'content-type': contentType } =
		context.getHeaderData();
	if (!hasSignatureShape(signature)) {
		return {
			kind: 'unsigned',
			advice: 'it has no Twilio signature, so it did not come from Twilio.',
		};
	}
	if (bodyBytes(context) > MAX_TWILIO_REQUEST_BYTES) {
		return {
			kind: 'tooLarge',
			advice: `it has more than ${MAX_TWILIO_REQUEST_BYTES / 1024} kB, and nothing that Twilio sends is so large.`,
		};
	}
	const form: unknown = isFormContentType(contentType) ? context.getBodyData() : undefined;
	if (!isForm(form)) {
		return {
			kind: 'noForm',
			advice: 'it is not a form (application/x-www-form-urlencoded) as Twilio sends it. If your texts or calls do not arrive, something between Twilio and n8n changes the form; it must not.',
		};
	}
	return { form, signature };
}

function queryOf(context: IWebhookFunctions): string {
	const { originalUrl } = context.getRequestObject();
	const start = originalUrl.indexOf('?');
	return start < 0 ? '' : originalUrl.slice(start);
}

/** Takes the text in. Replies go out by themselves, so this one says nothing to the contact. */
export function acknowledge(response: Response): void {
	response.status(200).type(TWIML_CONTENT_TYPE).send(EMPTY_TWIML);
}

/** As JSON: plain text would be texted to the contact, should anybody ever take it for an answer. */
export function refuse(response: Response, status: 400 | 403 | 500 | 503, message: string): void {
	if (response.headersSent) return;
	response.status(status).json({ message });
}
