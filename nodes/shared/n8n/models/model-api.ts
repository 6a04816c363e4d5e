import type {
	ICredentialDataDecryptedObject,
	IExecuteFunctions,
	IHttpRequestOptions,
	ILoadOptionsFunctions,
	INodeListSearchResult,
} from 'n8n-workflow';
import type { HttpClient } from '../../http/http-client';
import { webAddressOf } from '../../messaging/web-address';
import { readCredential } from '../credentials/read-credential';
import { MODEL_CREDENTIALS, type ModelCredential } from './model-fields';
import { n8nHttpClient } from '../host/n8n-http-client';
import { isWebPage, modelNoAnswer, modelRefusal } from '../../composing/model-error';
import { nodeErrorOf } from '../host/node-error';

type Context = IExecuteFunctions | ILoadOptionsFunctions;

const OPENAI = 'https://api.openai.com/v1';

/** Where the API of the node's model credential begins. Throws InvalidInputError. */
export async function modelBaseUrlOf(context: Context, type: ModelCredential): Promise<string> {
	const stored = await readCredential(context, type);
	// n8n's own credential calls it otherwise, and means OpenAI where it is empty.
	if (type === MODEL_CREDENTIALS.openAi)
		return modelBaseUrlIn({ baseUrl: stored['url'] || OPENAI });
	return modelBaseUrlIn(stored);
}

/** Where the API of an OpenAI or Similar API credential begins. Throws InvalidInputError. */
export function modelBaseUrlIn({ baseUrl }: ICredentialDataDecryptedObject): string {
	const text = typeof baseUrl === 'string' ? baseUrl.trim().replace(/(?<!\/)\/+$/, '') : '';
	return webAddressOf(
		text,
		'Base URL',
		`Open the model credential and enter the address where the API begins, for example ${OPENAI}.`,
	);
}

/** Carries calls to the model provider through n8n, which adds the credential's key. */
export function modelHttpOf(context: Context, type: ModelCredential): HttpClient {
	return n8nHttpClient(
		async (request: IHttpRequestOptions): Promise<unknown> =>
			await context.helpers.httpRequestWithAuthentication.call(context, type, request),
	);
}

/** OpenAI lists everything it has under one address; these do not write texts. */
const NOT_FOR_TEXT =
	/embed|whisper|tts|dall-e|moderation|image|audio|realtime|transcribe|sora|davinci|babbage/i;

/** The models of the credential's provider, for the Model field. A failure is shown, never an empty list. */
export async function listModels(
	context: ILoadOptionsFunctions,
	type: ModelCredential,
	filter: string,
): Promise<INodeListSearchResult> {
	try {
		const wanted = filter.toLowerCase();
		const ids = await modelIds(await modelBaseUrlOf(context, type), modelHttpOf(context, type));
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

/** All models that a provider lists. Rejects with ModelError, which tells the status. */
export async function modelIds(baseUrl: string, http: HttpClient): Promise<string[]> {
	const provider = new URL(baseUrl).host;
	const answer = await http({
		method: 'GET',
		url: `${baseUrl}/models`,
		headers: { accept: 'application/json' },
		timeoutMs: 15_000,
	}).catch((error: unknown) => {
		throw modelNoAnswer(provider, error);
	});
	if (answer.status !== 200) {
		// A web page tells that the address is wrong; other words may repeat the key.
		const detail = isWebPage(answer.body) ? answer.body : '';
		throw modelRefusal({ provider, status: answer.status, detail });
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
