import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { modelRefusal } from '../agent/model-refusal';
import { modelBaseUrlOf, modelHttpOf } from './model-api';
import { nodeErrorOf } from './node-error';

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
