import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { E2E_FOLDER } from '../scripts/paths';

const LOCKS = join(E2E_FOLDER, 'locks');
const LOOK_MS = 100;
const SQLITE_BUSY = 5;

/**
 * Does work of that name when no other process of this clone does. SQLite's lock on a file goes with
 * the process that holds it, however that ends: no lock is ever left over.
 */
export async function inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
	mkdirSync(LOCKS, { recursive: true });
	const lock = new DatabaseSync(join(LOCKS, `${name}.sqlite`));
	try {
		while (!take(lock)) await pause(LOOK_MS);
		return await work();
	} finally {
		lock.close();
	}
}

function take(lock: DatabaseSync): boolean {
	try {
		lock.exec('BEGIN EXCLUSIVE');
		return true;
	} catch (error) {
		if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return false;
		throw error;
	}
}
