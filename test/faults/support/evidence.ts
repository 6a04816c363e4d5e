import { threadIdOf } from '../../../nodes/shared/messaging/thread-id';
import type { FaultBench } from './fault-bench';
import { judgeThread, type Verdict } from './judge-thread';

/** More than any scenario writes into one thread. */
const ALL_MESSAGES = 1_000;
const AGENT_ID = 'front-desk';

/** The verdict on every one of these contacts, from what the store and Twilio have now. */
export async function judgeContacts(
	{ world, store, texting }: FaultBench,
	contacts: readonly string[],
): Promise<Map<string, Verdict>> {
	const verdicts = await Promise.all(
		contacts.map(async (contact): Promise<[string, Verdict]> => {
			const { accountSid } = world.account;
			const threadId = threadIdOf({ accountSid, agentId: AGENT_ID, contact });
			const outbound = world.twilio.messages({ to: contact }).map(({ sid }) => sid);
			const { messages: thread } = await store.threads.read(threadId, ALL_MESSAGES);
			const texts = texting.sent.filter((text) => text.contact === contact);
			return [contact, judgeThread({ texts, thread, outbound })];
		}),
	);
	return new Map(verdicts);
}

export function isSettled({ uncovered, unrecorded }: Verdict): boolean {
	return uncovered.length === 0 && unrecorded.length === 0;
}
