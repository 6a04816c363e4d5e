import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { modelCredentialOf } from './model-fields';

/**
 * The list search of a node's Model field. When another credential is chosen, the editor empties a
 * model that the new list does not have, and does so without a word where no list comes. So the
 * chosen one is then on the list, with the reason below it; a search for a name fails with it.
 */
export async function searchModels(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	// n8n loads the nodes' files when it starts; this comes with the first look into the list.
	const { listModels } = await import('./model-api.js');
	const credential = modelCredentialOf(this.getCurrentNodeParameter('modelSource'));
	try {
		return await listModels(this, credential, filter);
	} catch (error) {
		const chosen = this.getCurrentNodeParameter('model.value');
		if (filter || typeof chosen !== 'string' || chosen === '') throw error;
		// The editor lets nobody choose an entry whose value is true or false.
		const why = { name: `No list: ${(error as Error).message}`, value: false };
		return { results: [{ name: chosen, value: chosen }, why] };
	}
}
