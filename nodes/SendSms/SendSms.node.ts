import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { inputsWithModel } from '../shared/n8n/models/model-fields';
import { searchModels } from '../shared/n8n/models/search-models';
import { searchSenders } from '../shared/n8n/senders/search-senders';
import { credentials, properties } from './fields';
import { WITHOUT_TEXTING } from './real-texts';

export class SendSms implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Send SMS',
		name: 'sendSms',
		icon: { light: 'file:SendSms.svg', dark: 'file:SendSms.dark.svg' },
		group: ['output'],
		// A node whose version is exactly 1 costs n8n one more expression per request.
		version: 2,
		subtitle:
			'={{ ($parameter["mode"] === "ai" ? "AI texts " : "Texts ") + ($parameter["to"] || "the contact") }}',
		description: 'Send a text message (SMS or MMS) from your own Twilio account',
		defaults: { name: 'Send SMS' },
		usableAsTool: true,
		inputs: inputsWithModel(
			'$parameter["mode"] === "ai" && $parameter["modelSource"] === "chatModel"',
		),
		outputs: [NodeConnectionTypes.Main],
		credentials,
		hints: [
			{
				message: `Executed from the editor too, this node texts for real. ${WITHOUT_TEXTING}`,
				whenToDisplay: 'beforeExecution',
				location: 'outputPane',
				type: 'info',
			},
		],
		properties,
	};

	methods = { listSearch: { searchModels, searchSenders } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		// Twilio's classes and the phone number rules are loaded on first use, not when n8n starts.
		const { sendItems } = await import('./send-items.js');
		return [await sendItems(this)];
	}
}
