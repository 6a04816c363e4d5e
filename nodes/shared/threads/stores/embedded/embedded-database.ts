import { accessSync, constants, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { StoreUnavailableError } from '../../thread-store';

type SqliteModule = { DatabaseSync: typeof DatabaseSync };

/** Milliseconds to wait for another process that writes to the file. */
const BUSY_MS = 5_000;
/** Kilobytes. Enough for the inner pages of some hundred thousand threads; SQLite's default is 2,000. */
const CACHE_KB = 16_000;

/**
 * `threads.seen` has the marks of the kept messages (see `sidMark`). An index of SIDs would read
 * and write two more pages with each text, among a million threads pages that no cache holds. The
 * row grows by twelve bytes a message, which is little for the hundreds that a thread keeps.
 */
const MIGRATIONS = [
	`CREATE TABLE threads (
		id INTEGER PRIMARY KEY,
		thread_id TEXT NOT NULL UNIQUE,
		last_seq INTEGER NOT NULL,
		kept INTEGER NOT NULL,
		dropped INTEGER NOT NULL,
		last_at TEXT NOT NULL,
		written INTEGER NOT NULL,
		seen TEXT NOT NULL
	);
	CREATE INDEX threads_by_written ON threads (written);
	CREATE TABLE messages (
		id INTEGER PRIMARY KEY,
		sid TEXT NOT NULL,
		message TEXT NOT NULL
	);
	CREATE TABLE states (
		thread_id TEXT PRIMARY KEY,
		state TEXT NOT NULL,
		opted_out INTEGER NOT NULL
	) WITHOUT ROWID;
	CREATE TABLE claims (
		key TEXT PRIMARY KEY,
		token TEXT NOT NULL,
		record TEXT NOT NULL,
		held_until INTEGER,
		touched_at INTEGER NOT NULL
	) WITHOUT ROWID;
	CREATE INDEX claims_by_touch ON claims (touched_at);`,
];

/**
 * The database in `file`, made or brought up to date. Several processes of one host may have it open.
 * A commit survives a crash of the process at once, and one of the machine after the next checkpoint.
 * Throws StoreUnavailableError when the file cannot be written or is no database of ours.
 */
export function openEmbeddedDatabase(file: string): DatabaseSync {
	assertWritableFolder(file);
	try {
		// Asked for here, not at the top: n8n requires every node file when it starts.
		// eslint-disable-next-line @typescript-eslint/no-require-imports
		const { DatabaseSync: Database } = require('node:sqlite') as SqliteModule;
		const database = new Database(file, { timeout: BUSY_MS });
		database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
			PRAGMA cache_size = -${CACHE_KB};`);
		migrate(database);
		return database;
	} catch (cause) {
		throw new StoreUnavailableError(
			`embedded database ${file}`,
			'Check that the file is a thread database (not some other file), that its disk has room, and that n8n may write to it.',
			{ cause },
		);
	}
}

function assertWritableFolder(file: string): void {
	const folder = dirname(file);
	try {
		mkdirSync(folder, { recursive: true });
		accessSync(folder, constants.W_OK);
	} catch (cause) {
		throw new StoreUnavailableError(
			`embedded database ${file}`,
			`n8n may not write to the folder ${folder}. Give another Database File, or let n8n's user write there (in Docker: a mounted volume).`,
			{ cause },
		);
	}
}

function migrate(database: DatabaseSync): void {
	inTransaction(database, () => {
		const row = database.prepare('PRAGMA user_version').get() as { user_version: number };
		for (let version = row.user_version; version < MIGRATIONS.length; version++) {
			database.exec(`${MIGRATIONS[version]}; PRAGMA user_version = ${version + 1};`);
		}
		if (row.user_version > MIGRATIONS.length) {
			throw new Error('The file was written by a newer version of this package');
		}
	});
}

/** Runs `work` alone: no other process writes between its first and its last statement. */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
	return between(database, 'BEGIN IMMEDIATE', work);
}

/** Runs `work`, which only reads, on what was there at its first statement. */
export function inSnapshot<Result>(database: DatabaseSync, work: () => Result): Result {
	return between(database, 'BEGIN', work);
}

function between<Result>(database: DatabaseSync, begin: string, work: () => Result): Result {
	database.exec(begin);
	try {
		const result = work();
		database.exec('COMMIT');
		return result;
	} catch (error) {
		database.exec('ROLLBACK');
		throw error;
	}
}
