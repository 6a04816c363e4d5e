import { InvalidInputError } from '../../messaging/invalid-input-error';
import { compactMessage, fullMessage, type CompactMessage } from '../compact-message';
import { INITIAL_STATE, type Thread, type ThreadState, type ThreadStore } from '../thread-store';
import type { PostgresConnection } from './postgres-connection';
import { fromStoredText, toStoredText } from './stored-text';
import { listThreads, type ListedRow } from './list-threads';

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
			const [row] = await connection.query<ThreadRow & { new_sids: string[] }>(
				`SELECT * FROM ${schema}.append_messages($1, $2, $3, $4, $5, $6)`,
				[
					toStoredText(threadId),
					messages.map(({ messageSid }) => toStoredText(messageSid)),
					messages.map((message) => JSON.stringify(compactMessage(message))),
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

		changeState: async (threadId, change) => {
			const id = toStoredText(threadId);
			const [found] = await connection.query<ThreadRow>(
				`SELECT * FROM ${schema}.read_thread($1, 0)`,
				[id],
				'repeat',
			);
			let before = found?.thread_state ?? null;
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
