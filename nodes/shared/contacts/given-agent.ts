import { createHash } from 'node:crypto';
import type { Route, Routes } from '../messaging/routing';
import { parseThreadId, threadIdOf } from '../messaging/thread-id';
import { readAgent } from './agent-record';
import { recordKeys } from '../threads/record-keys';
import { readRecord, type RecordValue } from '../threads/record-store';
import type { ThreadServices } from '../threads/thread-store';

/**
 * The agent that a contact's text is for. Of several that share what was texted it is the one that the
 * contact was given to, whatever has become of the shares since: as was written down or, where nothing
 * was, as a conversation of theirs says. A new contact is given to one by its share, the same one however
 * often and wherever that is asked. One that is gone from the list gives its contacts anew.
 *
 * Costs nothing where there is one agent only. Rejects with StoreUnavailableError.
 */
export async function routeContact(
	services: Pick<ThreadServices, 'store'>,
	accountSid: string,
	contact: string,
	routes: Routes,
): Promise<Route> {
	const [first, ...others] = routes.all;
	if (others.length === 0) return first;
	const { records } = services.store;
	// Agents that share are of one brand.
	const { brand } = first.agent;
	const key = recordKeys.givenAgents(accountSid, brand, contact);
	const given = givenIn(await readRecord(records, key), routes);
	if (given !== undefined) return given;

	const chosen =
		(await whoTalks(services, accountSid, contact, routes)) ??
		byShare(routes, `${accountSid}:${brand}:${contact}`);
	// Another process may have been faster, with other shares.
	const kept = await records.change(key, (present) =>
		givenIn(present, routes) ? present : { ...present, [routes.claim]: chosen.agent.id },
	);
	return givenIn(kept, routes) ?? chosen;
}

/**
 * Gives a contact who has an agent already to another one of those that share it, as that begins something
 * with them. One who has none goes to whoever texted last anyway. Rejects with StoreUnavailableError.
 */
export async function giveContact(
	{ store: { records } }: Pick<ThreadServices, 'store'>,
	threadId: string,
): Promise<void> {
	const { accountSid, agentId, contact } = parseThreadId(threadId) ?? {};
	if (accountSid === undefined || agentId === undefined || contact === undefined) return;
	const agent = await readAgent(records, accountSid, agentId);
	if (agent === undefined) return;
	const key = recordKeys.givenAgents(accountSid, agent.brand, contact);
	if ((await readRecord(records, key)) === undefined) return;
	const claims = agent.senders.length > 0 ? agent.senders : [''];
	const given = Object.fromEntries(claims.map((claim) => [claim, agentId]));
	await records.change(key, (present) => ({ ...present, ...given }));
}

/** By what was texted. The contact meets the same agent where agents share several numbers. */
function givenIn(record: RecordValue = {}, { claim, all }: Routes): Route | undefined {
	for (const id of [record[claim], ...Object.values(record)]) {
		const route = all.find(({ agent }) => agent.id === id);
		if (route !== undefined) return route;
	}
	return undefined;
}

/** The agent with whom the contact has had the last word. */
async function whoTalks(
	{ store }: Pick<ThreadServices, 'store'>,
	accountSid: string,
	contact: string,
	{ all }: Routes,
): Promise<Route | undefined> {
	const ids = all.map(({ agent }) => threadIdOf({ accountSid, agentId: agent.id, contact }));
	const ends = (await store.threads.readMany(ids, 1)).map((thread) => {
		if (thread instanceof Error) throw thread;
		return thread.messages.at(-1)?.at ?? '';
	});
	const latest = ends.toSorted().at(-1) ?? '';
	return latest === '' ? undefined : all[ends.indexOf(latest)];
}

/** Of 48 bits of the hash. */
const HASHES = 2 ** 48;

function byShare({ all }: Routes, contactKey: string): Route {
	const shares = all.map(({ agent }) => agent.share ?? 0);
	const total = shares.reduce((sum, share) => sum + share, 0);
	const hash = createHash('sha256').update(contactKey).digest().readUIntBE(0, 6);
	let left = (hash / HASHES) * total;
	return all.find((_, index) => (left -= shares[index] ?? 0) < 0) ?? all[0];
}
