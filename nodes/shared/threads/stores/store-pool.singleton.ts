import type { Clock } from '../../messaging/clock';
import { isOutage, type OpenThreadStore, type StorePorts } from '../thread-store';

/** How to open a store, and what tells these settings from others. */
export interface StoreOpening {
	/** Another one means the builder changed the settings. */
	fingerprint: string;
	open: () => Promise<OpenThreadStore>;
}

interface Entry {
	fingerprint: string;
	store: Promise<OpenThreadStore>;
	/** As all get it: one object, so that what is known of its records is known to all. */
	shared?: OpenThreadStore;
	/** Milliseconds since 1970: when each reader last looked at the settings. */
	lookedAt: Map<string, number>;
	/** Whether the store did not answer the last call: its settings may be wrong, and put right by now. */
	failing: boolean;
	/** Calls off the closing that is due after ten minutes without use. */
	stayOpen: () => void;
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
	clock: Clock,
	settle: () => Promise<StoreOpening>,
	reader = '',
): Promise<OpenThreadStore> {
	const present = entries.get(key);
	if (present && hasLooked(present, reader, clock)) return await use(key, present, clock);

	const { fingerprint, open } = await settle();
	const meanwhile = entries.get(key);
	if (meanwhile?.fingerprint === fingerprint) {
		meanwhile.lookedAt.set(reader, clock.elapsed());
		return await use(key, meanwhile, clock);
	}
	if (meanwhile) retire(key, meanwhile, clock);
	const entry = enter(key, fingerprint, open, clock);
	entry.lookedAt.set(reader, clock.elapsed());
	return await use(key, entry, clock);
}

function hasLooked({ lookedAt, failing }: Entry, reader: string, clock: Clock): boolean {
	const last = lookedAt.get(reader);
	const every = failing ? LOOK_EVERY_MS_WHILE_FAILING : LOOK_EVERY_MS;
	return last !== undefined && clock.elapsed() - last < every;
}

function enter(key: string, fingerprint: string, open: StoreOpening['open'], clock: Clock): Entry {
	const entry: Entry = {
		fingerprint,
		store: open(),
		lookedAt: new Map(),
		failing: false,
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
	return (entry.shared ??= sharedBy(entry, open));
}

function sharedBy(entry: Entry, open: OpenThreadStore): OpenThreadStore {
	const noted = ({ threads, claims, allowances, records }: StorePorts): StorePorts => ({
		threads: noting(entry, threads),
		claims: noting(entry, claims),
		allowances: noting(entry, allowances),
		records: noting(entry, records),
	});
	return {
		...open,
		...noted(open),
		...(open.patient ? { patient: noted(open.patient) } : {}),
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
				entry.failing ||= isOutage(error);
				throw error;
			}
		},
	]);
	return Object.fromEntries(noted) as Port;
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
