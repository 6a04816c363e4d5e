import { StoreUnavailableError, type OpenThreadStore } from '../thread-store';

/** How to open a store, and what tells these settings from others. */
export interface StoreOpening {
	/** Another one means the builder changed the settings. */
	fingerprint: string;
	open: () => Promise<OpenThreadStore>;
}

interface Entry {
	fingerprint: string;
	store: Promise<OpenThreadStore>;
	/** Milliseconds since 1970: when each reader last looked at the settings. */
	lookedAt: Map<string, number>;
	/** Whether the store did not answer the last call: its settings may be wrong, and put right by now. */
	failing: boolean;
	idle: NodeJS.Timeout;
}

const IDLE_MS = 10 * 60_000;
/** Reading a credential costs n8n more than the store's own work, so it is not done for every text. */
const LOOK_EVERY_MS = 60_000;
const LOOK_EVERY_MS_WHILE_FAILING = 5_000;
/** An execution that has just got a store may be in the middle of a call. */
const GRACE_MS = 60_000;

const entries = new Map<string, Entry>();

/**
 * The one open store of `key` in this process: opened once however many ask at the same time,
 * opened anew after its settings changed (seen within a minute, within seconds where it does not
 * answer) or opening had failed, closed after ten unused minutes.
 *
 * @param settle reads the settings; asked at most once a minute by each reader, every five seconds
 * while the store does not answer.
 * @param reader who may read the settings: nobody is given a store on what another has read.
 */
export async function pooledStore(
	key: string,
	settle: () => Promise<StoreOpening>,
	reader = '',
): Promise<OpenThreadStore> {
	const present = entries.get(key);
	if (present && hasLooked(present, reader)) return await opened(present);

	const { fingerprint, open } = await settle();
	const meanwhile = entries.get(key);
	if (meanwhile?.fingerprint === fingerprint) {
		meanwhile.lookedAt.set(reader, Date.now());
		return await opened(meanwhile);
	}
	if (meanwhile) retire(key, meanwhile);
	const entry = enter(key, fingerprint, open);
	entry.lookedAt.set(reader, Date.now());
	return await opened(entry);
}

function hasLooked({ lookedAt, failing }: Entry, reader: string): boolean {
	const last = lookedAt.get(reader);
	const every = failing ? LOOK_EVERY_MS_WHILE_FAILING : LOOK_EVERY_MS;
	return last !== undefined && Date.now() - last < every;
}

function enter(key: string, fingerprint: string, open: StoreOpening['open']): Entry {
	const entry: Entry = {
		fingerprint,
		store: open(),
		lookedAt: new Map(),
		failing: false,
		idle: setTimeout(() => retire(key, entry), IDLE_MS).unref(),
	};
	entries.set(key, entry);
	entry.store.catch(() => {
		clearTimeout(entry.idle);
		if (entries.get(key) === entry) entries.delete(key);
	});
	return entry;
}

async function opened(entry: Entry): Promise<OpenThreadStore> {
	const open = await entry.store;
	entry.idle.refresh();
	return {
		...open,
		threads: noting(entry, open.threads),
		claims: noting(entry, open.claims),
		// Whoever uses a pooled store gives it back by doing nothing; the pool closes it.
		close: async () => {},
	};
}

/** The same port, whose calls tell the entry whether the store answered. */
function noting<Port extends object>(entry: Entry, port: Port): Port {
	const calls = Object.entries(port) as Array<[string, (...given: unknown[]) => unknown]>;
	const noted = calls.map(([name, call]) => [
		name,
		async (...given: unknown[]) => {
			try {
				const answer = await call(...given);
				entry.failing = false;
				return answer;
			} catch (error) {
				entry.failing ||= error instanceof StoreUnavailableError;
				throw error;
			}
		},
	]);
	return Object.fromEntries(noted) as Port;
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
