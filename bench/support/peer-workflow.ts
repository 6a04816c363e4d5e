import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../scripts/paths';
import type { StoredCredential } from '../../harness/workflow-nodes';
import type { WorkflowDefinition } from '../../harness/n8n-client';
import type { PeerKey } from './build';

export interface PeerSetting {
	/** Path of the webhook. */
	path: string;
	accountSid: string;
	twilioUrl: string;
	modelUrl: string;
	/** Of the chat memory in Postgres. */
	table: string;
	/** By type. */
	credentials: Record<string, StoredCredential>;
	/** Exchanges that the chat memory shows the model; n8n's default is 5. */
	contextWindowLength?: number;
}

/** A peer as its file has it, with the emulators in the place of Twilio and OpenAI. */
export function peerWorkflow(key: PeerKey, setting: PeerSetting): WorkflowDefinition {
	const text = readFileSync(join(ROOT, 'bench/peers', `${key}.json`), 'utf8')
		.replaceAll('https://api.twilio.com', setting.twilioUrl)
		.replaceAll('https://api.openai.com/v1', setting.modelUrl)
		.replaceAll('ACCOUNT_SID', setting.accountSid)
		.replaceAll('"TABLE"', JSON.stringify(setting.table))
		.replaceAll('"PATH"', JSON.stringify(setting.path));
	const workflow = JSON.parse(text) as WorkflowDefinition;
	for (const node of workflow.nodes) {
		for (const type of Object.keys(node.credentials ?? {})) {
			const credential = setting.credentials[type];
			if (!credential) throw new Error(`No credential for ${type} of ${key}`);
			node.credentials = { ...node.credentials, [type]: credential };
		}
		if (setting.contextWindowLength !== undefined && /\.memory/.test(node.type)) {
			node.parameters['contextWindowLength'] = setting.contextWindowLength;
		}
	}
	return workflow;
}
