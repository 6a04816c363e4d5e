import type { IExecuteFunctions } from 'n8n-workflow';
import { agentIdFromName, DEFAULT_AGENT_NAME } from '../shared/messaging/agent';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import { parsePhoneNumber, parseSender } from '../shared/messaging/phone-number';
import { assertAgentId, parseThreadId, threadIdOf } from '../shared/messaging/thread-id';
import { MESSAGING_SERVICE_SID, type TwilioAccount } from '../shared/twilio/api/twilio-client';
import type { Conversation } from './conversation';

/** Who is texted, by whom, from where. */
export interface Addressing {
	threadId: string;
	agent: Conversation['agent'];
	to: string;
	from?: string;
	messagingServiceSid?: string;
}

/** The node's address fields, each empty one filled from the conversation. Throws InvalidInputError. */
export function addressingOf(
	context: IExecuteFunctions,
	itemIndex: number,
	account: TwilioAccount,
	conversation: Conversation | undefined,
	country: string | undefined,
): Addressing {
	const typed = (name: string) => textOf(context.getNodeParameter(name, itemIndex, ''));
	const agent = agentOf(typed('agentId'), conversation);
	const to = recipientOf(typed('to'), account, conversation, country);
	return {
		threadId: threadIdOf({ accountSid: account.accountSid, agentId: agent.id, contact: to }),
		agent,
		to,
		...senderOf(typed('from'), account, conversation, country),
	};
}

function agentOf(typed: string, conversation: Conversation | undefined): Conversation['agent'] {
	const known = conversation?.agent;
	if (typed === '' && known) return known;
	const name = typed || DEFAULT_AGENT_NAME;
	const id = agentIdFromName(name);
	assertAgentId(id || name);
	return known?.id === id ? known : { id, name, smsPrompt: known?.smsPrompt ?? '' };
}

function recipientOf(
	typed: string,
	account: TwilioAccount,
	conversation: Conversation | undefined,
	country: string | undefined,
): string {
	if (typed !== '') return parsePhoneNumber(typed, country, 'To');
	if (!conversation) {
		throw new InvalidInputError({
			field: 'To',
			cause: 'it is empty, and this item comes neither from an incoming text nor from a missed call',
			fix: 'Enter the phone number to text, or connect an Incoming SMS Trigger or a Missed Call Trigger before this node.',
		});
	}
	const texted = parseThreadId(conversation.threadId)?.accountSid;
	if (texted !== undefined && texted !== account.accountSid) {
		throw new InvalidInputError({
			field: 'Credential for Twilio Messaging API',
			cause: 'it is for another Twilio account than the one that received this text',
			fix: 'Choose the credential that the Incoming SMS Trigger uses.',
		});
	}
	return conversation.contact;
}

/** The number the contact knows comes before the pool, so that they always see one number. */
function senderOf(
	typed: string,
	account: TwilioAccount,
	conversation: Conversation | undefined,
	country: string | undefined,
): Pick<Addressing, 'from' | 'messagingServiceSid'> {
	if (typed !== '') {
		const sender = parseSender(typed, country, 'From');
		return MESSAGING_SERVICE_SID.test(sender)
			? { messagingServiceSid: sender }
			: { from: sender };
	}
	if (conversation?.sender) {
		const { sender: from, messagingServiceSid } = conversation;
		return { from, ...(messagingServiceSid === null ? {} : { messagingServiceSid }) };
	}
	if (conversation?.messagingServiceSid) {
		return { messagingServiceSid: conversation.messagingServiceSid };
	}
	if (account.messagingServiceSid !== undefined) {
		return { messagingServiceSid: account.messagingServiceSid };
	}
	throw new InvalidInputError({
		field: 'From',
		cause: 'there is no number to text from',
		fix: 'Enter one of your Twilio numbers, or put a Messaging Service SID into the Twilio Messaging API credential.',
	});
}

/** An expression may give a number, or nothing. */
function textOf(value: unknown): string {
	if (value === undefined || value === null) return '';
	return typeof value === 'number'
		? String(value)
		: typeof value === 'string'
			? value.trim()
			: '';
}
