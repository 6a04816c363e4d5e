import { validateRequest } from 'twilio/lib/webhooks/webhooks';

export interface SignedRequest {
	/** The public URL as Twilio called it, with its query and without a fragment. */
	url: string;
	/** Every field of the form, unknown and empty ones too; a repeated name as a list. */
	form: Readonly<Record<string, string | string[]>>;
	/** X-Twilio-Signature. */
	signature: string | undefined;
}

/**
 * Whether one of the tokens signed this request. No signature or no token: false.
 * A valid signature proves the sender, not the freshness; the same request may come again.
 */
export function isSignedByTwilio(request: SignedRequest, authTokens: readonly string[]): boolean {
	const { url, form, signature } = request;
	if (signature === undefined || signature === '') return false;
	return authTokens.some((token) => token !== '' && validateRequest(token, signature, url, form));
}
