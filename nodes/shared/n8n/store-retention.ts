import type { IDataObject } from 'n8n-workflow';

/** How much a store server keeps; the same for all workflows that use its credential. */
export interface StoreRetention {
	messagesPerThread: number;
	maxAgeDays: number;
}

export const DEFAULT_RETENTION: StoreRetention = { messagesPerThread: 200, maxAgeDays: 365 };

/** The retention fields of a store's credential; what is not a positive number is the default. */
export function storeRetentionOf(stored: IDataObject): StoreRetention {
	const setting = (name: keyof StoreRetention) => {
		const value = Number(stored[name]);
		return value > 0 ? value : DEFAULT_RETENTION[name];
	};
	return { messagesPerThread: setting('messagesPerThread'), maxAgeDays: setting('maxAgeDays') };
}
