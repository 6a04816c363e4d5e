import type { IExecuteFunctions } from 'n8n-workflow';
import type { AgentRecord } from '../shared/contacts/agent-record';
import { agentIdFromName, agentsNamed, DEFAULT_AGENT_NAME } from '../shared/messaging/agent';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import { parsePhoneNumber, parsePhoneNumbers, parseSender } from '../shared/messaging/phone-number';
import { assertAgentId, threadIdOf } from '../shared/messaging/thread-id';
import { MESSAGING_SERVICE_SID } from '../shared/messaging/sid-shapes';
import type { TwilioAccount } from '../shared/twilio/api/twilio-client';
import type { KnownAgents } from '../shared/n8n/agents/known-agents';
import type { Conversation } from '../shared/n8n/items/conversation';
import { assertOwnAccount } from '../shared/n8n/items/own-account';
import { FROM } from '../shared/n8n/senders/from-field';
import type { TypedAddress } from './fields';
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
	/** Of that agent, where no conversation tells enough of it: what its trigger has written down. */
	record?: AgentRecord;
	to: string;
	from?: string;
	messagingServiceSid?: string;
}

export interface AddressSources {
	account: TwilioAccount;
	agents: KnownAgents;
	conversation: Conversation | undefined;
	country: string | undefined;
	/** Whether the agent is to write, and the node has no prompt of its own. */
	needsPrompt?: boolean;
	/** Whether the text begins a task of the agent. */
	needsTask?: boolean;
}

/**
 * The node's address fields, each empty one filled from the conversation, else from what the agent's
 * trigger has written down. Rejects with InvalidInputError, StoreUnavailableError.
 */
export async function addressingOf(
	context: IExecuteFunctions,
	typed: TypedAddress,
	{
		account,
		agents,
		conversation,
		country,
		needsPrompt = false,
		needsTask = false,
	}: AddressSources,
): Promise<Addressing> {
	const { agent, record } = await agentOf(typed.agent, conversation, agents, {
		needsPrompt,
		needsTask,
	});
	const to = recipientOf(context, typed.to, account, conversation, country);
	return {
		threadId: threadIdOf({ accountSid: account.accountSid, agentId: agent.id, contact: to }),
		agent,
		...(record ? { record } : {}),
		to,
		...addressedFrom(typed.from, account, conversation, country, record),
	};
}

async function agentOf(
	typed: string,
	conversation: Conversation | undefined,
	agents: KnownAgents,
	{ needsPrompt, needsTask }: { needsPrompt: boolean; needsTask: boolean },
): Promise<Pick<Addressing, 'agent' | 'record'>> {
	const known = conversation?.agent;
	// One that has an ID of its own is known by its name all the same.
	if (known && (typed === '' || agentsNamed([known], typed).length > 0)) {
		const needsMore = needsTask || (needsPrompt && known.smsPrompt === '');
		const record = needsMore ? await agents.read(known.id) : undefined;
		return { agent: known, ...(record ? { record } : {}) };
	}
	const name = typed || DEFAULT_AGENT_NAME;
	const record = await agents.find(name);
	if (record === undefined) {
		const id = agentIdFromName(name);
		assertAgentId(id || name, 'Agent');
		return { agent: { id, name, smsPrompt: known?.smsPrompt ?? '' } };
	}
	// The prompt stays out of the item: the next node finds it in the same place.
	return { agent: { id: record.id, name: record.name, smsPrompt: '' }, record };
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
	record: AgentRecord | undefined,
): Pick<Addressing, 'from' | 'messagingServiceSid'> {
	if (typed !== '') return asAddress(parseSender(typed, country, FROM));
	if (conversation?.sender) {
		const { sender: from, messagingServiceSid } = conversation;
		return { from, ...(messagingServiceSid === null ? {} : { messagingServiceSid }) };
	}
	if (conversation?.messagingServiceSid) {
		return { messagingServiceSid: conversation.messagingServiceSid };
	}
	// Answers come to that number, and so to this agent.
	const [ofAgent] = record?.senders ?? [];
	if (ofAgent !== undefined) return asAddress(ofAgent);
	if (account.messagingServiceSid !== undefined) {
		return { messagingServiceSid: account.messagingServiceSid };
	}
	throw new InvalidInputError({
		field: FROM,
		cause: 'there is no number to text from',
		fix: 'Enter one of your Twilio numbers, or put a Messaging Service SID into the Twilio Messaging API credential.',
	});
}

function asAddress(sender: string): Pick<Addressing, 'from' | 'messagingServiceSid'> {
	return MESSAGING_SERVICE_SID.test(sender) ? { messagingServiceSid: sender } : { from: sender };
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
