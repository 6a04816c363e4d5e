import {
	accessSync,
	chmodSync,
	closeSync,
	constants,
	lstatSync,
	mkdirSync,
	openSync,
	readSync,
	realpathSync,
	statSync,
	type BigIntStats,
	type Stats,
} from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DatabaseSync } from 'node:sqlite';
import { InvalidInputError } from '../../../messaging/invalid-input-error';
import { processWide } from '../../../process/process-wide';
import { UnusableFileError } from './explain-embedded-error';
import { BUSY_MS } from './lock-queue';

/** Where the operator of this n8n lets workflows have files. Full paths of files and folders. */
export interface FileAccess {
	/** Ours to use, whatever the others say. */
	ours: string;
	/** Nothing outside of these; empty for no such rule. */
	allowed: readonly string[];
	/** And nothing in these. */
	blocked: readonly string[];
	/** The label of the field that names the file. */
	field: string;
}

/** Told to n8n's log. */
export interface FileLog {
	info(words: string): void;
	warn(words: string): void;
}

/** What SQLite writes beside the file. */
const COMPANIONS = ['-wal', '-shm', '-journal'];
/** "SmsA" in the header of each file of ours: no other program's database has it. */
export const APPLICATION_ID = 0x536d7341;
const TABLES_OF_OURS = ['claims', 'messages', 'records', 'states', 'threads'];
/** What SQLite counts for itself, and a program that copies the file as it changes. */
const TABLES_OF_NOBODY = /^(?:sqlite|_litestream)_/;

/** Files that this process has had: one that is gone is a loss, and no reason to begin with an empty one. */
const known = processWide('thread-files', 1, () => new Set<string>());

/** Throws InvalidInputError for a file where the operator lets no workflow have one. Makes nothing. */
export function assertFileAllowed(file: string, access: FileAccess): void {
	const place = realPlace(file);
	const within = (folder: string) => isWithin(place, realPlace(folder));
	if (within(access.ours)) return;
	if (access.blocked.some(within)) {
		throw new InvalidInputError({
			field: access.field,
			cause: `"${file}" is among n8n's own files`,
			fix: `Leave it empty, or name a file in ${access.ours}, which n8n keeps for this.`,
		});
	}
	if (access.allowed.length === 0 || access.allowed.some(within)) return;
	throw new InvalidInputError({
		field: access.field,
		cause: `this n8n lets workflows have files in ${access.allowed.join(' and ')} only, and "${file}" is elsewhere`,
		fix: `Leave it empty, name a file in ${access.ours}, or have the folder added to N8N_RESTRICT_FILE_ACCESS_TO where n8n is started.`,
	});
}

function isWithin(place: string, folder: string): boolean {
	return place === folder || place.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** Where links lead, for something that need not be there yet. */
function realPlace(path: string): string {
	const rest: string[] = [];
	for (let there = resolve(path); ; there = dirname(there)) {
		try {
			return join(realpathSync(there), ...rest);
		} catch (error) {
			const { code } = error as { code?: string };
			if ((code !== 'ENOENT' && code !== 'ENOTDIR') || there === dirname(there)) throw error;
			rest.unshift(basename(there));
		}
	}
}

/**
 * The real path of the database file, which is there now: made, with its folder, for n8n's user alone,
 * or found to be ours. Throws UnusableFileError for anything else, before SQLite has touched it.
 */
export function prepareFile(file: string, Database: typeof DatabaseSync, log: FileLog): string {
	const folder = writableFolder(dirname(file));
	const path = join(folder, basename(file));
	for (const companion of COMPANIONS) {
		const found = lstatIfAny(path + companion);
		if (found && !found.isFile()) throw noPlainFile(path + companion);
	}
	const found = lstatIfAny(path);
	if (found === undefined) {
		if (known.has(path)) throw goneFile(path);
		// Another process that has just made it goes first.
		if (!makeFile(path)) return prepareFile(file, Database, log);
		log.info(`Began a new, empty file for conversations: ${path}`);
	} else {
		if (!found.isFile()) throw noPlainFile(path);
		if (found.size > 0) assertLooksOurs(path, Database);
		keepPrivate(path, found, log);
	}
	known.add(path);
	return path;
}

function writableFolder(folder: string): string {
	try {
		mkdirSync(folder, { recursive: true, mode: 0o700 });
		accessSync(folder, constants.W_OK);
		return realpathSync(folder);
	} catch (cause) {
		const { code = '' } = cause as { code?: string };
		if (!['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'].includes(code)) throw cause;
		throw new UnusableFileError(
			{
				cause: `n8n may not write to the folder ${folder}.`,
				fix: "Give another Database File, or let n8n's user write there (in Docker: a mounted volume).",
			},
			{ cause },
		);
	}
}

/** Whether there was none. */
function makeFile(path: string): boolean {
	try {
		closeSync(openSync(path, 'wx', 0o600));
		return true;
	} catch (error) {
		if ((error as { code?: string }).code === 'EEXIST') return false;
		throw error;
	}
}

function lstatIfAny(path: string): Stats | undefined {
	return lstatSync(path, { throwIfNoEntry: false });
}

/** Conversations are nobody's business but n8n's. SQLite gives what it makes beside it the same rights. */
function keepPrivate(path: string, { mode }: Stats, log: FileLog): void {
	if ((mode & 0o077) === 0) return;
	try {
		for (const part of [path, ...COMPANIONS.map((companion) => path + companion)]) {
			if (lstatIfAny(part)) chmodSync(part, 0o600);
		}
	} catch {
		log.warn(
			`Other users of this machine may open the conversations in ${path}, and n8n may not change that. Have its owner run: chmod 600 ${path}`,
		);
	}
}

const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';
const APPLICATION_ID_AT = 68;

function assertLooksOurs(path: string, Database: typeof DatabaseSync): void {
	const header = headerOf(path);
	if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) throw foreignFile(path);
	const id = header.readInt32BE(APPLICATION_ID_AT);
	if (id === APPLICATION_ID) return;
	if (id !== 0) throw foreignFile(path);
	// Who may write, writes its log into it when closing. Without a log it can be read as it lies on
	// the disk, so that nothing is locked or made beside it.
	const asItLies = pathToFileURL(path);
	if (!lstatIfAny(`${path}-wal`)) asItLies.searchParams.set('immutable', '1');
	const database = new Database(asItLies, { readOnly: true, timeout: BUSY_MS });
	try {
		assertOurs(database, path);
	} finally {
		database.close();
	}
}

function headerOf(path: string): Buffer {
	const header = Buffer.alloc(HEADER_BYTES);
	const file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
	try {
		readSync(file, header, 0, HEADER_BYTES, 0);
	} finally {
		closeSync(file);
	}
	return header;
}

/**
 * Throws UnusableFileError for the database of another program. The first version of ours left no ID:
 * it is known by its tables. One without any table is nobody's yet.
 */
export function assertOurs(database: DatabaseSync, path: string): void {
	const id = applicationIdOf(database);
	if (id === APPLICATION_ID) return;
	const names = database
		.prepare(`SELECT name FROM sqlite_schema WHERE type <> 'index' ORDER BY name`)
		.all()
		.map(({ name }) => String(name))
		.filter((name) => !TABLES_OF_NOBODY.test(name));
	const isOurs = names.length === 0 || names.join() === TABLES_OF_OURS.join();
	if (id !== 0 || !isOurs) throw foreignFile(path);
}

export function applicationIdOf(database: DatabaseSync): number {
	const row = database.prepare('PRAGMA application_id').get() as { application_id: number };
	return row.application_id;
}

function noPlainFile(path: string): UnusableFileError {
	return new UnusableFileError({
		cause: `${path} is no plain file, but a folder, a link or a device.`,
		fix: 'Name the file itself, or one that does not exist yet.',
	});
}

function foreignFile(path: string): UnusableFileError {
	return new UnusableFileError({
		cause: `${path} belongs to another program; it holds no conversations of this package, and was left as it is.`,
		fix: 'Name another file, or one that does not exist yet.',
	});
}

function goneFile(path: string): UnusableFileError {
	return new UnusableFileError({
		cause: `${path} is no longer there: somebody deleted or moved it while n8n ran. Beginning with an empty one would forget who has texted STOP.`,
		fix: 'Put it back, from a backup if need be. To begin with an empty file all the same, restart n8n.',
	});
}

/** What tells one file from another of the same name. */
export type FileIdentity = Pick<BigIntStats, 'dev' | 'ino'>;

export function identityOf(path: string): FileIdentity | undefined {
	return statSync(path, { bigint: true, throwIfNoEntry: false });
}

export function isSameFile(one?: FileIdentity, other?: FileIdentity): boolean {
	return one !== undefined && one.ino === other?.ino && one.dev === other.dev;
}

/**
 * Whether the file was put in place of the one that was open. Throws UnusableFileError where there is
 * none any more, and where the log of the former would be read into the new one.
 */
export function assertReplaced(
	path: string,
	now: FileIdentity | undefined,
	formerLog: FileIdentity | undefined,
): void {
	if (now === undefined) throw goneFile(path);
	if (!isSameFile(formerLog, identityOf(`${path}-wal`))) return;
	throw new UnusableFileError({
		cause: `${path} was replaced while n8n had it open, and ${path}-wal still belongs to the former file; together they would be damaged.`,
		fix: `Stop n8n, delete ${path}-wal and ${path}-shm, put the file that you want there, and start n8n.`,
	});
}
