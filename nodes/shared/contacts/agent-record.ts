import { agentsNamed, nameKeyOf, severalNamed, type Agent } from '../messaging/agent';
import { InvalidInputError } from '../messaging/invalid-input-error';
import { parseThreadId } from '../messaging/thread-id';
import { recordKeys } from '../threads/record-keys';
import {
	MOST_RECORDS_READ,
	readRecord,
	readRecords,
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
 * The agent that a builder means by a name, as `agentsNamed` has it; one that was renamed is found by its
 * former name too, for as long as no other one is called so. One that was only tried in the editor comes
 * after those that are published. Undefined for one that no trigger has written down. Throws
 * InvalidInputError where several are called so; rejects with StoreUnavailableError.
 */
export async function findAgent(
	records: RecordStore,
	accountSid: string,
	name: string,
): Promise<AgentRecord | undefined> {
	const { agent, agentName } = recordKeys;
	const key = nameKeyOf(name);
	const [itself, called] = await readRecords(records, [
		agent(accountSid, key),
		agentName(accountSid, key),
	]);
	if (itself !== undefined && !isTried(itself)) return agentIn(itself);
	const ids = [...new Set(Object.values(idsIn(called)).flat())].slice(0, MOST_RECORDS_READ);
	const found = await readRecords(
		records,
		ids.map((id) => agent(accountSid, id)),
	);
	const known = [itself, ...found].filter((one) => one !== undefined);
	const published = agentsIn(known.filter((one) => !isTried(one)));
	const all = agentsIn(known);
	const meant = [agentsNamed(published, name), agentsNamed(all, name), all];
	const [only, ...others] = meant.find((agents) => agents.length > 0) ?? [];
	if (only === undefined || others.length === 0) return only;
	throw new InvalidInputError({ field: 'Agent', ...severalNamed(name, [only, ...others]) });
}

function agentsIn(found: readonly RecordValue[]): AgentRecord[] {
	return found.flatMap((one) => agentIn(one) ?? []);
}

/** Who says what an agent is: a published trigger of texts or of calls, or one that is tried in the editor. */
export type AgentSource = 'texts' | 'calls' | 'test';

/**
 * Writes down what is new of a trigger's agents. An agent that answers texts is as the trigger of texts has
 * it, whatever one of calls says; one that is published is as it was published. Rejects with
 * StoreUnavailableError.
 *
 * @param trigger which has them all: of a name it has given to another one, the former is forgotten.
 */
export async function writeAgents(
	records: RecordStore,
	accountSid: string,
	agents: readonly Agent[],
	{ trigger, source = 'texts' }: { trigger: string; source?: AgentSource },
): Promise<void> {
	const ids = new Map<string, string[]>();
	for (const { id, name } of agents) {
		for (const key of new Set([nameKeyOf(name), nameKeyOf(id)])) {
			// An agent of that very ID is found without it.
			if (key !== id) ids.set(key, [...(ids.get(key) ?? []), id]);
		}
	}
	await Promise.all([
		...agents.map(async (agent) => await writeAgent(records, accountSid, agent, source)),
		...[...ids].map(async ([key, called]) => {
			await records.change(recordKeys.agentName(accountSid, key), (present) => {
				const { [trigger]: before, ...others } = idsIn(present);
				const isLeft = before && (source === 'test' || String(before) === String(called));
				return isLeft ? present : { ids: { ...others, [trigger]: called } };
			});
		}),
	]);
}

/** The agents of a name, by the trigger that has them. */
function idsIn(record: RecordValue | undefined): Record<string, string[]> {
	return (record?.['ids'] ?? {}) as Record<string, string[]>;
}

async function writeAgent(
	records: RecordStore,
	accountSid: string,
	agent: Agent,
	source: AgentSource,
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
	const text = JSON.stringify(value);
	await records.change(key, (present) => {
		if (present === undefined) return value;
		const isLeft = JSON.stringify(present) === text || !mayReplace(source, present);
		return isLeft ? present : value;
	});
	forget(records, key);
}

function mayReplace(source: AgentSource, present: RecordValue): boolean {
	return source === 'texts' || (source === 'calls' && present['source'] !== undefined);
}

/** In the editor; the agent was never published. */
function isTried({ source }: RecordValue): boolean {
	return source === 'test';
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
