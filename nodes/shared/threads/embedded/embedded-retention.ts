import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../messaging/clock';
import type { EmbeddedSettings } from './embedded-settings';
import { DROP_MESSAGES } from './message-ids';

const DAY_MS = 86_400_000;
/** Threads removed at a time, so that no append pays for a great clearing. */
const BATCH = 20;

/**
 * Removes what is past its age or over the size, a few threads at each write, oldest first.
 * An opt-out outlives its thread's messages.
 */
export function embeddedRetention(
	database: DatabaseSync,
	settings: EmbeddedSettings,
	clock: Clock,
): (justWritten: number) => void {
	const oldest = database.prepare(
		`SELECT id, thread_id, last_seq FROM threads WHERE written < ? ORDER BY written LIMIT ${BATCH}`,
	);
	const dropMessages = database.prepare(DROP_MESSAGES);
	const dropThread = database.prepare('DELETE FROM threads WHERE id = ?');
	const dropState = database.prepare('DELETE FROM states WHERE thread_id = ? AND opted_out = 0');
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
