import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { USUAL_MODEL, WITH_MEMORY, inputsWithModel } from '../shared/n8n/models/model-fields';
import { TOOLS_INPUT } from '../shared/n8n/models/tool-fields';
import { searchModels } from '../shared/n8n/models/search-models';
import { testModelCredential } from '../shared/n8n/models/test-model-credential';
import { credentials, properties } from './fields';
import { OUTPUT_NAMES } from './outputs';

// eslint-disable-next-line @n8n/community-nodes/node-usable-as-tool -- it answers the text a run began with, and calls tools itself
export class AgentReply implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Agent Reply',
		name: 'agentReply',
		icon: { light: 'file:AgentReply.svg', dark: 'file:AgentReply.dark.svg' },
		group: ['transform'],
		// A node whose version is exactly 1 costs n8n one more expression per request.
		version: 2,
		subtitle: `={{ ($parameter["delivery"] === "send" ? "Sends" : "Writes") + " · " + ($parameter["modelSource"] === "chatModel" ? "connected model" : [$parameter["model"]["value"], $parameter["model"]].find((one) => typeof one === "string" && one) || "${USUAL_MODEL}") }}`,
		description:
			'Answer an incoming text with AI that remembers the conversation and can use tools',
		defaults: { name: 'Agent Reply' },
		inputs: inputsWithModel(undefined, WITH_MEMORY, [TOOLS_INPUT]),
		outputs: OUTPUT_NAMES.map(() => NodeConnectionTypes.Main),
		outputNames: OUTPUT_NAMES,
		credentials,
		hints: [
			{
				message:
					'Nothing is sent by this node: connect <b>Replied</b> to a <b>Send SMS</b> node. That one texts for real, from the editor too.',
				displayCondition: '={{ $parameter["delivery"] === "compose" }}',
				whenToDisplay: 'beforeExecution',
				location: 'outputPane',
				type: 'info',
			},
			{
				message:
					'Executed from the editor too, this node texts the contact for real. To try prompts, set <b>When the Reply Is Written</b> to <b>Only Give It to the Next Node</b>.',
				displayCondition: '={{ $parameter["delivery"] === "send" }}',
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

	methods = { listSearch: { searchModels }, credentialTest: { testModelCredential } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		// n8n loads this file when it starts; what only a run needs comes with the first run.
		const { replyToItems } = await import('./reply-to-items.js');
		return await replyToItems(this);
	}
}
