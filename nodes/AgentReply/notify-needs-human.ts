import type { IExecuteFunctions } from 'n8n-workflow';
import { isoTime } from '../shared/messaging/clock';
import { reasonOf } from '../shared/messaging/reason-of';
import { postToAgentWebhook, textTold } from '../shared/n8n/agents/post-to-agent-webhook';
import { webhookOfAgent } from '../shared/n8n/agents/webhook-of-agent';
import { readCredential } from '../shared/n8n/credentials/read-credential';
import { TWILIO_CREDENTIAL, credentialText } from '../shared/n8n/credentials/twilio-credential';
import { logWarning } from '../shared/n8n/host/log-warning';
import { systemClock } from '../shared/n8n/host/system-clock';
import type { IncomingText } from '../shared/n8n/items/incoming-text';
import type { NeedsHumanCode, ReplyOutcome } from '../shared/replying/reply-outcome';

/** What keeps a contact waiting though nobody decided so: something was down, or used up. */
const TOLD_OF = new Set<NeedsHumanCode>([
	...(['notSent', 'modelFailed', 'tooLate', 'modelLimitReached', 'tooManyModelCalls'] as const),
]);

/**
 * Tells the agent's webhook, where it has one, of a text that stays unanswered because something was
 * down or used up, and resolves to whether it was told. Never rejects: the item tells of it all the
 * same.
 */
export async function notifyNeedsHuman(
	context: IExecuteFunctions,
	text: IncomingText,
	outcome: ReplyOutcome,
	itemIndex: number,
): Promise<boolean> {
	if (outcome.kind !== 'needsHuman' || !TOLD_OF.has(outcome.code)) return false;
	try {
		const url = webhookOfAgent(context, text.agent.id, itemIndex);
		if (!url) return false;
		const credential = await readCredential(context, TWILIO_CREDENTIAL);
		const secret = credentialText(credential, 'notifySigningSecret');
		if (secret === '') throw new Error('the credential has no Notify Signing Secret');
		const told = await postToAgentWebhook(context, {
			url: url.toString(),
			id: `${text.messageSid}-${text.agent.id}-needsHuman`,
			payload: notification(text, outcome),
			secret,
		});
		if (!told.delivered) throw new Error(told.reason);
		return true;
	} catch (error) {
		logWarning(
			context,
			`needsHuman:${text.agent.id}`,
			`The webhook of the agent "${text.agent.name}" was not told of a text that needs a person: ${reasonOf(error)}.`,
		);
		return false;
	}
}

function notification(text: IncomingText, outcome: Extract<ReplyOutcome, { kind: 'needsHuman' }>) {
	return {
		type: 'sms.needsHuman',
		timestamp: isoTime(systemClock),
		data: {
			...textTold(text),
			receivedAt: text.receivedAt,
			reason: outcome.reason,
			reasonCode: outcome.code,
			unsentText: outcome.unsentText ?? null,
		},
	};
}
