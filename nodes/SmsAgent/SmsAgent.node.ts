import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type ILoadOptionsFunctions,
	type INodeExecutionData,
	type INodeListSearchResult,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { credentials, properties } from './fields';

export class SmsAgent implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'SMS Agent',
		name: 'smsAgent',
		icon: { light: 'file:SmsAgent.svg', dark: 'file:SmsAgent.dark.svg' },
		group: ['transform'],
		// A node whose version is exactly 1 costs n8n one more expression per request.
		version: 2,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'See and steer your text conversations: take over, opt out, export, pause',
		defaults: { name: 'SMS Agent' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials,
		properties,
	};

	methods = {
		listSearch: {
			async searchThreads(
				this: ILoadOptionsFunctions,
				filter?: string,
				page?: string,
			): Promise<INodeListSearchResult> {
				const { searchThreads } = await import('./search.js');
				return await searchThreads(this, filter, page);
			},
			async searchContacts(
				this: ILoadOptionsFunctions,
				filter?: string,
			): Promise<INodeListSearchResult> {
				const { searchContacts } = await import('./search.js');
				return await searchContacts(this, filter);
			},
		},
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		// Twilio's classes and the phone number rules are loaded on first use, not when n8n starts.
		const { runItems } = await import('./run-items.js');
		return [await runItems(this)];
	}
}
