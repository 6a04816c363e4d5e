import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type IHookFunctions,
	type ILoadOptionsFunctions,
	type INodeExecutionData,
	type INodePropertyOptions,
	type INodeType,
	type INodeTypeDescription,
	type ITriggerFunctions,
	type ITriggerResponse,
	type IWebhookFunctions,
	type IWebhookResponseData,
	type NodeHint,
} from 'n8n-workflow';
import { WEBHOOK_PATH } from '../shared/n8n/webhook/webhook-path';
import {
	testPostgresStore,
	testRedisStore,
} from '../shared/n8n/credentials/test-store-credentials';
import { testTwilioCredential } from '../shared/n8n/credentials/test-twilio-credential';
import { TWILIO_SLOT } from '../shared/n8n/credentials/twilio-credential';
import { passOn } from '../shared/n8n/upkeep/pass-on';
import { properties } from './fields';

/**
 * An expression in the editor sees no list of the workflow's nodes, only one whose name it knows:
 * so it finds an Incoming SMS Trigger by the names that n8n gives.
 */
const ANSWERED_HERE = `["", 1, 2, 3, 4].some((number) => {
	try {
		return Boolean($node["Incoming SMS Trigger" + number].parameter);
	} catch {
		return false;
	}
})`;

/** What callers text back may come to another workflow, which sees nothing of This Workflow. */
const answersHints: NodeHint[] = [
	{
		message:
			'If another workflow answers what callers text back, it does not see the conversations of <b>This Workflow</b>. Choose the same <b>File on the Server</b>, Redis or Postgres under <b>Keep Conversations In</b> of both, or put the Incoming SMS Trigger into this workflow.',
		displayCondition: `={{ $parameter["threadStore"] === "staticData" && !${ANSWERED_HERE} }}`,
		type: 'info',
		location: 'outputPane',
		whenToDisplay: 'always',
	},
];

export class MissedCallTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Missed Call Trigger',
		name: 'missedCallTrigger',
		icon: { light: 'file:MissedCallTrigger.svg', dark: 'file:MissedCallTrigger.dark.svg' },
		group: ['trigger'],
		// A node whose version is exactly 1 costs n8n one more expression per request.
		version: 2,
		subtitle:
			'={{ $parameter["receiveOn"] === "elsewhere" ? "Calls answered elsewhere" : ($parameter["options"] ?? {})["ringNobody"] ? "Rings nobody" : "Rings " + ($parameter["phones"] || "your phone") }}',
		description: 'Starts the workflow when somebody calls and nobody takes the call',
		eventTriggerDescription: 'Waiting for a call that nobody takes',
		activationMessage: 'Calls that nobody takes now start this workflow.',
		defaults: { name: 'Missed Call Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		// Written out, because n8n's lint reads here that every credential has a test. By paths from
		// the root (`/threadStore`), because the editor then shows all credentials on top.
		credentials: [
			{
				name: 'twilioMessagingApi',
				displayName: TWILIO_SLOT,
				required: true,
				testedBy: 'testTwilioCredential',
			},
			{
				name: 'threadStoreRedisApi',
				required: true,
				testedBy: 'testRedisStore',
				displayOptions: { show: { '/threadStore': ['redis'] } },
			},
			{
				name: 'threadStorePostgresApi',
				required: true,
				testedBy: 'testPostgresStore',
				displayOptions: { show: { '/threadStore': ['postgres'] } },
			},
		],
		webhooks: [
			{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', path: WEBHOOK_PATH },
		],
		triggerPanel: {
			header: 'Call your number',
			executionsHelp: {
				inactive:
					'<b>While you build</b>: click "Execute step", call your Twilio number from another phone and do not take the call. For that one call this editor is connected at Twilio; what was connected before comes back afterwards.<br/><br/><b>When you are done</b>: publish the workflow. Then every missed call starts it, and the executions show up in the list.',
				active: '<b>While you build</b>: click "Execute step", call your Twilio number from another phone and do not take the call. That call comes here; after it, missed calls start the published workflow again.<br/><br/><b>Your workflow is published</b>: its executions show up in the list.',
			},
			activationHint:
				'Publish the workflow, and every call that nobody takes starts it. You will not see those runs here, but in the executions list.',
		},
		hints: answersHints,
		properties,
	};

	methods = {
		loadOptions: {
			async getPhoneNumbers(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
				const { loadCallNumbers } = await import('./load-call-numbers.js');
				return await loadCallNumbers(this);
			},
			async getCountries(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
				const { loadCountries } = await import('./read-caller-limits.js');
				return loadCountries();
			},
		},
		credentialTest: { testTwilioCredential, testRedisStore, testPostgresStore },
	};

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				const { checkWebhookExists } = await import('./call-hooks.js');
				return await checkWebhookExists(this);
			},
			async create(this: IHookFunctions): Promise<boolean> {
				const { createWebhook } = await import('./call-hooks.js');
				return await createWebhook(this);
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				const { deleteWebhook } = await import('./call-hooks.js');
				return await deleteWebhook(this);
			},
		},
	};

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		const { lookAfterCalls } = await import('./look-after-calls.js');
		return await lookAfterCalls(this);
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await passOn(this);
	}

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		// n8n loads this file when it starts; what a call needs can wait for the first one.
		const { receiveCall } = await import('./receive-call.js');
		return await receiveCall(this);
	}
}
