import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../../messaging/clock';
import type { Message } from '../../../messaging/message';
import {
	takeFrom,
	type AllowanceCount,
	type AllowanceLedger,
	type AllowanceRequest,
	type Taken,
} from '../../allowance';
import type { Claim, ClaimLedger, ClaimLook, ClaimRecord } from '../../claim-ledger';
import { hasPassed } from '../../has-passed';
import type { RecordStore } from '../../record-store';
import { messageText } from '../compact-message';
import { asKept, keyRangeOf, recordPageOf } from '../record-pages';
import { countIn, readOfClaim } from '../stored-data';
import { type LiveClaim, type LiveThreads, THIS_WORKFLOW } from './live-threads';
import {
	type OpenThreadStore,
	ClaimLostError,
	STORE_PROMISES,
	type Thread,
	type ThreadPage,
	type ThreadStore,
} from '../../thread-store';
import { type ThreadLimits } from '../../thread-limits';

/**
 * Threads in a workflow's static data. Atomic because each method runs without a pause on the one
 * live object of the process; n8n writes that object down when an execution ends.
 *
 * @param changed called after every change, so that this execution's static data is saved.
 */
export function staticDataThreadStore(
	live: LiveThreads,
	limits: ThreadLimits,
	clock: Clock,
	changed: () => void,
): OpenThreadStore {
	return {
		kind: 'staticData',
		promises: STORE_PROMISES.staticData,
		threads: staticDataThreads(live, limits, clock, changed),
		claims: staticDataClaims(live, clock, changed),
		allowances: staticDataAllowances(live, clock, changed),
		records: staticDataRecords(live, changed),
		close: async () => {},
	};
}

function staticDataThreads(
	live: LiveThreads,
	limits: ThreadLimits,
	clock: Clock,
	changed: () => void,
): ThreadStore {
	const view = (threadId: string, limit: number): Thread => {
		const { messages, dropped } = live.threads.get(threadId) ?? { messages: [], dropped: 0 };
		return {
			threadId,
			messages: limit > 0 ? structuredClone(messages.slice(-limit)) : [],
			state: live.stateOf(threadId),
			droppedMessages: dropped,
			keptMessages: messages.length,
		};
	};

	return {
		append: async (threadId, messages, limit) => {
			// Saving is n8n's, after the run: by then nobody could be told.
			for (const message of messages) messageText(message);
			const added = newOnes(messages, (sid) => live.hasSeen(threadId, sid));
			if (added.length > 0) {
				live.add(threadId, structuredClone(added), limits, clock.now());
				changed();
			}
			return {
				newSids: added.map(({ messageSid }) => messageSid),
				thread: view(threadId, limit),
			};
		},

		read: async (threadId, limit) => view(threadId, limit),

		readMany: async (threadIds, limit) => threadIds.map((threadId) => view(threadId, limit)),

		changeState: async (threadId, change) => {
			const state = inJson(change(live.stateOf(threadId)));
			live.states.set(threadId, state);
			changed();
			return structuredClone(state);
		},

		list: async ({ prefix, limit, cursor, since = 0 }) => {
			const lastMessageAt = (id: string) => live.threads.get(id)?.messages.at(-1)?.at ?? '';
			const writtenAt = (id: string) =>
				live.threads.get(id)?.writtenAt ?? Date.parse(lastMessageAt(id));
			const ids = [...live.threads.keys()]
				.reverse()
				.filter((id) => id.startsWith(prefix) && !(writtenAt(id) < since));
			const start = cursor === undefined ? 0 : ids.indexOf(cursor) + 1;
			const page = ids.slice(start, start + limit);
			const threads = page.map((threadId) => {
				return {
					threadId,
					state: live.stateOf(threadId),
					keptMessages: live.threads.get(threadId)?.messages.length ?? 0,
					lastMessageAt: lastMessageAt(threadId),
				};
			});
			const last = page.at(-1);
			const more = start + page.length < ids.length && last !== undefined;
			return { threads, ...(more ? { cursor: last } : {}) } satisfies ThreadPage;
		},

		delete: async (threadId) => {
			const had = live.threads.delete(threadId);
			const hadState = live.states.delete(threadId);
			if (had || hadState) changed();
			return had || hadState;
		},
	};
}

/** A copy as it will be saved. Throws for what JSON cannot hold, before it is taken. */
function inJson<Value>(value: Value): Value {
	return JSON.parse(JSON.stringify(value)) as Value;
}

/** The messages whose SID is neither there nor earlier in the batch. */
function newOnes(messages: readonly Message[], isKnown: (sid: string) => boolean): Message[] {
	const taken = new Set<string>();
	return messages.filter(
		({ messageSid: sid }) => !isKnown(sid) && !taken.has(sid) && taken.add(sid),
	);
}

function staticDataClaims(live: LiveThreads, clock: Clock, changed: () => void): ClaimLedger {
	const put = (key: string, claim: Omit<LiveClaim, 'touchedAt'>) => {
		live.claims.delete(key);
		live.claims.set(key, { ...claim, touchedAt: clock.now() });
		live.trimClaims(clock.now());
		changed();
	};
	const rewrite = (key: string, token: string, record: ClaimRecord, heldUntil: number) => {
		const claim = live.claims.get(key);
		if (claim?.token !== token || claim.heldUntil === Infinity) throw new ClaimLostError(key);
		put(key, { token, record: inJson(record), heldUntil });
	};

	const look = (key: string): ClaimLook => {
		const found = live.claims.get(key);
		if (found === undefined) return { status: 'free' };
		const record = structuredClone(found.record);
		if (found.heldUntil === Infinity) return { status: 'settled', record };
		const { touchedAt, heldUntil } = found;
		const isOver = hasPassed(touchedAt, heldUntil - touchedAt, clock.now());
		if (!isOver) return { status: 'held', record };
		return { status: 'free', previous: record };
	};

	return {
		claim: async (key, holdMs, given = {}): Promise<Claim> => {
			const present = look(key);
			if (present.status !== 'free') return present;
			const { previous } = present;
			const token = randomUUID();
			const record = structuredClone(previous ?? inJson(given));
			put(key, { token, record, heldUntil: clock.now() + holdMs });
			return { status: 'claimed', token, ...(previous ? { previous } : {}) };
		},

		look: async (key) => look(key),

		note: async (key, token, record, holdMs) => {
			rewrite(key, token, record, clock.now() + holdMs);
		},

		settle: async (key, token, record) => {
			rewrite(key, token, record, Infinity);
		},

		release: async (key, token) => {
			const claim = live.claims.get(key);
			if (claim?.token !== token || claim.heldUntil === Infinity) return;
			live.claims.delete(key);
			changed();
		},
	};
}

/** Among the claims, as ones that nobody holds. */
function staticDataAllowances(
	live: LiveThreads,
	clock: Clock,
	changed: () => void,
): AllowanceLedger {
	const countOf = (key: string): AllowanceCount | undefined => {
		const found = live.claims.get(key);
		return found && readOfClaim(THIS_WORKFLOW, key, () => countIn(found.record));
	};

	const take = ({ allowances, taker }: AllowanceRequest): Taken => {
		const now = clock.now();
		const counts = allowances.map(({ key }) => countOf(key));
		const { taken, kept } = takeFrom(counts, allowances, taker, now);
		for (const [at, { key }] of allowances.entries()) {
			const record = { ...kept[at] };
			live.claims.delete(key);
			live.claims.set(key, { record, token: '', heldUntil: 0, touchedAt: now });
		}
		live.trimClaims(now);
		changed();
		return taken;
	};

	return {
		take: async (allowances, taker) => take({ allowances, taker }),
		takeEach: async (requests) => requests.map(take),
	};
}

/** A list looks at every key and puts those of its prefix in order: there are few in a workflow's data. */
function staticDataRecords({ records }: LiveThreads, changed: () => void): RecordStore {
	return {
		read: async (keys) => keys.map((key) => structuredClone(records.get(key))),

		change: async (key, change) => {
			const present = records.get(key);
			const next = change(structuredClone(present));
			if (next === undefined) {
				if (records.delete(key)) changed();
				return undefined;
			}
			const value = asKept(next);
			if (!isDeepStrictEqual(value, present)) {
				records.set(key, value);
				changed();
			}
			return structuredClone(value);
		},

		list: async (query) => {
			const { from, isAfter } = keyRangeOf(query);
			const rows = [...records.keys()]
				.filter((key) => key.startsWith(query.prefix))
				.map((key) => ({ key, bytes: Buffer.from(key) }))
				.toSorted((one, other) => one.bytes.compare(other.bytes));
			const after = isAfter
				? rows.findIndex(({ bytes }) => bytes.compare(Buffer.from(from)) > 0)
				: 0;
			const rest = after < 0 ? [] : rows.slice(after, after + query.limit + 1);
			return recordPageOf(rest, query.limit, ({ key }) =>
				structuredClone(records.get(key) ?? {}),
			);
		},

		delete: async (key) => {
			const had = records.delete(key);
			if (had) changed();
			return had;
		},
	};
}
