import type { Clock } from '../../messaging/clock';
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
	/** Calls off the closing that is due after ten minutes without use. */
	stayOpen: () => void;
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
	clock: Clock,
	settle: () => Promise<StoreOpening>,
): Promise<OpenThreadStore> {
	const present = entries.get(key);
	if (present && clock.now() - present.checkedAt < CHECK_MS)
		return await use(key, present, clock);

	const { fingerprint, open } = await settle();
	const meanwhile = entries.get(key);
	if (meanwhile?.fingerprint === fingerprint) {
		meanwhile.checkedAt = clock.now();
		return await use(key, meanwhile, clock);
	}
	if (meanwhile) retire(key, meanwhile, clock);
	return await use(key, enter(key, fingerprint, open, clock), clock);
}

function enter(key: string, fingerprint: string, open: StoreOpening['open'], clock: Clock): Entry {
	const entry: Entry = {
		fingerprint,
		store: open(),
		checkedAt: clock.now(),
		stayOpen: () => {},
	};
	entries.set(key, entry);
	closeWhenIdle(key, entry, clock);
	entry.store.catch(() => {
		entry.stayOpen();
		if (entries.get(key) === entry) entries.delete(key);
	});
	return entry;
}

async function use(key: string, entry: Entry, clock: Clock): Promise<OpenThreadStore> {
	const open = await entry.store;
	closeWhenIdle(key, entry, clock);
	// Whoever uses a pooled store gives it back by doing nothing; the pool closes it.
	return { ...open, close: async () => {} };
}

function closeWhenIdle(key: string, entry: Entry, clock: Clock): void {
	entry.stayOpen();
	entry.stayOpen = clock.after(IDLE_MS, () => retire(key, entry, clock));
}

function retire(key: string, entry: Entry, clock: Clock): void {
	entry.stayOpen();
	if (entries.get(key) === entry) entries.delete(key);
	clock.after(GRACE_MS, () => {
		entry.store.then(
			async (store) => await store.close(),
			() => {},
		);
	});
}
