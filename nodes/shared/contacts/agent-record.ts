import { agentIdFromName, type Agent } from '../messaging/agent';
import { parseThreadId } from '../messaging/thread-id';
import { recordKeys } from '../threads/record-keys';
import {
	readRecord,
	recordsUnder,
	type RecordStore,
	type RecordValue,
} from '../threads/record-store';
import type { ThreadServices } from '../threads/thread-store';

/** What a trigger has written down of an agent, for whoever texts in its name. */
export type AgentRecord = Pick<
	Agent,
	| ('id' | 'name' | 'smsPrompt' | 'senders' | 'brand')
	| ('ownersPhones' | 'ownersWords' | 'firstText' | 'mayPassTo' | 'onlyPassed' | 'tasks')
	| 'remembers'
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

/** All that triggers have written down, by their IDs. Rejects with StoreUnavailableError. */
export async function agentsOf(records: RecordStore, accountSid: string): Promise<AgentRecord[]> {
	const agents: AgentRecord[] = [];
	for await (const { value } of recordsUnder(records, recordKeys.agent(accountSid, ''))) {
		const agent = agentIn(value);
		if (agent !== undefined) agents.push(agent);
	}
	return agents;
}

export function agentIn(found: RecordValue | undefined): AgentRecord | undefined {
	return found as AgentRecord | undefined;
}

/**
 * The agent of that name or Permanent Name, made an ID of; undefined for one that no trigger has
 * written down. Rejects with StoreUnavailableError.
 *
 * @param nameId of `agentIdFromName`.
 */
export async function findAgent(
	records: RecordStore,
	accountSid: string,
	nameId: string,
): Promise<AgentRecord | undefined> {
	const { agent, agentName } = recordKeys;
	const found = await records.read([agent(accountSid, nameId), agentName(accountSid, nameId)]);
	const [itself, named] = found.map((one) => {
		if (one instanceof Error) throw one;
		return one;
	});
	if (itself !== undefined) return agentIn(itself);
	const id = named?.['id'];
	return typeof id === 'string' ? await readAgent(records, accountSid, id) : undefined;
}

/** Who says what an agent is: a published trigger of texts or of calls, or one that is tried in the editor. */
export type AgentSource = 'texts' | 'calls' | 'test';

/**
 * Writes down what is new. An agent that answers texts is as the trigger of texts has it, whatever one
 * of calls says; one that is published is as it was published. Rejects with StoreUnavailableError.
 */
export async function writeAgent(
	records: RecordStore,
	accountSid: string,
	agent: Agent,
	source: AgentSource = 'texts',
): Promise<void> {
	const { id, name, smsPrompt, senders, brand, ownersPhones, firstText } = agent;
	const { ownersWords, ownersPin, mayPassTo, onlyPassed, tasks, remembers } = agent;
	const value: RecordValue = {
		...{ id, name, smsPrompt, senders, brand, ownersPhones },
		...(ownersWords ? { ownersWords: { ...ownersWords } } : {}),
		...(ownersPin ? { asksForPin: true } : {}),
		...(firstText ? { firstText } : {}),
		...(mayPassTo ? { mayPassTo: mayPassTo.map((one) => ({ ...one })) } : {}),
		...(onlyPassed ? { onlyPassed } : {}),
		...(tasks ? { tasks: tasks.map((one) => ({ ...one })) } : {}),
		...(remembers ? { remembers } : {}),
		...(source === 'texts' ? {} : { source }),
	};
	const key = recordKeys.agent(accountSid, id);
	await change(records, key, value, (present) => mayReplace(source, present));
	forget(records, key);
	const nameId = agentIdFromName(name);
	// An agent of that very ID is found without it.
	if (nameId === id || nameId === '') return;
	await change(records, recordKeys.agentName(accountSid, nameId), { id });
}

function mayReplace(source: AgentSource, present: RecordValue): boolean {
	return source === 'texts' || (source === 'calls' && present['source'] !== undefined);
}

/** Leaves one that says the same as it is, and one that may not be replaced. */
async function change(
	records: RecordStore,
	key: string,
	value: RecordValue,
	isReplaced: (present: RecordValue) => boolean = () => true,
): Promise<void> {
	const text = JSON.stringify(value);
	await records.change(key, (present) => {
		if (present === undefined) return value;
		return JSON.stringify(present) === text || !isReplaced(present) ? present : { ...value };
	});
}

/** An agent that is written down anew counts everywhere after this long. */
const KNOWN_FOR_MS = 10_000;

type Known = Map<string, { agent: Promise<AgentRecord | undefined>; at: number }>;

/** By the store, so that it ends with it. */
const known = new WeakMap<RecordStore, Known>();

/** A thread's agent; undefined for one that no trigger has written down. */
export async function agentOfThread(
	{ store, clock }: Pick<ThreadServices, 'store' | 'clock'>,
	threadId: string,
): Promise<AgentRecord | undefined> {
	const { accountSid, agentId } = parseThreadId(threadId) ?? { accountSid: '', agentId: '' };
	return await knownAgent({ store, clock }, accountSid, agentId);
}

/** As `readAgent`, as it was some seconds ago. */
export async function knownAgent(
	{ store, clock }: Pick<ThreadServices, 'store' | 'clock'>,
	accountSid: string,
	agentId: string,
): Promise<AgentRecord | undefined> {
	const { records } = store;
	const key = recordKeys.agent(accountSid, agentId);
	const agents = known.get(records) ?? (new Map() as Known);
	known.set(records, agents);
	const before = agents.get(key);
	const now = clock.elapsed();
	if (before !== undefined && now - before.at < KNOWN_FOR_MS) return await before.agent;
	const agent = readRecord(records, key).then(agentIn);
	agents.set(key, { agent, at: now });
	agent.catch(() => agents.delete(key));
	return await agent;
}

/** The brand of a thread's agent; empty for one that no trigger has written down. */
export async function brandOfThread(
	services: Pick<ThreadServices, 'store' | 'clock'>,
	threadId: string,
): Promise<string> {
	return (await agentOfThread(services, threadId))?.brand ?? '';
}

function forget(records: RecordStore, key: string): void {
	known.get(records)?.delete(key);
}
