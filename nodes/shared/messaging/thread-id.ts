import { InvalidInputError } from './invalid-input-error';
import { ACCOUNT_SID } from './sid-shapes';
import { quoted } from './text-bounds';

/** n8n's session keys end at 74 characters; account SID (34) and contact (16) leave an agent 20. */
export const LONGEST_AGENT_ID = 20;
const LONGEST_THREAD_ID = 74;
const AGENT_ID = /^[a-z0-9](?:[a-z0-9-]{0,18}[a-z0-9])?$/;
/** A number has no blanks; a sender that is a name may: "Post Office". */
const CONTACT = /^(?!\+.*\s)[^:\s](?:[^:\p{Cc}]{0,14}[^:\s])?$/u;

export interface ThreadIdentity {
	accountSid: string;
	agentId: string;
	/** E.164; a short code or an alphanumeric sender where the other side is one. */
	contact: string;
}

/** `<accountSid>:<agentId>:<contact>`, at most 72 characters. Throws InvalidInputError. */
export function threadIdOf({ accountSid, agentId, contact }: ThreadIdentity): string {
	if (!ACCOUNT_SID.test(accountSid)) {
		throw new InvalidInputError({
			field: 'Account SID',
			cause: `${quoted(accountSid)} is not an Account SID`,
			fix: 'An Account SID is AC followed by 32 hexadecimal characters; copy it from the Twilio Console.',
		});
	}
	assertAgentId(agentId);
	if (!CONTACT.test(contact)) {
		throw new InvalidInputError({
			field: 'Contact',
			cause: `${quoted(contact)} is not a phone number`,
			fix: 'Give the number in international form, for example +14155550123.',
		});
	}
	return `${accountSid}:${agentId}:${contact}`;
}

/** The parts of a thread id; undefined when it is not one. */
export function parseThreadId(threadId: string): ThreadIdentity | undefined {
	if (threadId.length > LONGEST_THREAD_ID) return undefined;
	const [accountSid = '', agentId = '', contact = '', ...rest] = threadId.split(':');
	const wellFormed =
		rest.length === 0 &&
		ACCOUNT_SID.test(accountSid) &&
		AGENT_ID.test(agentId) &&
		CONTACT.test(contact);
	return wellFormed ? { accountSid, agentId, contact } : undefined;
}

/**
 * Throws InvalidInputError unless `agentId` is a slug of 1 to 20 characters.
 *
 * @param field the label of the field that it comes from.
 */
export function assertAgentId(agentId: string, field = 'Agent ID'): void {
	if (AGENT_ID.test(agentId)) return;
	throw new InvalidInputError({
		field,
		cause: `no conversations can be kept under ${quoted(agentId)}`,
		fix: 'Use 1 to 20 lower-case letters, digits and hyphens, for example "front-desk".',
	});
}
