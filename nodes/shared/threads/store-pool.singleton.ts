import type { OpenThreadStore } from './open-store';

const IDLE_MS = 10 * 60_000;

interface Entry {
	/** What the store was opened with; another one means the builder changed the credential. */
	fingerprint: string;
	store: Promise<OpenThreadStore>;
	idle: NodeJS.Timeout;
}

const entries = new Map<string, Entry>();

/**
 * The one open store of `key` in this process: opened once however many ask at the same time,
 * opened anew when `fingerprint` differs or opening had failed, closed after ten unused minutes.
 */
export async function pooledStore(
	key: string,
	fingerprint: string,
	open: () => Promise<OpenThreadStore>,
): Promise<OpenThreadStore> {
	const present = entries.get(key);
	if (present?.fingerprint === fingerprint) return await used(present);
	if (present) retire(key, present);

	const entry: Entry = { fingerprint, store: open(), idle: setTimeout(() => {}, 0) };
	clearTimeout(entry.idle);
	entry.idle = setTimeout(() => retire(key, entry), IDLE_MS).unref();
	entries.set(key, entry);
	entry.store.catch(() => {
		if (entries.get(key) === entry) entries.delete(key);
		clearTimeout(entry.idle);
	});
	return await used(entry);
}

async function used({ store, idle }: Entry): Promise<OpenThreadStore> {
	idle.refresh();
	// Whoever uses a pooled store gives it back by doing nothing; the pool closes it.
	return { ...(await store), close: async () => {} };
}

/** Not at once: an execution that has just got the store may be in the middle of a call. */
const GRACE_MS = 60_000;

function retire(key: string, entry: Entry): void {
	clearTimeout(entry.idle);
	if (entries.get(key) === entry) entries.delete(key);
	setTimeout(() => {
		entry.store.then(
			async (store) => await store.close(),
			() => {},
		);
	}, GRACE_MS).unref();
}
