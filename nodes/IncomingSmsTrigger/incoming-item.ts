import type { IncomingEvent, IncomingText } from '../shared/n8n/items/incoming-text';
import type { Route } from '../shared/messaging/agent';
import { EMPTY_TEXT, hasWords, type Media } from '../shared/messaging/message';
import type { Turn } from '../shared/threads/turns/gather-turn';
import type { InboundMessage } from '../shared/twilio/inbound/inbound-webhook';

/** The item's JSON: all that a reply needs, under the names that n8n's own nodes look for too. */
export function incomingText(
	event: IncomingEvent,
	inbound: InboundMessage,
	{ agent, matchedBy }: Route,
	{ texts, thread }: Turn,
): IncomingText {
	const body = texts.map((text) => text.body).join('\n');
	const media = texts.flatMap((text) => text.media);
	return {
		event,
		threadId: thread.threadId,
		agent: { id: agent.id, name: agent.name, smsPrompt: agent.smsPrompt, matchedBy },
		contact: inbound.from,
		sender: inbound.to,
		messagingServiceSid: inbound.messagingServiceSid ?? null,
		messageSid: inbound.messageSid,
		messageSids: texts.map(({ messageSid }) => messageSid),
		body,
		messages: texts,
		media: media.map((one) => ({ ...one })),
		numSegments: texts.reduce((sum, text) => sum + text.numSegments, 0),
		receivedAt: texts.at(-1)?.at ?? '',
		newThread: thread.keptMessages <= texts.length && thread.droppedMessages === 0,
		chatInput: hasWords(body) ? body : wordless(media),
		sessionId: thread.threadId,
	};
}

/** n8n's AI Agent refuses an empty input, and a picture or an empty text has no words. */
function wordless(media: readonly Media[]): string {
	if (media.length === 0) return EMPTY_TEXT;
	return media.map(({ contentType }) => `[${contentType}]`).join(' ');
}
