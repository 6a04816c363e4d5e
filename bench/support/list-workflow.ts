import type { INode } from 'n8n-workflow';
import type { WorkflowDefinition } from '../../harness/n8n-client';
import { keeping, type Kept } from '../../harness/two-way-agent';
import { inARow, nodeIn, type StoredCredential } from '../../harness/workflow-nodes';
import type { OursKey } from './build';

/** What texts a list: n8n's own node, or Send SMS with its threads somewhere. */
export type ListKey = 'http' | Exclude<OursKey, 'ours-static'>;

/** Texts on their way at once: what Send SMS does by default. */
export const AT_ONCE = 10;
/** Milliseconds that Twilio takes. */
export const TWILIO_MS = 150;

export interface ListBuild {
	/** Its webhook, which takes `{ texts: ListText[] }`. */
	url: string;
	workflowId: string;
}

export interface ListText {
	to: string;
	text: string;
}

interface ListSetting {
	/** Of the webhook. */
	path: string;
	sender: string;
	accountSid: string;
	twilioUrl: string;
	/** Milliseconds from ten requests of HTTP Request to the next ten. */
	everyMs: number;
	credentials: Record<
		'twilioMessagingApi' | 'openAiCompatibleApi' | 'httpBasicAuth',
		StoredCredential
	>;
}

const [TO, TEXT] = ['={{ $json.to }}', '={{ $json.text }}'];

/** Webhook, an item for each text, one node that sends them. */
export function listWorkflow(
	key: ListKey,
	setting: ListSetting,
	kept: Kept | undefined,
): WorkflowDefinition {
	const { path, sender, credentials } = setting;
	const send = kept
		? keeping(
				nodeIn(
					{ credentials },
					{
						type: 'sendSms',
						name: 'Send',
						parameters: { to: TO, body: TEXT, from: sender },
					},
				),
				kept,
			)
		: httpRequest(setting);
	return {
		name: `A list, ${key}`,
		nodes: [
			{
				id: 'hook',
				name: 'List Comes In',
				type: 'n8n-nodes-base.webhook',
				typeVersion: 2.1,
				position: [0, 0],
				webhookId: path,
				parameters: {
					httpMethod: 'POST',
					path,
					responseMode: 'lastNode',
					responseData: 'noData',
				},
			},
			{
				id: 'split',
				name: 'Texts',
				type: 'n8n-nodes-base.splitOut',
				typeVersion: 1,
				position: [200, 0],
				parameters: { fieldToSplitOut: 'body.texts' },
			},
			{ ...send, position: [400, 0] },
		],
		connections: inARow('List Comes In', 'Texts', 'Send'),
	};
}

/**
 * It begins so many requests, waits, begins the next, whether or not Twilio has answered. Waits of
 * Twilio's own time have about as many on their way as Send SMS has.
 */
function httpRequest({ sender, accountSid, twilioUrl, everyMs, credentials }: ListSetting): INode {
	const field = (name: string, value: string) => ({ name, value });
	return {
		id: 'send',
		name: 'Send',
		type: 'n8n-nodes-base.httpRequest',
		typeVersion: 4.2,
		position: [0, 0],
		parameters: {
			method: 'POST',
			url: `${twilioUrl}/2010-04-01/Accounts/${accountSid}/Messages.json`,
			authentication: 'genericCredentialType',
			genericAuthType: 'httpBasicAuth',
			sendBody: true,
			contentType: 'form-urlencoded',
			bodyParameters: {
				parameters: [field('To', TO), field('From', sender), field('Body', TEXT)],
			},
			options: {
				batching: { batch: { batchSize: AT_ONCE, batchInterval: everyMs } },
			},
		},
		credentials: { httpBasicAuth: credentials.httpBasicAuth },
	};
}
