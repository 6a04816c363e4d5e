import type {
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';
import { credentialText } from '../credentials/twilio-credential';

const REFUSALS: Readonly<Record<number, string>> = {
	401: 'The provider refused this API key. Copy it again, and check that Base URL belongs to the same provider.',
	403: 'The provider knows this API key, but it may not list models. Give the key that permission, or use another one.',
	404: 'There is no model list at this Base URL. It is the address where the API begins and often ends in /v1.',
	429: 'The provider takes no more requests for now, or the account has no credit left. Check its billing page.',
};

/** n8n's Test button of the model credential. A declarative test shows nothing but codes where nobody answers. */
export async function testModelCredential(
	this: ICredentialTestFunctions,
	{ data = {} }: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	// n8n loads this file when it starts; the rest comes with the first test.
	const { reasonWithFix } = await import('../../messaging/reason-of.js');
	const { rememberSecretsOf } = await import('../credentials/read-credential.js');
	const { testHttpClient } = await import('../credentials/test-http-client.js');
	const { modelBaseUrlIn, modelIds } = await import('./model-api.js');
	rememberSecretsOf(data);
	const key = credentialText(data, 'apiKey');
	const headers = key === '' ? {} : { authorization: `Bearer ${key}` };
	try {
		await modelIds(modelBaseUrlIn(data), testHttpClient(this, { headers }));
		return { status: 'OK', message: 'Connected, and the provider lists its models.' };
	} catch (error) {
		const { status = 0 } = (error ?? {}) as { status?: number };
		return { status: 'Error', message: refusalWith(status) ?? reasonWithFix(error) };
	}
}

/** Undefined where a node that meets the same says what there is to say. */
function refusalWith(status: number): string | undefined {
	if (status < 400 || status > 499) return undefined;
	return (
		REFUSALS[status] ??
		`The provider answered with HTTP status ${status}. Check the Base URL, or try again later.`
	);
}
