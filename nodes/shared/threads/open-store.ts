import type { ClaimLedger } from './claim-ledger';
import type { StorePromises } from './store-promises';
import type { StoreKind, ThreadStore } from './thread-store';

/** A store ready for use. Its parts share one connection. */
export interface OpenThreadStore {
	kind: StoreKind;
	promises: StorePromises;
	threads: ThreadStore;
	claims: ClaimLedger;
	/** Gives the connection back. May be called twice. */
	close(): Promise<void>;
}
