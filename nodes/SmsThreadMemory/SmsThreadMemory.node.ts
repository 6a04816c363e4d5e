import {
	NodeConnectionTypes,
	type INodeType,
	type INodeTypeDescription,
	type ISupplyDataFunctions,
	type SupplyData,
} from 'n8n-workflow';
import { credentials, properties } from './fields';

export class SmsThreadMemory implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'SMS Thread Memory',
		name: 'smsThreadMemory',
		icon: { light: 'file:SmsThreadMemory.svg', dark: 'file:SmsThreadMemory.dark.svg' },
		group: ['transform'],
		// A node whose version is exactly 1 costs n8n one more expression per request.
		version: 2,
		subtitle: '={{ $parameter["threadId"] ? "Thread by its ID" : "Thread of the run" }}',
		description: "Let n8n's AI Agent remember the text conversation it answers in",
		defaults: { name: 'SMS Thread Memory' },
		inputs: [],
		outputs: [NodeConnectionTypes.AiMemory],
		credentials,
		properties,
	};

	async supplyData(this: ISupplyDataFunctions): Promise<SupplyData> {
		// n8n loads this file when it starts; what only a run needs comes with the first run.
		const { supplyMemory } = await import('./supply-memory.js');
		return await supplyMemory(this);
	}
}
