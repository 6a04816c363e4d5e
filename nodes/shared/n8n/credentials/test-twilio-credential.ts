import type {
	ICredentialTestFunctions,
	ICredentialsDecrypted,
	INodeCredentialTestResult,
} from 'n8n-workflow';
import { credentialText } from './twilio-credential';

/** n8n's Test button. A declarative test can tell two of the seven things apart that go wrong here. */
export async function testTwilioCredential(
	this: ICredentialTestFunctions,
	{ data }: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	// n8n loads this file when it starts; the rest comes with the first test.
	const { reasonOf } = await import('../../messaging/reason-of.js');
	const { rememberSecretsOf } = await import('./read-credential.js');
	const { checkCredential } = await import('../../twilio/api/check-credential.js');
	rememberSecretsOf(data);
	const text = (field: string) => credentialText(data, field);
	const fields = {
		accountSid: text('accountSid'),
		authToken: text('authToken'),
		messagingServiceSid: text('messagingServiceSid'),
		apiBaseUrl: text('apiBaseUrl'),
	};
	const { testHttpClient } = await import('./test-http-client.js');
	const http = testHttpClient(this, {
		auth: { user: fields.accountSid, pass: fields.authToken },
	});
	try {
		const { works, message } = await checkCredential(fields, http);
		return { status: works ? 'OK' : 'Error', message };
	} catch (error) {
		return { status: 'Error', message: reasonOf(error) };
	}
}
