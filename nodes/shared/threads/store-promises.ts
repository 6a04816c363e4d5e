import type { StoreKind } from './thread-store';

/** What a store promises beyond the contract every store keeps. */
export interface StorePromises {
	/** Several workflows of one server see the same threads. */
	sharedByWorkflows: boolean;
	/** Several n8n processes (queue mode) see the same threads. */
	sharedByProcesses: boolean;
	/** What was acknowledged is there after a crash. */
	survivesCrash: boolean;
}

/** The promises of each kind, known before one is opened. What holds in the worst case. */
export const STORE_PROMISES: Readonly<Record<StoreKind, Readonly<StorePromises>>> = {
	staticData: { sharedByWorkflows: false, sharedByProcesses: false, survivesCrash: false },
	memory: { sharedByWorkflows: true, sharedByProcesses: false, survivesCrash: false },
	embedded: { sharedByWorkflows: true, sharedByProcesses: false, survivesCrash: true },
	redis: { sharedByWorkflows: true, sharedByProcesses: true, survivesCrash: true },
	postgres: { sharedByWorkflows: true, sharedByProcesses: true, survivesCrash: true },
};
