import type { OpenThreadStore } from '../thread-store';

/** How to open a store, and what tells these settings from others. */
export interface StoreOpening {
	/** Another one means the builder changed the settings. */
	fingerprint: string;
	open: () => Promise<OpenThreadStore>;
}

interface Entry {
	fingerprint: string;
	store: Promise<OpenThreadStore>;
	/** Milliseconds since 1970: when the settings were last looked at. */
	checkedAt: number;
	idle: NodeJS.Timeout;
}

const IDLE_MS = 10 * 60_000;
/** Reading a credential costs n8n more than the store's own work, so it is not done for every text. */
const CHECK_MS = 60_000;
/** An execution that has just got a store may be in the middle of a call. */
const GRACE_MS = 60_000;

const entries = new Map<string, Entry>();

/**
 * The one open store of `key` in this process: opened once however many ask at the same time,
 * opened anew after its settings changed (seen within a minute) or opening had failed, closed after
 * ten unused minutes.
 *
 * @param settle reads the settings; asked at most once a minute.
 */
export async function pooledStore(
	key: string,
	settle: () => Promise<StoreOpening>,
): Promise<OpenThreadStore> {
	const present = entries.get(key);
	if (present && Date.now() - present.checkedAt < CHECK_MS) return await used(present);

	const { fingerprint, open } = await settle();
	const meanwhile = entries.get(key);
	if (meanwhile?.fingerprint === fingerprint) {
		meanwhile.checkedAt = Date.now();
		return await used(meanwhile);
	}
	if (meanwhile) retire(key, meanwhile);
	return await used(enter(key, fingerprint, open));
}

function enter(key: string, fingerprint: string, open: StoreOpening['open']): Entry {
	const entry: Entry = {
		fingerprint,
		store: open(),
		checkedAt: Date.now(),
		idle: setTimeout(() => retire(key, entry), IDLE_MS).unref(),
	};
	entries.set(key, entry);
	entry.store.catch(() => {
		clearTimeout(entry.idle);
		if (entries.get(key) === entry) entries.delete(key);
	});
	return entry;
}

async function used({ store, idle }: Entry): Promise<OpenThreadStore> {
	const open = await store;
	idle.refresh();
	// Whoever uses a pooled store gives it back by doing nothing; the pool closes it.
	return { ...open, close: async () => {} };
}

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
