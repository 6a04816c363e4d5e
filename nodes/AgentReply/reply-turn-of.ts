import type { ReplyTurn } from '../shared/replying/reply-turn';
import type { Message } from '../shared/messaging/message';
import type { IncomingText } from '../shared/n8n/items/incoming-text';

/** The turn that an item stands for. An item built by hand may lack the list of messages. */
export function replyTurnOf(incoming: IncomingText, now: number): ReplyTurn {
	const { threadId, agent, contact, sender } = incoming;
	const listed = Array.isArray(incoming.messages) && incoming.messages.length > 0;
	return {
		threadId,
		agentName: agent.name || agent.id,
		contact,
		sender,
		messagingServiceSid: incoming.messagingServiceSid || null,
		messages: listed ? incoming.messages : [singleMessage(incoming, now)],
	};
}

function singleMessage(incoming: IncomingText, now: number): Message {
	return {
		messageSid: incoming.messageSid,
		direction: 'inbound',
		author: 'contact',
		body: incoming.body ?? '',
		media: incoming.media ?? [],
		sender: incoming.sender,
		numSegments: incoming.numSegments ?? 0,
		at: incoming.receivedAt ?? new Date(now).toISOString(),
	};
}
