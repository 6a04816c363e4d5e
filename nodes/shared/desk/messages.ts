import { InvalidInputError } from '../messaging/invalid-input-error';
import type { Message } from '../messaging/message';
import { quoted } from '../messaging/text-bounds';
import { threadIdOf } from '../messaging/thread-id';
import { NEWEST_MESSAGES, type ThreadServices } from '../threads/thread-store';
import { fetchDetails, messagesNewestFirst, type MessageDetails } from '../twilio/api/message-log';
import { TwilioApiError, type TwilioClient } from '../twilio/api/twilio-client';
import { listAgents } from './agents';

export interface DeskServices extends ThreadServices {
	twilio: TwilioClient;
}

/** A message as Twilio has it and, where a thread holds it, who wrote it. */
export interface FoundMessage {
	details: MessageDetails;
	/** E.164. */
	contact: string;
	threadId: string | null;
	/** As the thread keeps it; undefined where it is not among the newest of a thread. */
	kept: Message | undefined;
}

const MESSAGE_SID = /^[SM]M[0-9a-f]{32}$/i;

/**
 * Throws InvalidInputError where the account has no such message; rejects as `twilioClient` says, and
 * with StoreUnavailableError.
 *
 * @param agentIds whose threads are looked into beside those of the agents that are written down.
 */
export async function findMessage(
	services: DeskServices,
	messageSid: string,
	agentIds: readonly string[],
): Promise<FoundMessage> {
	if (!MESSAGE_SID.test(messageSid)) {
		throw noMessage(
			`${quoted(messageSid)} is not SM or MM followed by 32 hexadecimal characters`,
		);
	}
	const details = await fetchDetails(services.twilio, messageSid).catch((error: unknown) => {
		const isUnknown = error instanceof TwilioApiError && error.isNotFound;
		throw isUnknown ? noMessage(`this Twilio account has no message ${messageSid}`) : error;
	});
	const contact = contactIn(details);
	const { accountSid } = services.twilio.account;
	const listed = await listAgents(services, accountSid);
	const ids = [...new Set([...agentIds, ...listed.map(({ agent }) => agent.id)])];
	const threads = await services.store.threads.readMany(
		ids.map((agentId) => threadIdOf({ accountSid, agentId, contact })),
		NEWEST_MESSAGES,
	);
	for (const thread of threads) {
		if (thread instanceof Error) throw thread;
		const kept = thread.messages.find((one) => one.messageSid === details.messageSid);
		if (kept) return { details, contact, threadId: thread.threadId, kept };
	}
	return { details, contact, threadId: null, kept: undefined };
}

function noMessage(cause: string): InvalidInputError {
	return new InvalidInputError({
		field: 'Message SID',
		cause,
		fix: 'Take the field "messageSid" of an item of Send SMS or of a trigger.',
	});
}

/** The other side of it. */
export function contactIn({ direction, to, from }: MessageDetails): string {
	return direction === 'inbound' ? (from ?? '') : to;
}

/** Twilio's largest page. */
const LARGEST_PAGE = 1_000;

/**
 * The newest messages of the account, or with one contact, newest first. Rejects as `twilioClient` says.
 *
 * @param limit at least 1; Infinity for all.
 */
export async function newestMessages(
	twilio: TwilioClient,
	contact: string | undefined,
	limit: number,
): Promise<MessageDetails[]> {
	const filters = contact === undefined ? [{}] : [{ to: contact }, { from: contact }];
	const lists = await Promise.all(
		filters.map(async (filter) => {
			const found: MessageDetails[] = [];
			const pageSize = Math.min(limit, LARGEST_PAGE);
			for await (const one of messagesNewestFirst(twilio, filter, pageSize)) {
				found.push(one);
				if (found.length >= limit) break;
			}
			return found;
		}),
	);
	const createdAt = ({ dateCreated }: MessageDetails) => dateCreated?.getTime() ?? 0;
	return lists
		.flat()
		.sort((one, other) => createdAt(other) - createdAt(one))
		.slice(0, limit);
}
