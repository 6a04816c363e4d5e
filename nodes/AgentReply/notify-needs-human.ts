import type { IExecuteFunctions } from 'n8n-workflow';
import { reasonOf } from '../shared/messaging/reason-of';
import { webhookOfAgent } from '../shared/n8n/agents/webhook-of-agent';
import { TWILIO_CREDENTIAL, credentialText } from '../shared/n8n/credentials/twilio-credential';
import { logWarning } from '../shared/n8n/host/log-warning';
import { n8nHttpClient } from '../shared/n8n/host/n8n-http-client';
import { systemClock } from '../shared/n8n/host/system-clock';
import type { IncomingText } from '../shared/n8n/items/incoming-text';
import { notifyWebhook } from '../shared/receiving/notify-webhook';
import type { NeedsHumanCode, ReplyOutcome } from '../shared/replying/reply-outcome';

/** What keeps a contact waiting though nobody decided so: something was down. */
const TOLD_OF = new Set<NeedsHumanCode>(['notSent', 'modelFailed', 'tooLate']);

/**
 * Tells the agent's webhook, where it has one, of a text that stays unanswered because something was
 * down. Never rejects: the item tells of it all the same.
 */
export async function notifyNeedsHuman(
	context: IExecuteFunctions,
	text: IncomingText,
	outcome: ReplyOutcome,
	itemIndex: number,
): Promise<void> {
	if (outcome.kind !== 'needsHuman' || !TOLD_OF.has(outcome.code)) return;
	try {
		const url = webhookOfAgent(context, text.agent.id, itemIndex);
		if (!url) return;
		const credential = await context.getCredentials(TWILIO_CREDENTIAL);
		const secret = credentialText(credential, 'notifySigningSecret');
		if (secret === '') throw new Error('the credential has no Notify Signing Secret');
		const http = n8nHttpClient(
			async (request): Promise<unknown> => await context.helpers.httpRequest(request),
		);
		const told = await notifyWebhook(
			{
				url: url.toString(),
				id: `${text.messageSid}-${text.agent.id}-needsHuman`,
				payload: notification(text, outcome),
				secret,
			},
			{ http, clock: systemClock },
		);
		if (!told.delivered) throw new Error(told.reason);
	} catch (error) {
		logWarning(
			context,
			`needsHuman:${text.agent.id}`,
			`The webhook of the agent "${text.agent.name}" was not told of a text that needs a person: ${reasonOf(error)}.`,
		);
	}
}

function notification(text: IncomingText, outcome: Extract<ReplyOutcome, { kind: 'needsHuman' }>) {
	const { id, name, matchedBy } = text.agent;
	return {
		type: 'sms.needsHuman',
		timestamp: new Date(systemClock.now()).toISOString(),
		data: {
			threadId: text.threadId,
			agent: { id, name, matchedBy },
			contact: text.contact,
			sender: text.sender,
			messagingServiceSid: text.messagingServiceSid,
			messageSid: text.messageSid,
			messageSids: text.messageSids,
			body: text.body,
			receivedAt: text.receivedAt,
			reason: outcome.reason,
			reasonCode: outcome.code,
			unsentText: outcome.unsentText ?? null,
		},
	};
}
