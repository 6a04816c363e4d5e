import type { IHookFunctions } from 'n8n-workflow';
import { webAddressOf } from '../shared/messaging/web-address';
import { assertStandardSecret } from '../shared/receiving/notify-webhook';
import { settleStore } from '../shared/n8n/stores/open-thread-store';
import { storeChoiceOfTrigger } from '../shared/n8n/stores/thread-store-choice';
import { leftToUpkeep } from '../shared/n8n/registration/at-start';
import { connect, disconnect, isConnected } from '../shared/n8n/registration/registration-hooks';
import type { Connecting } from '../shared/n8n/registration/connecting';
import { explainFailure } from '../shared/n8n/registration/registration-report';
import {
	CHOSEN_PHONE_NUMBERS,
	PHONE_NUMBERS,
	readConnection,
} from '../shared/n8n/registration/connection-fields';
import { numbersBefore } from '../shared/n8n/registration/registration-memory';
import { assertPromptsPlain, readAgents } from '../shared/n8n/agents/read-agents';
import { signingAccountOf } from '../shared/n8n/credentials/signing-account.singleton';
import {
	automaticTargets,
	numberTargets,
	serviceTargets,
} from '../shared/twilio/registration/inbound-targets';
import type { TriggerContext } from '../shared/n8n/host/field-value';
import { assertPrompts } from './assert-prompts';
import { ASK_FOR_CONTEXT, read, RECEIVE_ON, SERVICE_OF_CREDENTIAL } from './fields';

/** Whether there is nothing to register. Looks at Twilio, not only at what we remember. */
export async function checkWebhookExists(context: IHookFunctions): Promise<boolean> {
	if (leftToUpkeep(context)) return true;
	return await explainFailure(context, async () => {
		await settleStore(context, storeChoiceOfTrigger(context));
		await assertAgentsUsable(context);
		return await isConnected(context, connectingOf(context));
	});
}

export async function createWebhook(context: IHookFunctions): Promise<boolean> {
	return await explainFailure(context, async () => {
		await connect(context, connectingOf(context));
		return true;
	});
}

/** Also called after a `create` that failed, for a webhook that never was. Never rejects. */
export async function deleteWebhook(context: IHookFunctions): Promise<boolean> {
	await disconnect(context, () => connectingOf(context));
	return true;
}

/** Reports what could never work before Twilio is asked. n8n always checks before it creates. */
async function assertAgentsUsable(context: IHookFunctions): Promise<void> {
	assertPromptsPlain(context);
	const agents = readAgents(context);
	// Whoever only listens for a text while building may write the prompt after it.
	const { contextUrl, separateOutputs } = read(context);
	if (context.getMode() !== 'manual') assertPrompts(context, agents, separateOutputs);
	if (contextUrl !== undefined) webAddressOf(contextUrl, ASK_FOR_CONTEXT, CONTEXT_FIX);
	else if (agents.every(({ onText }) => onText === 'reply')) return;
	const { notifySigningSecret } = await signingAccountOf(context);
	assertStandardSecret(notifySigningSecret, 'Notify Signing Secret');
}

const CONTEXT_FIX =
	'Enter the address that is to be asked, starting with https://, or take the option away.';

const LABELS = {
	receiveOn: RECEIVE_ON,
	phoneNumbers: PHONE_NUMBERS,
	ofService: SERVICE_OF_CREDENTIAL,
	ofNumbers: CHOSEN_PHONE_NUMBERS.name,
};

export function connectingOf(context: TriggerContext): Connecting {
	const { receiveOn, phoneNumbers } = readConnection(context);
	const targets: Record<typeof receiveOn, Connecting['targets']> = {
		automatic: async (client, webhook) =>
			await automaticTargets(client, numbersBefore(context), webhook, LABELS),
		messagingService: async (client) => await serviceTargets(client, LABELS),
		phoneNumbers: async (client) => await numberTargets(client, phoneNumbers, LABELS),
		manual: undefined,
	};
	return { field: RECEIVE_ON, kinds: ['service', 'number'], targets: targets[receiveOn] };
}
