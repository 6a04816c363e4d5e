import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { WITH_MEMORY, inputsWithModel } from '../shared/n8n/models/model-fields';
import { searchModels } from '../shared/n8n/models/search-models';
import { credentials, properties } from './fields';
import { OUTPUT_NAMES } from './outputs';

// eslint-disable-next-line @n8n/community-nodes/node-usable-as-tool -- it answers the text a run began with; a model that calls tools has Send SMS for that
export class AgentReply implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Agent Reply',
		name: 'agentReply',
		icon: { light: 'file:AgentReply.svg', dark: 'file:AgentReply.dark.svg' },
		group: ['transform'],
		// A node whose version is exactly 1 costs n8n one more expression per request.
		version: 2,
		subtitle:
			'={{ ($parameter["delivery"] === "send" ? "Write and send" : "Write only") + " · " + ($parameter["modelSource"] === "chatModel" ? "connected model" : ($parameter["model"]["value"] || $parameter["model"])) }}',
		description: 'Answer an incoming text with AI, remembering the conversation',
		defaults: { name: 'Agent Reply' },
		inputs: inputsWithModel(undefined, WITH_MEMORY),
		outputs: OUTPUT_NAMES.map(() => NodeConnectionTypes.Main),
		outputNames: OUTPUT_NAMES,
		credentials,
		hints: [
			{
				message:
					'Nothing is sent by this node: connect <b>Replied</b> to a <b>Send SMS</b> node.',
				displayCondition: '={{ $parameter["delivery"] === "compose" }}',
				whenToDisplay: 'beforeExecution',
				location: 'outputPane',
				type: 'info',
			},
			{
				message:
					'Every reply may cost as many times the price of a text as <b>Maximum Segments</b> says.',
				displayCondition: '={{ $parameter["options"]["maxSegments"] > 3 }}',
				whenToDisplay: 'always',
				location: 'outputPane',
				type: 'warning',
			},
		],
		properties,
	};

	methods = { listSearch: { searchModels } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		// n8n loads this file when it starts; what only a run needs comes with the first run.
		const { replyToItems } = await import('./reply-to-items.js');
		return await replyToItems(this);
	}
}
