import type {
	IExecuteFunctions,
	IHttpRequestOptions,
	ILoadOptionsFunctions,
	INodeListSearchResult,
} from 'n8n-workflow';
import type { HttpClient } from '../../http/http-client';
import { InvalidInputError } from '../../messaging/invalid-input-error';
import { MODEL_CREDENTIAL } from './model-fields';
import { n8nHttpClient } from '../host/n8n-http-client';
import { modelRefusal } from '../../composing/model-error';
import { nodeErrorOf } from '../host/node-error';

type Context = IExecuteFunctions | ILoadOptionsFunctions;

/** Where the API of the node's model credential begins. Throws InvalidInputError. */
export async function modelBaseUrlOf(context: Context): Promise<string> {
	const { baseUrl } = await context.getCredentials(MODEL_CREDENTIAL);
	const text = typeof baseUrl === 'string' ? baseUrl.trim().replace(/\/+$/, '') : '';
	if (/^https?:\/\/[^\s/]+/i.test(text) && URL.canParse(text)) return text;
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

/** OpenAI lists everything it has under one address; these do not write texts. */
const NOT_FOR_TEXT =
	/embed|whisper|tts|dall-e|moderation|image|audio|realtime|transcribe|sora|davinci|babbage/i;

/** The models of the credential's provider, for the Model field. A failure is shown, never an empty list. */
export async function listModels(
	context: ILoadOptionsFunctions,
	filter: string,
): Promise<INodeListSearchResult> {
	try {
		const wanted = filter.toLowerCase();
		const ids = await modelIds(context);
		return {
			results: ids
				.filter((id) => !NOT_FOR_TEXT.test(id) && id.toLowerCase().includes(wanted))
				.sort((a, b) => a.localeCompare(b))
				.map((id) => ({ name: id, value: id })),
		};
	} catch (error) {
		throw nodeErrorOf(context.getNode(), error);
	}
}

async function modelIds(context: ILoadOptionsFunctions): Promise<string[]> {
	const baseUrl = await modelBaseUrlOf(context);
	const answer = await modelHttpOf(context)({
		method: 'GET',
		url: `${baseUrl}/models`,
		headers: { accept: 'application/json' },
		timeoutMs: 15_000,
	});
	const provider = new URL(baseUrl).host;
	if (answer.status !== 200) {
		throw modelRefusal({ provider, status: answer.status, detail: '' });
	}
	const ids = idsIn(answer.body);
	if (ids) return ids;
	throw modelRefusal({ provider, status: 404, detail: 'the answer is not a list of models' });
}

/** Undefined where the body is not a list of models as OpenAI writes it. */
function idsIn(body: string): string[] | undefined {
	try {
		const { data } = JSON.parse(body) as { data: Array<{ id: string }> };
		return data.map(({ id }) => id);
	} catch {
		return undefined;
	}
}
