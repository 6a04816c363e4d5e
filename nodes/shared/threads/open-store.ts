import type { ClaimLedger } from './claim-ledger';
import type { StoreKind, ThreadStore } from './thread-store';

/** What a store promises beyond the contract every store keeps. */
export interface StorePromises {
	/** Several workflows of one server see the same threads. */
	sharedByWorkflows: boolean;
	/** Several n8n processes (queue mode) see the same threads. */
	sharedByProcesses: boolean;
	/** What was acknowledged is there after a crash. */
	survivesCrash: boolean;
}

/** A store ready for use. Its parts share one connection. */
export interface OpenThreadStore {
	kind: StoreKind;
	promises: StorePromises;
	threads: ThreadStore;
	claims: ClaimLedger;
	/** Gives the connection back. May be called twice. */
	close(): Promise<void>;
}
