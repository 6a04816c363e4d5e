import type { IExecuteFunctions } from 'n8n-workflow';
import { agentIdFromName, DEFAULT_AGENT_NAME } from '../shared/messaging/agent';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import { parsePhoneNumber, parsePhoneNumbers, parseSender } from '../shared/messaging/phone-number';
import { assertAgentId, threadIdOf } from '../shared/messaging/thread-id';
import { MESSAGING_SERVICE_SID } from '../shared/messaging/sid-shapes';
import type { TwilioAccount } from '../shared/twilio/api/twilio-client';
import type { Conversation } from '../shared/n8n/items/conversation';
import { assertOwnAccount } from '../shared/n8n/items/own-account';
import { FROM, type TypedAddress } from './fields';
import {
	ALLOWED_NUMBERS,
	ALLOWED_RECIPIENTS,
	TO,
	type AllowedRecipients,
} from './tool/tool-fields';

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
	typed: TypedAddress,
	account: TwilioAccount,
	conversation: Conversation | undefined,
	country: string | undefined,
): Addressing {
	const agent = agentOf(typed.agent, conversation);
	const to = recipientOf(context, typed.to, account, conversation, country);
	return {
		threadId: threadIdOf({ accountSid: account.accountSid, agentId: agent.id, contact: to }),
		agent,
		to,
		...addressedFrom(typed.from, account, conversation, country),
	};
}

function agentOf(typed: string, conversation: Conversation | undefined): Conversation['agent'] {
	const known = conversation?.agent;
	if (typed === '' && known) return known;
	const name = typed || DEFAULT_AGENT_NAME;
	const id = agentIdFromName(name);
	assertAgentId(id || name, 'Agent');
	// One that has an ID of its own is known by its name all the same.
	const isKnown = known && (known.id === id || agentIdFromName(known.name) === id);
	return isKnown ? known : { id, name, smsPrompt: known?.smsPrompt ?? '' };
}

function recipientOf(
	context: IExecuteFunctions,
	typed: string,
	account: TwilioAccount,
	conversation: Conversation | undefined,
	country: string | undefined,
): string {
	if (typed !== '') return parsePhoneNumber(typed, country, TO);
	if (!conversation) {
		throw new InvalidInputError({
			field: TO,
			cause: 'it is empty, and this item comes neither from an incoming text nor from a missed call',
			fix: 'Enter the phone number to text, or connect an Incoming SMS Trigger or a Missed Call Trigger before this node.',
		});
	}
	assertOwnAccount(context, conversation.threadId, account.accountSid);
	return conversation.contact;
}

/** The number the contact knows comes before the pool, so that they always see one number. */
function addressedFrom(
	typed: string,
	account: TwilioAccount,
	conversation: Conversation | undefined,
	country: string | undefined,
): Pick<Addressing, 'from' | 'messagingServiceSid'> {
	if (typed !== '') {
		const sender = parseSender(typed, country, FROM);
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
		field: FROM,
		cause: 'there is no number to text from',
		fix: 'Enter one of your Twilio numbers, or put a Messaging Service SID into the Twilio Messaging API credential.',
	});
}

/** Throws InvalidInputError where a model that calls this node as a tool may not text that number. */
export function assertAllowedRecipient(
	allowed: AllowedRecipients,
	to: string,
	conversation: Conversation | undefined,
	country: string | undefined,
): void {
	switch (allowed.rule) {
		case 'anyone':
			return;
		case 'list': {
			const numbers = parsePhoneNumbers(allowed.numbers, country, ALLOWED_NUMBERS);
			if (numbers.includes(to)) return;
			throw new InvalidInputError({
				field: ALLOWED_RECIPIENTS,
				cause: `${to} is not one of the numbers this tool may text; nothing was sent`,
				fix: 'Text one of the allowed numbers, or add this one to Allowed Numbers.',
			});
		}
		case 'contact':
			if (conversation?.contact === to) return;
			throw new InvalidInputError({
				field: ALLOWED_RECIPIENTS,
				cause: conversation
					? 'this tool may text only the contact of this conversation; nothing was sent'
					: 'this tool may text only the contact of this conversation, and no incoming text started this run; nothing was sent',
				fix: conversation
					? 'Leave the recipient out: the contact is texted.'
					: 'Start the workflow with an Incoming SMS Trigger, or choose Only These Numbers.',
			});
	}
}
