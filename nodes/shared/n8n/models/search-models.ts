import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

/** The list search of a node's Model field. */
export async function searchModels(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	// n8n loads the nodes' files when it starts; this comes with the first look into the list.
	const { listModels } = await import('./model-api.js');
	return await listModels(this, filter);
}
