import type { IHookFunctions } from 'n8n-workflow';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import type { TriggerContext } from '../shared/n8n/host/field-value';
import { leftToUpkeep } from '../shared/n8n/registration/at-start';
import { connect, disconnect, isConnected } from '../shared/n8n/registration/registration-hooks';
import type { Connecting } from '../shared/n8n/registration/connecting';
import { explainFailure } from '../shared/n8n/registration/registration-report';
import { settleStore } from '../shared/n8n/stores/open-thread-store';
import { storeChoiceOfTrigger } from '../shared/n8n/stores/thread-store-choice';
import {
	CHOSEN_PHONE_NUMBERS,
	PHONE_NUMBERS,
	readConnection,
} from '../shared/n8n/registration/connection-fields';
import { numbersBefore } from '../shared/n8n/registration/registration-memory';
import { assertPromptsPlain } from '../shared/n8n/agents/read-agents';
import { signingAccountOf } from '../shared/n8n/credentials/signing-account.singleton';
import { automaticCallTargets, callTargets } from '../shared/twilio/registration/inbound-targets';
import { readSettings } from './fields';
import { areReported, receiveOn as receiveOnField } from './ringing-fields';

/** Short enough to type, too long to guess. */
const SHORTEST_SECRET = 16;

/** Whether there is nothing to register. Looks at Twilio, not only at what we remember. */
export async function checkWebhookExists(context: IHookFunctions): Promise<boolean> {
	if (leftToUpkeep(context)) return true;
	return await explainFailure(context, async () => {
		await settleStore(context, storeChoiceOfTrigger(context));
		// Reports what could never work before Twilio is asked. n8n always checks before it creates.
		assertPromptsPlain(context);
		await readSettings(context);
		if (areReported(context)) await assertReportsProvable(context);
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

async function assertReportsProvable(context: IHookFunctions): Promise<void> {
	const { callReportSecret } = await signingAccountOf(context);
	if (callReportSecret.length >= SHORTEST_SECRET) return;
	throw new InvalidInputError({
		field: 'Call Report Secret',
		cause:
			callReportSecret === ''
				? 'it is empty in the credential, so anybody could report a missed call and have people texted'
				: `it has fewer than ${SHORTEST_SECRET} characters in the credential, so it could be guessed`,
		fix: 'In the Twilio Messaging API credential, enter a long random text, and the same in the system that reports the calls. For Retell, enter your Retell API key.',
	});
}

export function connectingOf(context: TriggerContext): Connecting {
	const { receiveOn, phoneNumbers } = readConnection(context);
	const byHand = areReported(context) || receiveOn === 'manual';
	return {
		field: receiveOnField.displayName,
		kinds: ['voice', 'callStatus'],
		targets: byHand
			? undefined
			: async (client, webhook) =>
					receiveOn === 'automatic'
						? await automaticCallTargets(
								client,
								numbersBefore(context),
								webhook,
								LABELS,
							)
						: await callTargets(client, phoneNumbers, webhook, PHONE_NUMBERS),
	};
}

const LABELS = {
	receiveOn: receiveOnField.displayName,
	phoneNumbers: PHONE_NUMBERS,
	ofNumbers: CHOSEN_PHONE_NUMBERS.name,
};
