import { n8nHttpClient } from '../host/n8n-http-client';
import { systemClock } from '../host/system-clock';
import type { TriggerContext } from '../host/field-value';
import type { IncomingText } from '../items/incoming-text';
import type { IExecuteFunctions } from 'n8n-workflow';
import { notifyWebhook, type NotifyOutcome } from '../../receiving/notify-webhook';

/** Rejects only for what is no failure of the receiver's. */
export async function postToAgentWebhook(
	context: IExecuteFunctions | TriggerContext,
	notification: Parameters<typeof notifyWebhook>[0],
): Promise<NotifyOutcome> {
	const http = n8nHttpClient(
		async (request): Promise<unknown> => await context.helpers.httpRequest(request),
	);
	return await notifyWebhook(notification, { http, clock: systemClock });
}

/** Whose text it is and which, for another app: without our prompt. */
export function textTold({ agent, ...text }: IncomingText) {
	const { id, name, matchedBy } = agent;
	return {
		threadId: text.threadId,
		agent: { id, name, matchedBy },
		contact: text.contact,
		sender: text.sender,
		messagingServiceSid: text.messagingServiceSid,
		messageSid: text.messageSid,
		messageSids: text.messageSids,
		body: text.body,
	};
}

/** The same with all that came with the text, and when. */
export function wholeTextTold(text: IncomingText) {
	return {
		...textTold(text),
		messages: text.messages,
		media: text.media,
		numSegments: text.numSegments,
		receivedAt: text.receivedAt,
		newThread: text.newThread,
		late: text.late,
		lateMinutes: text.lateMinutes,
		tooLate: text.tooLate,
	};
}
