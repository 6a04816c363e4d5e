import { InvalidInputError } from '../../../messaging/invalid-input-error';
import { decodeMessage, encodeMessage, SID_KEY_BYTES } from './message-bytes';
import {
	type Thread,
	type ThreadPage,
	type ThreadQuery,
	type ThreadStore,
	type ThreadSummary,
	INITIAL_STATE,
	REMEMBERED_SIDS,
	type ThreadState,
} from '../../thread-store';
import { type ThreadLimits } from '../../thread-limits';
import { pageOf, parsed, readOfThread, readOrWhyNot, stateIn } from '../stored-data';
import type { RedisConnection } from './redis-connection';
import type { RedisKeys } from './redis-keys';
import { redisServerName } from './redis-settings';
import { bytesIn, listIn, numberIn, type RedisReply, SCRIPTS, textIn } from './redis-scripts';

export type RedisRetention = Pick<ThreadLimits, 'messagesPerThread' | 'maxAgeDays'>;

const DAY_MS = 86_400_000;
/** Index entries looked at per step, so that a list of few among many never holds Redis up. */
const LIST_STEP = 500;

/**
 * Threads in Redis. Each method but `changeState`, `list` and `readMany` is one script, hence one
 * step; those and `readMany` are one round trip. Appending and reading cost the same however long the thread and however many there
 * are; listing walks the index until it has found enough.
 */
export function redisThreads(
	connection: RedisConnection,
	keys: RedisKeys,
	{ messagesPerThread, maxAgeDays }: RedisRetention,
): ThreadStore {
	const age = String(Math.max(1, Math.round(maxAgeDays * DAY_MS)));
	const keep = String(Math.max(1, Math.floor(messagesPerThread)));
	const store = redisServerName(connection.settings);

	const viewOf = async (threadId: string, limit: number) => {
		const { messages, seen, state } = keys.ofThread(threadId);
		return await connection.run(SCRIPTS.readThread, [messages, seen, state], [count(limit)]);
	};

	return {
		append: async (threadId, given, limit) => {
			const { messages, seen, state, dropped } = keys.ofThread(threadId);
			const reply = await connection.run(
				SCRIPTS.appendMessages,
				[messages, seen, state, keys.index, dropped],
				[
					...[threadId, count(limit), keep, age, keys.messagesBase],
					...[String(SID_KEY_BYTES), String(REMEMBERED_SIDS)],
					...given.map(encodeMessage),
				],
			);
			const [fresh, view] = listIn(reply);
			const newSids = listIn(fresh).map((at) => given[numberIn(at)]?.messageSid ?? '');
			return { newSids, thread: threadIn(store, threadId, view) };
		},

		read: async (threadId, limit) => threadIn(store, threadId, await viewOf(threadId, limit)),

		// A script for each, so that others come between; asked at once, they go out together.
		readMany: async (threadIds, limit) => {
			const views = await Promise.all(
				threadIds.map(async (threadId) => await viewOf(threadId, limit)),
			);
			return threadIds.map((threadId, at) =>
				readOrWhyNot(() => threadIn(store, threadId, views[at])),
			);
		},

		changeState: async (threadId, change, known) => {
			const { state } = keys.ofThread(threadId);
			const stateOf = (stored: string) =>
				readOfThread(store, threadId, () => decodeState(stored));
			let present = known ? encodeState(known) : textIn(listIn(await viewOf(threadId, 0))[0]);
			// Ends: whoever comes between has succeeded, so of any number at least one is done each time.
			for (;;) {
				const next = encodeState(change(stateOf(present)));
				const found = await connection.run(
					SCRIPTS.swapState,
					[state],
					[present, next, age],
				);
				if (found === null) return decodeState(next);
				present = textIn(listIn(found)[0]);
			}
		},

		list: async (query) => await listThreads(connection, keys, query),

		delete: async (threadId) => {
			const { messages, seen, state, dropped } = keys.ofThread(threadId);
			const removed = await connection.run(
				SCRIPTS.deleteThread,
				[messages, seen, state, keys.index, dropped],
				[threadId],
			);
			return numberIn(removed) > 0;
		},
	};
}

function count(limit: number): string {
	return String(Math.min(Math.max(0, Math.floor(limit)), 1_000_000));
}

function threadIn(store: string, threadId: string, view: RedisReply | undefined): Thread {
	const [state, dropped, kept, newest] = listIn(view);
	return readOfThread(store, threadId, () => ({
		threadId,
		messages: listIn(newest).map((stored) => decodeMessage(bytesIn(stored))),
		state: decodeState(textIn(state)),
		droppedMessages: numberIn(dropped),
		keptMessages: numberIn(kept),
	}));
}

/** The cursor is the score of the last thread given; scores are unique. */
async function listThreads(
	connection: RedisConnection,
	keys: RedisKeys,
	{ prefix, limit, cursor, since }: ThreadQuery,
): Promise<ThreadPage> {
	if (cursor !== undefined && !/^\d{1,17}$/.test(cursor)) {
		throw new InvalidInputError({
			field: 'Cursor',
			cause: 'it is not one that this store gave',
			fix: 'Start again without a cursor.',
		});
	}
	const found: RedisReply[][] = [];
	let from = cursor === undefined ? '+inf' : `(${cursor}`;
	const store = redisServerName(connection.settings);
	let ended = limit <= 0;
	// One more than asked for tells whether there is a next page.
	while (!ended && found.length <= limit) {
		const wanted = String(limit + 1 - found.length);
		const step = listIn(
			await connection.run(
				SCRIPTS.listThreads,
				[keys.index],
				[
					...[keys.messagesBase, keys.stateBase, prefix, wanted],
					...[from, since === undefined ? '-inf' : micros(since), String(LIST_STEP)],
				],
			),
		);
		ended = step[0] === 1;
		from = `(${textIn(step[1])}`;
		found.push(...listIn(step[2]).map(listIn));
	}
	const last = found[limit - 1];
	return {
		...pageOf(found.slice(0, limit), (entry) => summaryIn(store, entry)),
		...(found.length > limit && last ? { cursor: textIn(last[0]) } : {}),
	};
}

/** Scores are times of the server's clock, in microseconds. */
function micros(ms: number): string {
	return String(Math.floor(ms) * 1_000);
}

function summaryIn(store: string, [, id, state, kept, newest]: RedisReply[]): ThreadSummary {
	const threadId = textIn(id);
	return readOfThread(store, threadId, () => ({
		threadId,
		state: decodeState(textIn(state)),
		keptMessages: numberIn(kept),
		lastMessageAt: decodeMessage(bytesIn(newest)).at,
	}));
}

/** A state as Redis keeps it: nothing for the initial one, else JSON. */
function encodeState(state: ThreadState): string {
	return isInitial(state) ? '' : JSON.stringify(state);
}

/** Throws UnreadableError. */
function decodeState(stored: string): ThreadState {
	if (stored === '') return structuredClone(INITIAL_STATE);
	return stateIn(parsed(stored));
}

/** `others` are the fields that the initial state lacks: any of them that is set must be kept. */
function isInitial({ metadata, ...others }: ThreadState): boolean {
	return (
		Object.keys(metadata).length === 0 &&
		Object.values(others).every((value) => value === undefined)
	);
}
