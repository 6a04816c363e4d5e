import type { IHookFunctions, IWebhookFunctions } from 'n8n-workflow';
import { credentialText } from './credential-text';
import type { SigningAccount } from './signing-account.singleton';
import { TWILIO_CREDENTIAL } from './twilio-credential';

/** Reads the node's credential. */
export async function signingAccountOf(
	context: IHookFunctions | IWebhookFunctions,
): Promise<SigningAccount> {
	const stored = await context.getCredentials(TWILIO_CREDENTIAL);
	const text = (field: string) => credentialText(stored, field);
	return {
		accountSid: text('accountSid'),
		authTokens: [text('authToken'), text('secondaryAuthToken')].filter(Boolean),
		notifySigningSecret: text('notifySigningSecret'),
		callReportSecret: text('callReportSecret'),
	};
}
