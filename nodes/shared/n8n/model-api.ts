import type { IExecuteFunctions, IHttpRequestOptions, ILoadOptionsFunctions } from 'n8n-workflow';
import type { HttpClient } from '../http/http-client';
import { InvalidInputError } from '../messaging/invalid-input-error';
import { MODEL_CREDENTIAL } from './model-fields';
import { n8nHttpClient } from './n8n-http-client';

type Context = IExecuteFunctions | ILoadOptionsFunctions;

/** Where the API of the node's model credential begins. Throws InvalidInputError. */
export async function modelBaseUrlOf(context: Context): Promise<string> {
	const { baseUrl } = await context.getCredentials(MODEL_CREDENTIAL);
	const text = typeof baseUrl === 'string' ? baseUrl.trim().replace(/\/+$/, '') : '';
	if (/^https?:\/\/[^\s/]+/.test(text) && URL.canParse(text)) return text;
	throw new InvalidInputError({
		field: 'Base URL',
		cause: `"${text}" is not a web address`,
		fix: 'Open the OpenAI-Compatible API credential and enter the address where the API begins, for example https://api.openai.com/v1.',
	});
}

/** Carries calls to the model provider through n8n, which adds the credential's key. */
export function modelHttpOf(context: Context): HttpClient {
	return n8nHttpClient(
		async (request: IHttpRequestOptions): Promise<unknown> =>
			await context.helpers.httpRequestWithAuthentication.call(
				context,
				MODEL_CREDENTIAL,
				request,
			),
	);
}
