import { InvalidInputError } from '../../../messaging/invalid-input-error';
import { messageText, fullMessage, type CompactMessage } from '../compact-message';
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

/** The threads in `schema` (quoted). `written` is called after each write. */
export function postgresThreads(
	connection: PostgresConnection,
	schema: string,
	messagesPerThread: number,
	written: () => void,
): ThreadStore {
	const read: ThreadStore['read'] = async (threadId, limit) => {
		const [row] = await connection.query<ThreadRow>(
			`SELECT * FROM ${schema}.read_thread($1, $2)`,
			[toStoredText(threadId), atMost(limit)],
			'repeat',
		);
		return threadOf(threadId, row);
	};

	return {
		read,

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
				thread: threadOf(threadId, row),
			};
		},

		changeState: async (threadId, change, known) => {
			const id = toStoredText(threadId);
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
				const after = change(stateOf(before));
				const json = JSON.stringify(after);
				if (json === before) return stateOf(json);
				const [row] = await connection.query<{ changed: boolean; present: string | null }>(
					`SELECT * FROM ${schema}.change_state($1, $2, $3, $4)`,
					[id, before, json, after.consent.status === 'optedOut'],
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
				threads: page.map((row) => ({
					threadId: fromStoredText(row.thread_id),
					state: stateOf(row.state),
					keptMessages: row.kept,
					lastMessageAt: fromStoredText(row.last_at ?? ''),
				})),
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

function threadOf(threadId: string, row: ThreadRow | undefined): Thread {
	const stored = JSON.parse(row?.newest ?? '[]') as Array<[string, CompactMessage]>;
	return {
		threadId,
		messages: stored.map(([sid, message]) => fullMessage(fromStoredText(sid), message)),
		state: stateOf(row?.thread_state ?? null),
		droppedMessages: row?.dropped_count ?? 0,
		keptMessages: row?.kept ?? 0,
	};
}

function stateOf(json: string | null): ThreadState {
	return json === null ? structuredClone(INITIAL_STATE) : (JSON.parse(json) as ThreadState);
}

/** What the server holds where it gave this state; for the initial one mostly nothing yet. */
function storedState(state: ThreadState): string | null {
	const json = JSON.stringify(state);
	return json === JSON.stringify(INITIAL_STATE) ? null : json;
}

/** A whole number that Postgres takes as an integer. */
function atMost(limit: number): number {
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
