import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

/**
 * The list search of From. As with a model (see search-models.ts), where no list comes the chosen
 * sender is on it alone, with the reason below it, so that the editor does not empty the field.
 */
export async function searchSenders(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	// n8n loads the nodes' files when it starts; Twilio's classes come with the first look into the list.
	const { listSenders } = await import('./list-senders.js');
	try {
		return await listSenders(this, filter);
	} catch (error) {
		const chosen = this.getCurrentNodeParameter('from.value');
		if (filter || typeof chosen !== 'string' || chosen === '') throw error;
		// The editor lets nobody choose an entry whose value is true or false.
		const why = { name: `No list: ${(error as Error).message}`, value: false };
		return { results: [{ name: chosen, value: chosen }, why] };
	}
}
