import type { Agent } from '../messaging/agent';
import { parseThreadId } from '../messaging/thread-id';
import { recordKeys } from '../threads/record-keys';
import { readRecord, type RecordStore, type RecordValue } from '../threads/record-store';
import type { ThreadServices } from '../threads/thread-store';

/** What a trigger has written down of an agent, for whoever texts in its name. */
export type AgentRecord = Pick<
	Agent,
	'id' | 'name' | 'smsPrompt' | 'senders' | 'brand' | 'ownersPhones' | 'ownersWords'
> & {
	/** The texts of its owners' phones begin with a PIN, which is not kept here. */
	asksForPin?: true;
};

/** Undefined for an agent that no trigger has written down. Rejects with StoreUnavailableError. */
export async function readAgent(
	records: RecordStore,
	accountSid: string,
	agentId: string,
): Promise<AgentRecord | undefined> {
	return agentIn(await readRecord(records, recordKeys.agent(accountSid, agentId)));
}

export function agentIn(found: RecordValue | undefined): AgentRecord | undefined {
	return found as AgentRecord | undefined;
}

/** Writes down what is new. Rejects with StoreUnavailableError. */
export async function writeAgent(
	records: RecordStore,
	accountSid: string,
	{ id, name, smsPrompt, senders, brand, ownersPhones, ownersWords, ownersPin }: Agent,
): Promise<void> {
	const value: AgentRecord = {
		...{ id, name, smsPrompt, senders, brand, ownersPhones },
		...(ownersWords ? { ownersWords } : {}),
		...(ownersPin ? { asksForPin: true } : {}),
	};
	const text = JSON.stringify(value);
	await records.change(recordKeys.agent(accountSid, id), (present) =>
		JSON.stringify(present) === text ? present : (JSON.parse(text) as RecordValue),
	);
	forget(records, recordKeys.agent(accountSid, id));
}

/** A brand that is changed counts everywhere after this long. */
const KNOWN_FOR_MS = 10_000;

/** By the store, so that it ends with it. */
const known = new WeakMap<RecordStore, Map<string, { brand: Promise<string>; at: number }>>();

/** The brand of a thread's agent; empty for one that no trigger has written down. */
export async function brandOfThread(
	{ store, clock }: Pick<ThreadServices, 'store' | 'clock'>,
	threadId: string,
): Promise<string> {
	const { records } = store;
	const { accountSid, agentId } = parseThreadId(threadId) ?? { accountSid: '', agentId: '' };
	const key = recordKeys.agent(accountSid, agentId);
	const brands = known.get(records) ?? new Map<string, { brand: Promise<string>; at: number }>();
	known.set(records, brands);
	const before = brands.get(key);
	const now = clock.elapsed();
	if (before !== undefined && now - before.at < KNOWN_FOR_MS) return await before.brand;
	const brand = readRecord(records, key).then((found) => agentIn(found)?.brand ?? '');
	brands.set(key, { brand, at: now });
	brand.catch(() => brands.delete(key));
	return await brand;
}

function forget(records: RecordStore, key: string): void {
	known.get(records)?.delete(key);
}
