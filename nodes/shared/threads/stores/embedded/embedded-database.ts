import type { DatabaseSync } from 'node:sqlite';
import {
	APPLICATION_ID,
	applicationIdOf,
	assertFileAllowed,
	assertOurs,
	type FileAccess,
	type FileIdentity,
	type FileLog,
	identityOf,
	prepareFile,
} from './database-file';
import { UnusableFileError } from './explain-embedded-error';
import { BUSY_MS } from './lock-queue';

type SqliteModule = { DatabaseSync: typeof DatabaseSync };

/** Kilobytes. Enough for the inner pages of some hundred thousand threads; SQLite's default is 2,000. */
const CACHE_KB = 16_000;

/**
 * `threads.seen` has the marks of the kept messages and of those dropped last (see `sidMark`). An
 * index of SIDs would read and write two more pages with each text, among a million threads pages
 * that no cache holds. The row grows by twelve bytes a message, which is little for some hundred.
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
		state TEXT NOT NULL
	) WITHOUT ROWID;
	CREATE TABLE claims (
		key TEXT PRIMARY KEY,
		token TEXT NOT NULL,
		record TEXT NOT NULL,
		held_until INTEGER,
		touched_at INTEGER NOT NULL
	) WITHOUT ROWID;
	CREATE INDEX claims_by_touch ON claims (touched_at);
	CREATE TABLE records (
		key TEXT PRIMARY KEY,
		value TEXT NOT NULL
	) WITHOUT ROWID;`,
];

/** An open database, and what tells its file and its log from later ones of the same names. */
export interface OpenDatabase {
	database: DatabaseSync;
	/** The real path of the file. */
	path: string;
	file: FileIdentity | undefined;
	log: FileIdentity | undefined;
}

/**
 * The database in `file`, made or brought up to date. Several processes of one host may have it open.
 * A commit survives a crash of the process at once, and one of the machine after the next checkpoint.
 * Throws what the file system and SQLite say, UnusableFileError and InvalidInputError; leaves nothing open then, so
 * that it can be tried again where the file was locked.
 */
export function openEmbeddedDatabase(
	file: string,
	access: FileAccess | undefined,
	log: FileLog,
): OpenDatabase {
	// Asked for here, not at the top: n8n requires every node file when it starts.
	// eslint-disable-next-line @typescript-eslint/no-require-imports
	const { DatabaseSync: Database } = require('node:sqlite') as SqliteModule;
	if (access) assertFileAllowed(file, access);
	const path = prepareFile(file, Database, log);
	const database = new Database(path, { timeout: BUSY_MS });
	try {
		assertOurs(database, path);
		database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
			PRAGMA cache_size = -${CACHE_KB};`);
		migrate(database);
		return { database, path, file: identityOf(path), log: identityOf(`${path}-wal`) };
	} catch (error) {
		database.close();
		throw error;
	}
}

function migrate(database: DatabaseSync): void {
	// Most find nothing to do, and then need not wait for somebody who writes.
	if (isUpToDate(database)) return;
	inTransaction(database, () => {
		database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
		for (let version = versionOf(database); version < MIGRATIONS.length; version++) {
			database.exec(`${MIGRATIONS[version]}; PRAGMA user_version = ${version + 1};`);
		}
	});
}

function isUpToDate(database: DatabaseSync): boolean {
	const version = versionOf(database);
	if (version > MIGRATIONS.length) {
		throw new UnusableFileError({
			cause: 'The file was written by a newer version of this package. It was left as it is.',
			fix: 'Update n8n-nodes-sms-agent on this n8n.',
		});
	}
	return version === MIGRATIONS.length && applicationIdOf(database) === APPLICATION_ID;
}

function versionOf(database: DatabaseSync): number {
	const row = database.prepare('PRAGMA user_version').get() as { user_version: number };
	return row.user_version;
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
