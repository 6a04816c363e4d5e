import { threadIdOf } from '../../../nodes/shared/messaging/thread-id';
import type { Message } from '../../../nodes/shared/messaging/message';
import {
	type OpenThreadStore,
	StoreUnavailableError,
} from '../../../nodes/shared/threads/thread-store';
import { poll } from '../../../harness/poll';
import { judgeThread, type Verdict } from './judge-thread';
import type { FaultFixture } from './fault-fixture';

/** More than any scenario writes into one thread. */
const ALL_MESSAGES = 1_000;
const AGENT_ID = 'front-desk';

/** The verdict on every one of these contacts, from what the store and Twilio have now. */
export async function judgeContacts(
	{ e2e, store, texting }: FaultFixture,
	contacts: readonly string[],
): Promise<Map<string, Verdict>> {
	const verdicts = await Promise.all(
		contacts.map(async (contact): Promise<[string, Verdict]> => {
			const { accountSid } = e2e.account;
			const threadId = threadIdOf({ accountSid, agentId: AGENT_ID, contact });
			const thread = await messagesOf(store, threadId);
			// Afterwards: a reply that goes out meanwhile must not look as if Twilio never had it.
			const outbound = e2e.twilio.messages({ to: contact }).map(({ sid }) => sid);
			const texts = texting.sent.filter((text) => text.contact === contact);
			return [contact, judgeThread({ texts, thread, outbound })];
		}),
	);
	return new Map(verdicts);
}

/** On a machine that is busy with dying processes the store may be slow to answer the judge, too. */
async function messagesOf(store: OpenThreadStore, threadId: string): Promise<Message[]> {
	const { messages } = await poll(
		'the thread store',
		async () => {
			try {
				return await store.threads.read(threadId, ALL_MESSAGES);
			} catch (error) {
				if (error instanceof StoreUnavailableError) return undefined;
				throw error;
			}
		},
		{ timeoutMs: 60_000 },
	);
	return messages;
}

export function isSettled({ uncovered, unrecorded }: Verdict): boolean {
	return uncovered.length === 0 && unrecorded.length === 0;
}
