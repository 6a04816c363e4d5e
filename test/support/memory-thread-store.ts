import type { Clock } from '../../nodes/shared/messaging/clock';
import { hasPassed } from '../../nodes/shared/threads/has-passed';
import { messageText } from '../../nodes/shared/threads/stores/compact-message';
import { asKept, keyRangeOf } from '../../nodes/shared/threads/stores/record-pages';
import {
	takeFrom,
	type AllowanceCount,
	type AllowanceRequest,
} from '../../nodes/shared/threads/allowance';
import type { Message } from '../../nodes/shared/messaging/message';
import type { RecordValue } from '../../nodes/shared/threads/record-store';
import type { ClaimRecord } from '../../nodes/shared/threads/claim-ledger';
import {
	type OpenThreadStore,
	ClaimLostError,
	STORE_PROMISES,
	INITIAL_STATE,
	type ThreadState,
} from '../../nodes/shared/threads/thread-store';

interface Row {
	message: Message;
	threadId: string;
	writtenAt: number;
}

/** The contract in its plainest form: unbounded lists, searched from end to end. A reference, not for use. */
export function memoryThreadStore(clock: Clock): OpenThreadStore {
	let rows: Row[] = [];
	const states = new Map<string, ThreadState>();
	const claims = new Map<
		string,
		{ record: ClaimRecord; token: string; since: number; holdMs: number; settled: boolean }
	>();
	const counts = new Map<string, AllowanceCount>();
	let tokens = 0;
	const records = new Map<string, RecordValue>();

	const messagesOf = (id: string) =>
		rows.filter(({ threadId }) => threadId === id).map(({ message }) => message);
	const stateOf = (id: string) => structuredClone(states.get(id) ?? INITIAL_STATE);
	const view = (threadId: string, limit: number) => {
		const all = messagesOf(threadId);
		return {
			threadId,
			messages: structuredClone(all.slice(Math.max(0, all.length - limit))),
			state: stateOf(threadId),
			droppedMessages: 0,
			keptMessages: all.length,
		};
	};
	const isHeld = ({ since, holdMs }: { since: number; holdMs: number }) =>
		!hasPassed(since, holdMs, clock.now());
	const heldBy = (key: string, token: string) => {
		const claim = claims.get(key);
		if (!claim || claim.token !== token || claim.settled) throw new ClaimLostError(key);
		return claim;
	};

	const take = ({ allowances, taker }: AllowanceRequest) => {
		const present = allowances.map(({ key }) => counts.get(key));
		const { taken, kept } = takeFrom(present, allowances, taker, clock.now());
		for (const [at, count] of kept.entries()) counts.set(allowances[at]?.key ?? '', count);
		return taken;
	};

	return {
		kind: 'memory',
		promises: STORE_PROMISES.memory,
		close: async () => {},
		threads: {
			append: async (threadId, messages, limit) => {
				const newSids: string[] = [];
				for (const message of messages) messageText(message);
				for (const message of messages) {
					const there = messagesOf(threadId).some(
						({ messageSid }) => messageSid === message.messageSid,
					);
					if (there) continue;
					rows.push({
						threadId,
						message: structuredClone(message),
						writtenAt: clock.now(),
					});
					newSids.push(message.messageSid);
				}
				return { newSids, thread: view(threadId, limit) };
			},
			read: async (threadId, limit) => view(threadId, limit),
			readMany: async (threadIds, limit) => threadIds.map((id) => view(id, limit)),
			changeState: async (threadId, change) => {
				states.set(threadId, structuredClone(change(stateOf(threadId))));
				return stateOf(threadId);
			},
			list: async ({ prefix, limit, cursor, since = 0 }) => {
				const newestFirst = [...new Set(rows.toReversed().map(({ threadId }) => threadId))];
				const lastAt = (id: string) => messagesOf(id).at(-1)?.at ?? '';
				const recent = new Set(
					rows.flatMap((row) => (row.writtenAt >= since ? row.threadId : [])),
				);
				const ids = newestFirst.filter((id) => id.startsWith(prefix) && recent.has(id));
				const from = cursor === undefined ? 0 : Number(cursor);
				const threads = ids.slice(from, from + limit).map((threadId) => ({
					threadId,
					state: stateOf(threadId),
					keptMessages: messagesOf(threadId).length,
					lastMessageAt: lastAt(threadId),
				}));
				return from + limit < ids.length
					? { threads, cursor: String(from + limit) }
					: { threads };
			},
			delete: async (id) => {
				const before = rows.length;
				rows = rows.filter(({ threadId }) => threadId !== id);
				return states.delete(id) || rows.length < before;
			},
		},
		records: {
			read: async (keys) => keys.map((key) => structuredClone(records.get(key))),
			change: async (key, change) => {
				const value = change(structuredClone(records.get(key)));
				if (value === undefined) records.delete(key);
				else records.set(key, asKept(value));
				return structuredClone(records.get(key));
			},
			list: async (query) => {
				const { from, isAfter } = keyRangeOf(query);
				const { prefix, limit } = query;
				const order = (one: string, other: string) =>
					Buffer.from(one).compare(Buffer.from(other));
				const keys = [...records.keys()]
					.filter((key) => key.startsWith(prefix) && (!isAfter || order(key, from) > 0))
					.toSorted(order);
				const page = keys.slice(0, limit).map((key) => ({
					key,
					value: structuredClone(records.get(key) ?? {}),
				}));
				const last = page.at(-1)?.key;
				return keys.length > limit && last !== undefined
					? { records: page, cursor: last }
					: { records: page };
			},
			delete: async (key) => records.delete(key),
		},
		allowances: {
			take: async (allowances, taker) => take({ allowances, taker }),
			takeEach: async (requests) => requests.map(take),
		},
		claims: {
			claim: async (key, holdMs, record = {}) => {
				const before = claims.get(key);
				if (before?.settled) {
					return { status: 'settled', record: structuredClone(before.record) };
				}
				if (before && isHeld(before)) {
					return { status: 'held', record: structuredClone(before.record) };
				}
				const token = `token-${++tokens}`;
				claims.set(key, {
					record: before?.record ?? structuredClone(record),
					token,
					since: clock.now(),
					holdMs,
					settled: false,
				});
				return before
					? { status: 'claimed', token, previous: structuredClone(before.record) }
					: { status: 'claimed', token };
			},
			look: async (key) => {
				const found = claims.get(key);
				if (!found) return { status: 'free' };
				const record = structuredClone(found.record);
				if (found.settled) return { status: 'settled', record };
				return isHeld(found)
					? { status: 'held', record }
					: { status: 'free', previous: record };
			},
			note: async (key, token, record, holdMs) => {
				const claim = heldBy(key, token);
				claim.record = structuredClone(record);
				Object.assign(claim, { since: clock.now(), holdMs });
			},
			settle: async (key, token, record) => {
				const claim = heldBy(key, token);
				claim.record = structuredClone(record);
				claim.settled = true;
			},
			release: async (key, token) => {
				const claim = claims.get(key);
				if (claim?.token === token && !claim.settled) claims.delete(key);
			},
		},
	};
}
