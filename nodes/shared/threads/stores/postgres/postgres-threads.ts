import { InvalidInputError } from '../../../messaging/invalid-input-error';
import { messageText, fullMessage } from '../compact-message';
import { pageOf, parsed, readOfThread, readOrWhyNot, stateIn } from '../stored-data';
import { INITIAL_STATE, type Thread, type ThreadState, type ThreadStore } from '../../thread-store';
import type { PostgresConnection } from './postgres-connection';

type ThreadRow = {
	/** JSON: [[sid, CompactMessage], …], oldest first. */
	newest: string;
	thread_state: string | null;
	kept: number;
	dropped_count: number;
};

const MAX_INTEGER = 2_000_000_000;

/** What the tables are called in statements, and the server in errors. */
export interface PostgresPlace {
	/** Quoted. */
	schema: string;
	store: string;
}

/** The threads in the schema. `written` is called after each write. */
export function postgresThreads(
	connection: PostgresConnection,
	{ store, schema }: PostgresPlace,
	messagesPerThread: number,
	written: () => void,
): ThreadStore {
	const read: ThreadStore['read'] = async (threadId, limit) => {
		const [row] = await connection.query<ThreadRow>(
			`SELECT * FROM ${schema}.read_thread($1, $2)`,
			[toStoredText(threadId), atMost(limit)],
			'repeat',
		);
		return threadOf(store, threadId, row);
	};

	return {
		read,

		readMany: async (threadIds, limit) => {
			const rows = await connection.query<ThreadRow>(
				`SELECT r.* FROM unnest($1::text[]) WITH ORDINALITY AS asked(id, n),
					LATERAL ${schema}.read_thread(asked.id, $2) r ORDER BY asked.n`,
				[threadIds.map(toStoredText), atMost(limit)],
				'repeat',
			);
			return threadIds.map((threadId, at) =>
				readOrWhyNot(() => threadOf(store, threadId, rows[at])),
			);
		},

		append: async (threadId, messages, limit) => {
			if (messages.length === 0) return { newSids: [], thread: await read(threadId, limit) };
			const texts = messages.map((message) => messageText(message));
			const [row] = await connection.query<ThreadRow & { new_sids: string[] }>(
				`SELECT * FROM ${schema}.append_messages($1, $2, $3, $4, $5, $6)`,
				[
					toStoredText(threadId),
					messages.map(({ messageSid }) => toStoredText(messageSid)),
					texts,
					messages.map(({ at }) => toStoredText(at)),
					atMost(limit),
					Math.max(1, atMost(messagesPerThread)),
				],
				// The SID makes it harmless to append twice.
				'repeat',
			);
			written();
			return {
				newSids: (row?.new_sids ?? []).map(fromStoredText),
				thread: threadOf(store, threadId, row),
			};
		},

		changeState: async (threadId, change, known) => {
			const id = toStoredText(threadId);
			const stateOf = (json: string | null) => stateOfThread(store, threadId, json);
			const read = async () => {
				const [found] = await connection.query<ThreadRow>(
					`SELECT * FROM ${schema}.read_thread($1, 0)`,
					[id],
					'repeat',
				);
				return found?.thread_state ?? null;
			};
			let before = known ? storedState(known) : await read();
			// Ends: of those that change it at the same time, every round lets one through.
			for (;;) {
				const json = JSON.stringify(change(stateOf(before)));
				if (json === before) return stateOf(json);
				const [row] = await connection.query<{ changed: boolean; present: string | null }>(
					`SELECT * FROM ${schema}.change_state($1, $2, $3)`,
					[id, before, json],
					'reject',
				);
				if (row?.changed) return stateOf(json);
				before = row?.present ?? null;
			}
		},

		list: async ({ prefix, limit, cursor, since }) => {
			const pageSize = atMost(limit);
			const position = cursor === undefined ? [null, null] : positionOf(cursor);
			const rows = await connection.query<ListedRow>(
				listThreads(schema),
				[
					`${toStoredText(prefix).replace(/[\\%_]/g, '\\$&')}%`,
					...position,
					pageSize + 1,
					since === undefined ? null : new Date(since).toISOString(),
				],
				'repeat',
			);
			const page = rows.slice(0, pageSize);
			const last = page.at(-1);
			return {
				...pageOf(page, (row) => {
					const threadId = fromStoredText(row.thread_id);
					return {
						threadId,
						state: stateOfThread(store, threadId, row.state),
						keptMessages: row.kept,
						lastMessageAt: fromStoredText(row.last_at ?? ''),
					};
				}),
				...(rows.length > pageSize && last
					? { cursor: `${last.written} ${last.thread_no}` }
					: {}),
			};
		},

		delete: async (threadId) => {
			const [row] = await connection.query<{ existed: boolean }>(
				`SELECT * FROM ${schema}.delete_thread($1)`,
				[toStoredText(threadId)],
				'reject',
			);
			return row?.existed ?? false;
		},
	};
}

function threadOf(store: string, threadId: string, row: ThreadRow | undefined): Thread {
	const messages = readOfThread(store, threadId, () => {
		// The text as a whole is the server's; each message in it is as it was kept.
		const stored = parsed(row?.newest ?? '[]') as Array<[string, unknown]>;
		return stored.map(([sid, message]) => fullMessage(fromStoredText(sid), message));
	});
	return {
		threadId,
		messages,
		state: stateOfThread(store, threadId, row?.thread_state ?? null),
		droppedMessages: row?.dropped_count ?? 0,
		keptMessages: row?.kept ?? 0,
	};
}

function stateOfThread(store: string, threadId: string, json: string | null): ThreadState {
	if (json === null) return structuredClone(INITIAL_STATE);
	return readOfThread(store, threadId, () => stateIn(parsed(json)));
}

/** What the server holds where it gave this state; for the initial one mostly nothing yet. */
function storedState(state: ThreadState): string | null {
	const json = JSON.stringify(state);
	return json === JSON.stringify(INITIAL_STATE) ? null : json;
}

/** A whole number that Postgres takes as an integer. */
export function atMost(limit: number): number {
	return Math.trunc(Math.min(Math.max(limit, 0), MAX_INTEGER)) || 0;
}

function positionOf(cursor: string): string[] {
	const [, written, threadNo] = /^(\d{4}-[\d:.TZ-]+) (\d+)$/.exec(cursor) ?? [];
	if (written !== undefined && threadNo !== undefined) return [written, threadNo];
	throw new InvalidInputError({
		field: 'Cursor',
		cause: 'it did not come from this store',
		fix: 'Leave it out to begin with the first page.',
	});
}

type ListedRow = {
	thread_id: string;
	thread_no: string;
	state: string | null;
	kept: number;
	last_at: string | null;
	/** ISO 8601, UTC, with microseconds. */
	written: string;
};

/**
 * Last written first: $1 pattern of the id, $2 and $3 `written` and `thread_no` of the last row
 * of the page before or null, $4 how many, $5 since when or null. Planned anew each time, with the values at hand:
 * Postgres walks the order where many threads match, and the prefix where few do.
 */
export const listThreads = (schema: string) => `
	SELECT t.thread_id, t.thread_no, t.state, t.last_n - t.dropped AS kept, t.last_at,
		to_char(t.written_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS written
	FROM ${schema}.threads t
	WHERE t.written_at IS NOT NULL AND t.last_n > t.dropped AND t.thread_id LIKE $1
		AND ($2::timestamptz IS NULL OR (t.written_at, t.thread_no) < ($2::timestamptz, $3::bigint))
		AND t.written_at >= coalesce($5::timestamptz, '-infinity')
	ORDER BY t.written_at DESC, t.thread_no DESC
	LIMIT $4`;

/** U+0000 and half surrogate pairs, which Postgres cannot hold, and the mark that stands for them. */
// eslint-disable-next-line no-control-regex
const UNSTORABLE = /[\u0000\u0001\p{Surrogate}]/gu;
// eslint-disable-next-line no-control-regex
const MARKED = /\u0001([0-9a-f]{4})/g;

/**
 * Any string as text that Postgres can hold. Two strings never become one, and what begins alike
 * still does, so prefixes can be searched for.
 */
export function toStoredText(text: string): string {
	return text.replace(
		UNSTORABLE,
		(unit) => `\u0001${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
	);
}

/** Takes back what toStoredText did. */
export function fromStoredText(stored: string): string {
	return stored.replace(MARKED, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
}
