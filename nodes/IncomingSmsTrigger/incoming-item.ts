import type { IncomingEvent, IncomingText } from '../shared/n8n/incoming-text';
import type { RecordedText } from '../shared/agent/record-inbound';
import type { Route } from '../shared/messaging/routing';
import type { InboundMessage } from '../shared/twilio/inbound-webhook';

/** The item's JSON: all that a reply needs, under the names that n8n's own nodes look for too. */
export function incomingText(
	event: IncomingEvent,
	inbound: InboundMessage,
	{ agent, matchedBy }: Route,
	{ message, thread, newThread }: RecordedText,
): IncomingText {
	return {
		event,
		threadId: thread.threadId,
		agent: { id: agent.id, name: agent.name, smsPrompt: agent.smsPrompt, matchedBy },
		contact: inbound.from,
		sender: inbound.to,
		messagingServiceSid: inbound.messagingServiceSid ?? null,
		messageSid: inbound.messageSid,
		messageSids: [inbound.messageSid],
		body: inbound.body,
		messages: [message],
		media: inbound.media.map((media) => ({ ...media })),
		numSegments: inbound.numSegments,
		receivedAt: message.at,
		newThread,
		chatInput: inbound.body || wordless(inbound),
		sessionId: thread.threadId,
	};
}

/** n8n's AI Agent refuses an empty input, and a picture without words has none. */
function wordless({ media }: InboundMessage): string {
	return media.map(({ contentType }) => `[${contentType}]`).join(' ');
}
