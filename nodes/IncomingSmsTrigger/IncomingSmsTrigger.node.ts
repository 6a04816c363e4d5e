import type {
	IExecuteFunctions,
	IHookFunctions,
	ILoadOptionsFunctions,
	INodeExecutionData,
	INodePropertyOptions,
	INodeType,
	INodeTypeDescription,
	ITriggerFunctions,
	ITriggerResponse,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';
import {
	testPostgresStore,
	testRedisStore,
} from '../shared/n8n/credentials/test-store-credentials';
import { testTwilioCredential } from '../shared/n8n/credentials/test-twilio-credential';
import { TWILIO_SLOT } from '../shared/n8n/credentials/twilio-credential';
import { passOn } from '../shared/n8n/upkeep/pass-on';
import { OUTPUTS_EXPRESSION } from './outputs';
import { WEBHOOK_PATH } from '../shared/n8n/webhook/webhook-path';
import { storeHints } from './store-hints';
import { properties } from './fields';

/**
 * Where and who: "+14155550111 · Front Desk". Of a number that is known by its SID only, that there is
 * one; of ways to connect that have no words here, the agents say enough.
 */
const SUBTITLE = `={{ ((numbers, agents) => [
	({
		messagingService: "Messaging Service",
		phoneNumbers: numbers.length > 1 ? numbers.length + " numbers" : !numbers[0] ? "No number yet" : numbers[0][0] === "+" ? numbers[0] : "1 number",
		manual: "Set up by hand",
	})[$parameter["receiveOn"]],
	agents.length > 1 ? agents.length + " agents" : (agents[0] || {}).name,
].filter(Boolean).join(" · "))([].concat($parameter["phoneNumbers"] || []), ($parameter["agents"] || {}).agent || []) }}`;

export class IncomingSmsTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Incoming SMS Trigger',
		name: 'incomingSmsTrigger',
		icon: { light: 'file:IncomingSmsTrigger.svg', dark: 'file:IncomingSmsTrigger.dark.svg' },
		group: ['trigger'],
		// A node whose version is exactly 1 costs n8n one more expression per request.
		version: 2,
		subtitle: SUBTITLE,
		description: 'Starts the workflow when somebody texts your Twilio number',
		eventTriggerDescription: 'Waiting for a text message to your Twilio number',
		activationMessage: 'Texts to your Twilio number now start this workflow.',
		defaults: { name: 'Incoming SMS Trigger' },
		inputs: [],
		outputs: OUTPUTS_EXPRESSION,
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
			header: 'Text your number',
			executionsHelp: {
				inactive:
					'<b>While you build</b>: click "Execute step", then send a text to your Twilio number. For that one text this editor is connected at Twilio; what was connected before comes back afterwards.<br/><br/><b>When you are done</b>: publish the workflow. Then every text starts it, and the executions show up in the list.',
				active: '<b>While you build</b>: click "Execute step", then send a text to your Twilio number. That text comes here; after it, texts start the published workflow again.<br/><br/><b>Your workflow is published</b>: its executions show up in the list.',
			},
			activationHint:
				'Publish the workflow, and every text to your number starts it. You will not see those runs here, but in the executions list.',
		},
		hints: storeHints,
		properties,
	};

	methods = {
		loadOptions: {
			async getPhoneNumbers(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
				const { loadNumbers } = await import('./load-numbers.js');
				return await loadNumbers(this);
			},
		},
		credentialTest: { testTwilioCredential, testRedisStore, testPostgresStore },
	};

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				const { checkWebhookExists } = await import('./webhook-hooks.js');
				return await checkWebhookExists(this);
			},
			async create(this: IHookFunctions): Promise<boolean> {
				const { createWebhook } = await import('./webhook-hooks.js');
				return await createWebhook(this);
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				const { deleteWebhook } = await import('./webhook-hooks.js');
				return await deleteWebhook(this);
			},
		},
	};

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		const { lookAfterTexts } = await import('./look-after-texts.js');
		return await lookAfterTexts(this);
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await passOn(this);
	}

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		// n8n loads this file when it starts; what a text needs can wait for the first one.
		const { receiveText } = await import('./receive-text.js');
		return await receiveText(this);
	}
}
