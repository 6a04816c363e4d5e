import type {
	IDataObject,
	INodeExecutionData,
	ITriggerFunctions,
	IWebhookFunctions,
} from 'n8n-workflow';
import { notifyWebhook, type NotifyOutcome } from '../shared/receiving/notify-webhook';
import type { Agent } from '../shared/messaging/agent';
import type { IncomingText } from '../shared/n8n/items/incoming-text';
import { n8nHttpClient } from '../shared/n8n/host/n8n-http-client';
import type { SigningAccount } from '../shared/n8n/credentials/signing-account.singleton';
import { systemClock } from '../shared/n8n/host/system-clock';
import { logWarning } from '../shared/n8n/host/log-warning';
import { reasonOf } from '../shared/messaging/reason-of';

/** Tells the agent's webhook of the text. Resolves to an item that tells of the failure, if it failed. */
export async function notifyAgentWebhook(
	context: ITriggerFunctions | IWebhookFunctions,
	agent: Agent,
	text: IncomingText,
	{ notifySigningSecret }: SigningAccount,
): Promise<INodeExecutionData | undefined> {
	const outcome = await deliver(context, agent, text, notifySigningSecret);
	if (outcome.delivered) return undefined;
	const { attempts, reason } = outcome;
	const times = attempts === 1 ? 'once' : `${attempts} times`;
	logWarning(
		context,
		`notify:${agent.id}`,
		`The webhook of the agent "${agent.name}" did not get a text, tried ${times}: ${reason}.`,
	);
	const notify = { host: new URL(agent.webhookUrl).host, attempts, reason };
	return { json: { ...text, event: 'notifyFailed', notify } as unknown as IDataObject };
}

async function deliver(
	context: ITriggerFunctions | IWebhookFunctions,
	agent: Agent,
	text: IncomingText,
	secret: string,
): Promise<NotifyOutcome> {
	try {
		const http = n8nHttpClient(
			async (request): Promise<unknown> => await context.helpers.httpRequest(request),
		);
		return await notifyWebhook(
			{
				url: agent.webhookUrl,
				id: `${text.messageSid}-${agent.id}`,
				payload: notification(text),
				secret,
			},
			{ http, clock: systemClock },
		);
	} catch (error) {
		// Whatever it is, the text itself must get through.
		const reason = reasonOf(error);
		return { delivered: false, attempts: 1, reason };
	}
}

/** The text for another app: without our prompt and without what only n8n's own nodes need. */
function notification(text: IncomingText) {
	const { id, name, matchedBy } = text.agent;
	return {
		type: 'sms.received',
		timestamp: text.receivedAt,
		data: {
			threadId: text.threadId,
			agent: { id, name, matchedBy },
			contact: text.contact,
			sender: text.sender,
			messagingServiceSid: text.messagingServiceSid,
			messageSid: text.messageSid,
			messageSids: text.messageSids,
			body: text.body,
			messages: text.messages,
			media: text.media,
			numSegments: text.numSegments,
			receivedAt: text.receivedAt,
			newThread: text.newThread,
			reaction: text.reaction,
			late: text.late,
			lateMinutes: text.lateMinutes,
			tooLate: text.tooLate,
		},
	};
}
