import type {
	ICredentialTestFunctions,
	ICredentialsDecrypted,
	INodeCredentialTestResult,
} from 'n8n-workflow';
import { NoAnswerError, type HttpClient, type HttpRequest } from '../../http/http-client';
import { credentialText } from './twilio-credential';

interface LegacyResponse {
	statusCode: number;
	headers: Record<string, unknown>;
	body: unknown;
}

/** n8n's Test button. A declarative test can tell two of the seven things apart that go wrong here. */
export async function testTwilioCredential(
	this: ICredentialTestFunctions,
	{ data }: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	const { checkCredential } = await import('../../twilio/api/check-credential.js');
	const text = (field: string) => credentialText(data, field);
	const fields = {
		accountSid: text('accountSid'),
		authToken: text('authToken'),
		messagingServiceSid: text('messagingServiceSid'),
		apiBaseUrl: text('apiBaseUrl'),
	};
	const http = basicAuthClient(this, fields.accountSid, fields.authToken);
	const { works, message } = await checkCredential(fields, http);
	return { status: works ? 'OK' : 'Error', message };
}

function basicAuthClient(
	context: ICredentialTestFunctions,
	username: string,
	password: string,
): HttpClient {
	return async (request) => {
		try {
			// The one HTTP helper that n8n gives a credential test; it takes the options of its predecessor.
			const response = (await context.helpers.request({
				...requestOptions(request),
				auth: { user: username, pass: password },
			})) as LegacyResponse;
			return {
				status: response.statusCode,
				headers: Object.fromEntries(
					Object.entries(response.headers).map(([name, value]) => [
						name.toLowerCase(),
						String(value),
					]),
				),
				body:
					typeof response.body === 'string'
						? response.body
						: JSON.stringify(response.body),
			};
		} catch (error) {
			const { code } = (error ?? {}) as { code?: unknown };
			throw new NoAnswerError(
				new URL(request.url).host,
				typeof code === 'string' ? code : 'ENOANSWER',
				{
					cause: error,
				},
			);
		}
	};
}

function requestOptions(request: HttpRequest) {
	return {
		method: request.method,
		uri: request.url,
		timeout: request.timeoutMs,
		resolveWithFullResponse: true,
		simple: false,
		followRedirect: false,
		...(request.headers ? { headers: request.headers } : {}),
	};
}
