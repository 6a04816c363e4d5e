import { isAbsolute, join } from 'node:path';
import type {
	IExecuteFunctions,
	IHookFunctions,
	ITriggerFunctions,
	IDataObject,
} from 'n8n-workflow';
import { InvalidInputError } from '../../messaging/invalid-input-error';
import { liveThreadsOf } from '../../threads/stores/static-data/live-threads';
import type { OpenThreadStore, ThreadLimits } from '../../threads/thread-store';
import { staticDataThreadStore } from '../../threads/stores/static-data/static-data-thread-store';
import { pooledStore, type StoreOpening } from '../../threads/stores/store-pool.singleton';
import { credentialKey, readerKey } from '../credentials/credential-reader';
import { shareRegistrations } from '../registration/registration-memory';
import { assertStoreWorksHere, type StoreChoice } from './thread-store-choice';
import { n8nFolder } from '../host/environment';
import type { TriggerContext } from '../host/field-value';
import { systemClock } from '../host/system-clock';
import {
	DATABASE_FILE,
	POSTGRES_STORE_CREDENTIAL,
	REDIS_STORE_CREDENTIAL,
} from './thread-store-fields';

type StoreContext = IExecuteFunctions | TriggerContext;

export const STATIC_DATA_KEY = 'smsThreads';
const MAX_MEGABYTES = 2_048;

/**
 * The threads the builder chose to work on. Code of the engines loads on first use. Throws
 * InvalidInputError where the choice cannot work here, StoreUnavailableError where the store does
 * not answer.
 */
export async function openThreadStore(
	context: StoreContext,
	choice: StoreChoice,
): Promise<OpenThreadStore> {
	assertStoreWorksHere(choice);
	switch (choice.kind) {
		case 'staticData':
			return staticDataStore(context, choice.limits);
		case 'embedded':
			return await embeddedStore(choice.file, choice.limits);
		case 'redis':
			return await redisStore(context);
		case 'postgres':
			return await postgresStore(context);
	}
}

function staticDataStore(context: StoreContext, limits: ThreadLimits): OpenThreadStore {
	const staticData = context.getWorkflowStaticData('global');
	const live = liveThreadsOf(context.getWorkflow().id ?? 'unsaved');
	live.absorb(staticData[STATIC_DATA_KEY]);
	return staticDataThreadStore(live, limits, systemClock, () => {
		// n8n would save it all as it was when the workflow was published; the runs save what is new.
		if (isUpkeep(context)) return;
		staticData[STATIC_DATA_KEY] = live;
		shareRegistrations(context);
	});
}

/** The context of `trigger()`, which lives for as long as the workflow is published. */
function isUpkeep(context: StoreContext): context is ITriggerFunctions {
	return 'emit' in context;
}

/**
 * Publishing saves the static data that n8n loaded before it, over what runs have written since; with
 * this it saves the threads as they are by then.
 */
export function keepThreads(context: IHookFunctions): void {
	const staticData = context.getWorkflowStaticData('global');
	const live = liveThreadsOf(context.getWorkflow().id ?? 'unsaved');
	live.absorb(staticData[STATIC_DATA_KEY]);
	if (live.threads.size + live.states.size + live.claims.size === 0) return;
	staticData[STATIC_DATA_KEY] = live;
}

async function embeddedStore(
	chosenFile: string,
	{ messagesPerThread, maxAgeDays }: ThreadLimits,
): Promise<OpenThreadStore> {
	const file = chosenFile === '' ? defaultDatabaseFile() : chosenFile;
	if (!isAbsolute(file)) throw relativeFile(file);
	const settings = { file, messagesPerThread, maxAgeDays, maxMegabytes: MAX_MEGABYTES };
	const key = JSON.stringify(['embedded', settings]);
	return await pooledStore(key, systemClock, async () => ({
		fingerprint: key,
		open: async () => {
			const { openEmbeddedThreadStore } =
				await import('../../threads/stores/embedded/embedded-thread-store.js');
			return openEmbeddedThreadStore(settings, systemClock);
		},
	}));
}

async function redisStore(context: StoreContext): Promise<OpenThreadStore> {
	return await pooledCredentialStore(context, REDIS_STORE_CREDENTIAL, async () => {
		const stored = await context.getCredentials(REDIS_STORE_CREDENTIAL);
		const { redisSettingsOf } = await import('../../threads/stores/redis/redis-settings.js');
		const settings = redisSettingsOf(stored);
		return {
			fingerprint: JSON.stringify(stored),
			open: async () => {
				const { openRedisThreadStore } =
					await import('../../threads/stores/redis/redis-thread-store.js');
				return await openRedisThreadStore(settings, storeRetentionOf(stored), systemClock);
			},
		};
	});
}

async function postgresStore(context: StoreContext): Promise<OpenThreadStore> {
	return await pooledCredentialStore(context, POSTGRES_STORE_CREDENTIAL, async () => {
		const stored = await context.getCredentials(POSTGRES_STORE_CREDENTIAL);
		const { postgresSettingsOf } =
			await import('../../threads/stores/postgres/postgres-settings.js');
		const settings = postgresSettingsOf(stored);
		return {
			fingerprint: JSON.stringify(stored),
			open: async () => {
				const { openPostgresThreadStore } =
					await import('../../threads/stores/postgres/postgres-thread-store.js');
				return await openPostgresThreadStore(
					settings,
					storeRetentionOf(stored),
					systemClock,
				);
			},
		};
	});
}

/** One client per credential, which two nodes share once each has read it for itself. */
async function pooledCredentialStore(
	context: StoreContext,
	type: string,
	settle: () => Promise<StoreOpening>,
): Promise<OpenThreadStore> {
	const reader = readerKey(context, type);
	return await pooledStore(credentialKey(context, type), systemClock, settle, reader);
}

function defaultDatabaseFile(): string {
	return join(n8nFolder(), 'sms-agent', 'threads.sqlite');
}

function relativeFile(file: string): InvalidInputError {
	return new InvalidInputError({
		field: DATABASE_FILE,
		cause: `"${file}" is not a full path, so it would depend on how n8n was started`,
		fix: 'Give the full path, for example /home/node/.n8n/sms-agent/threads.sqlite, or leave it empty.',
	});
}

/** How much a store server keeps; the same for all workflows that use its credential. */
interface StoreRetention {
	messagesPerThread: number;
	maxAgeDays: number;
}

const DEFAULT_RETENTION: StoreRetention = { messagesPerThread: 200, maxAgeDays: 365 };

/** The retention fields of a store's credential; what is not a positive number is the default. */
function storeRetentionOf(stored: IDataObject): StoreRetention {
	const setting = (name: keyof StoreRetention) => {
		const value = Number(stored[name]);
		return value > 0 ? value : DEFAULT_RETENTION[name];
	};
	return { messagesPerThread: setting('messagesPerThread'), maxAgeDays: setting('maxAgeDays') };
}
