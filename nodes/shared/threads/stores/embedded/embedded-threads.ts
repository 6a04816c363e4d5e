import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../../messaging/clock';
import type { Message } from '../../../messaging/message';
import { messageText, fullMessage } from '../compact-message';
import { newestMarks, sidMark } from '../sid-marks';
import { pageOf, parsed, readOfThread, readOrWhyNot, stateIn } from '../stored-data';
import {
	INITIAL_STATE,
	REMEMBERED_SIDS,
	type Thread,
	type ThreadState,
	type ThreadStore,
} from '../../thread-store';
import type { FileAccess } from './database-file';
import { fileName } from './explain-embedded-error';
import { inSnapshot, inTransaction } from './embedded-database';
import type { WithoutPause } from './without-pause';

export interface EmbeddedSettings {
	/** Absolute path of the database file; made with its folder on first use. */
	file: string;
	messagesPerThread: number;
	maxAgeDays: number;
	/** The threads written to longest ago go when the data outgrows this. */
	maxMegabytes: number;
	/** Where such a file may be; anywhere without it. */
	access?: FileAccess;
}

/** So many messages of a thread are dropped at a time. */
const DROPPED_AT_A_TIME = 8;

interface ThreadRow {
	id: number;
	thread_id: string;
	last_seq: number;
	kept: number;
	dropped: number;
	last_at: string;
	written: number;
	/** The marks of the SIDs of the kept messages, and of those dropped last; oldest first. */
	seen: string;
}

/** Threads in the embedded database. Every statement finds its rows by an index. */
export function embeddedThreads(
	database: DatabaseSync,
	settings: EmbeddedSettings,
	clock: Clock,
): WithoutPause<ThreadStore> {
	const keep = Math.max(1, Math.floor(settings.messagesPerThread));
	const store = fileName(settings.file);
	const retain = embeddedRetention(database, settings, clock);
	const threadOf = database.prepare('SELECT * FROM threads WHERE thread_id = ?');
	const addThread = database.prepare(
		`INSERT INTO threads (thread_id, last_seq, kept, dropped, last_at, written, seen)
		VALUES (?, 0, 0, 0, '', 0, '') RETURNING *`,
	);
	const addMessage = database.prepare(
		`INSERT INTO messages (id, sid, message) VALUES (${MESSAGE_ID}, ?, ?)`,
	);
	const dropMessages = database.prepare(DROP_MESSAGES);
	const saveThread = database.prepare(
		`UPDATE threads SET last_seq = ?, kept = ?, dropped = ?, last_at = ?, written = ?, seen = ?
		WHERE id = ?`,
	);
	const newestMessages = database.prepare(
		`SELECT sid, message FROM messages WHERE ${MESSAGES_BETWEEN} ORDER BY id`,
	);
	const stateText = database.prepare('SELECT state FROM states WHERE thread_id = ?');
	const saveState = database.prepare(
		`INSERT INTO states (thread_id, state) VALUES (?, ?)
		ON CONFLICT (thread_id) DO UPDATE SET state = excluded.state`,
	);
	const lastWritten = database.prepare('SELECT max(written) AS written FROM threads');

	const rowOf = (threadId: string) => threadOf.get(threadId) as unknown as ThreadRow | undefined;
	const stateOf = (threadId: string): ThreadState => {
		const row = stateText.get(threadId) as { state: string } | undefined;
		if (row === undefined) return structuredClone(INITIAL_STATE);
		return readOfThread(store, threadId, () => stateIn(parsed(row.state)));
	};
	const newestOf = (row: ThreadRow, limit: number): Message[] => {
		const first = row.last_seq - Math.min(limit, row.kept) + 1;
		const found = newestMessages.all(row.id, first, row.id, row.last_seq);
		return readOfThread(store, row.thread_id, () =>
			found.map(({ sid, message }) => fullMessage(String(sid), parsed(String(message)))),
		);
	};
	const view = (threadId: string, row: ThreadRow | undefined, limit: number): Thread => ({
		threadId,
		messages: row ? newestOf(row, limit) : [],
		state: stateOf(threadId),
		droppedMessages: row?.dropped ?? 0,
		keptMessages: row?.kept ?? 0,
	});
	/** Microseconds that never repeat nor go back: the order of writing and its time in one. */
	const nextWritten = () => {
		const { written } = lastWritten.get() as { written: number | null };
		return Math.max((written ?? 0) + 1, clock.now() * 1_000);
	};

	const appendNow = (threadId: string, messages: readonly Message[]) => {
		const before = rowOf(threadId);
		const row = before ?? (addThread.get(threadId) as unknown as ThreadRow);
		const newSids: string[] = [];
		for (const message of messages) {
			const text = messageText(message);
			const { messageSid } = message;
			const mark = sidMark(messageSid);
			if (row.seen.includes(mark)) continue;
			row.last_seq++;
			row.last_at = message.at;
			row.seen += mark;
			addMessage.run(row.id, row.last_seq, messageSid, text);
			newSids.push(messageSid);
		}
		if (newSids.length > 0 || before === undefined) {
			const excess = Math.max(0, row.kept + newSids.length - keep);
			row.kept += newSids.length - excess;
			row.dropped += excess;
			row.seen = newestMarks(row.seen, row.kept + REMEMBERED_SIDS);
			// Not with each text: the oldest often lie on a page that nothing else needs.
			if (row.dropped - (row.dropped % DROPPED_AT_A_TIME) > row.dropped - excess) {
				dropMessages.run(row.id, 0, row.id, row.last_seq - row.kept);
			}
			row.written = nextWritten();
			saveThread.run(
				row.last_seq,
				row.kept,
				row.dropped,
				row.last_at,
				row.written,
				row.seen,
				row.id,
			);
			retain(row.written);
		}
		return { newSids, row };
	};

	return {
		append: (threadId, messages, limit) =>
			inTransaction(database, () => {
				const { newSids, row } = appendNow(threadId, messages);
				return { newSids, thread: view(threadId, row, limit) };
			}),

		read: (threadId, limit) =>
			inSnapshot(database, () => view(threadId, rowOf(threadId), limit)),

		readMany: (threadIds, limit) =>
			inSnapshot(database, () =>
				threadIds.map((threadId) =>
					readOrWhyNot(() => view(threadId, rowOf(threadId), limit)),
				),
			),

		changeState: (threadId, change) =>
			inTransaction(database, () => {
				const state = change(stateOf(threadId));
				saveState.run(threadId, JSON.stringify(state));
				return structuredClone(state);
			}),

		list: ({ prefix, limit, cursor, since }) => {
			const found = database
				.prepare(
					`SELECT thread_id, kept, last_at, written FROM threads
					WHERE written < ? AND written >= ? AND substr(thread_id, 1, ?) = ?
					ORDER BY written DESC LIMIT ?`,
				)
				.all(
					cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor),
					(since ?? 0) * 1_000,
					Array.from(prefix).length,
					prefix,
					limit + 1,
				) as unknown as ThreadRow[];
			const page = found.slice(0, limit);
			const last = page.at(-1);
			return {
				...pageOf(page, (row) => ({
					threadId: row.thread_id,
					state: stateOf(row.thread_id),
					keptMessages: row.kept,
					lastMessageAt: row.last_at,
				})),
				...(found.length > limit && last ? { cursor: String(last.written) } : {}),
			};
		},

		delete: (threadId) =>
			inTransaction(database, () => {
				const row = rowOf(threadId);
				if (row) {
					dropMessages.run(row.id, 0, row.id, row.last_seq);
					database.prepare('DELETE FROM threads WHERE id = ?').run(row.id);
				}
				const state = database
					.prepare('DELETE FROM states WHERE thread_id = ?')
					.run(threadId);
				return row !== undefined || state.changes > 0;
			}),
	};
}

const DAY_MS = 86_400_000;
/** Threads removed at a time, so that no append pays for a great clearing. */
const BATCH = 20;

/** Removes threads past their age or over the size, a few at each write, oldest first; never a record. */
function embeddedRetention(
	database: DatabaseSync,
	settings: EmbeddedSettings,
	clock: Clock,
): (justWritten: number) => void {
	const oldest = database.prepare(
		`SELECT id, thread_id, last_seq FROM threads WHERE written < ? ORDER BY written LIMIT ${BATCH}`,
	);
	const dropMessages = database.prepare(DROP_MESSAGES);
	const dropThread = database.prepare('DELETE FROM threads WHERE id = ?');
	const dropState = database.prepare('DELETE FROM states WHERE thread_id = ?');
	const size = database.prepare(
		`SELECT (page_count - freelist_count) * page_size AS bytes
		FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()`,
	);

	const dropOlderThan = (written: number) => {
		for (const { id, thread_id: threadId, last_seq: lastSeq } of oldest.all(written)) {
			dropMessages.run(Number(id), 0, Number(id), Number(lastSeq));
			dropThread.run(Number(id));
			dropState.run(String(threadId));
		}
	};
	return (justWritten) => {
		dropOlderThan((clock.now() - settings.maxAgeDays * DAY_MS) * 1_000);
		const { bytes } = size.get() as { bytes: number };
		if (bytes > settings.maxMegabytes * 1_048_576) dropOlderThan(justWritten);
	};
}

/**
 * The id of a message, of its thread and its number in the thread: the thread in the upper half, the
 * number in the lower. So a thread's messages lie together, and the tree above them holds nothing but
 * numbers; with a key of two columns (WITHOUT ROWID) its inner pages would hold whole messages, and
 * be many more. Bit operations, since Node.js binds every number as a floating one; no `?1`, which
 * Node.js before 22.20 and 24.7 does not bind by position.
 */
const MESSAGE_ID = '(? << 32 | ?)';
/**
 * The messages of a thread from one number to another: thread, number, thread, number. No `LIMIT ?`:
 * SQLite would prepare that anew each time.
 */
const MESSAGES_BETWEEN = `id BETWEEN ${MESSAGE_ID} AND ${MESSAGE_ID}`;
const DROP_MESSAGES = `DELETE FROM messages WHERE ${MESSAGES_BETWEEN}`;
