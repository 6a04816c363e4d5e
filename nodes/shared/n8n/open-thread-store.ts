import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { IExecuteFunctions, IHookFunctions, IWebhookFunctions } from 'n8n-workflow';
import { InvalidInputError } from '../messaging/invalid-input-error';
import { liveThreadsOf } from '../threads/live-threads-registry.singleton';
import type { OpenThreadStore } from '../threads/open-store';
import { staticDataThreadStore } from '../threads/static-data-thread-store';
import { pooledStore } from '../threads/store-pool.singleton';
import type { ThreadLimits } from '../threads/thread-limits';
import { assertStoreWorksHere } from './assert-store-works-here';
import { storeRetentionOf } from './store-retention';
import { systemClock } from './system-clock';
import type { StoreChoice } from './thread-store-choice';
import { POSTGRES_STORE_CREDENTIAL, REDIS_STORE_CREDENTIAL } from './thread-store-fields';

type StoreContext = IExecuteFunctions | IHookFunctions | IWebhookFunctions;

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
		staticData[STATIC_DATA_KEY] = live;
	});
}

async function embeddedStore(
	chosenFile: string,
	{ messagesPerThread, maxAgeDays }: ThreadLimits,
): Promise<OpenThreadStore> {
	const file = chosenFile === '' ? defaultDatabaseFile() : chosenFile;
	if (!isAbsolute(file)) throw relativeFile(file);
	const settings = { file, messagesPerThread, maxAgeDays, maxMegabytes: MAX_MEGABYTES };
	const key = JSON.stringify(['embedded', settings]);
	return await pooledStore(key, async () => ({
		fingerprint: key,
		open: async () => {
			const { openEmbeddedThreadStore } =
				await import('../threads/embedded/embedded-thread-store.js');
			return openEmbeddedThreadStore(settings, systemClock);
		},
	}));
}

async function redisStore(context: StoreContext): Promise<OpenThreadStore> {
	return await pooledStore(poolKey(context, REDIS_STORE_CREDENTIAL), async () => {
		const stored = await context.getCredentials(REDIS_STORE_CREDENTIAL);
		const { redisSettingsOf } = await import('../threads/redis/redis-settings.js');
		const settings = redisSettingsOf(stored);
		return {
			fingerprint: JSON.stringify(stored),
			open: async () => {
				const { openRedisThreadStore } =
					await import('../threads/redis/open-redis-thread-store.js');
				return await openRedisThreadStore(settings, storeRetentionOf(stored));
			},
		};
	});
}

async function postgresStore(context: StoreContext): Promise<OpenThreadStore> {
	return await pooledStore(poolKey(context, POSTGRES_STORE_CREDENTIAL), async () => {
		const stored = await context.getCredentials(POSTGRES_STORE_CREDENTIAL);
		const { postgresSettingsOf } = await import('../threads/postgres/postgres-settings.js');
		const settings = postgresSettingsOf(stored);
		return {
			fingerprint: JSON.stringify(stored),
			open: async () => {
				const { openPostgresThreadStore } =
					await import('../threads/postgres/postgres-thread-store.js');
				return await openPostgresThreadStore(settings, storeRetentionOf(stored));
			},
		};
	});
}

/** One client per credential: two nodes with the same one share it. */
function poolKey(context: StoreContext, type: string): string {
	const { id, name } = context.getNode().credentials?.[type] ?? { id: null, name: '' };
	return `${type}:${id ?? name}`;
}

function defaultDatabaseFile(): string {
	const folder = join(process.env['N8N_USER_FOLDER'] ?? homedir(), '.n8n');
	return join(folder, 'sms-agent', 'threads.sqlite');
}

function relativeFile(file: string): InvalidInputError {
	return new InvalidInputError({
		field: 'Database File',
		cause: `"${file}" is not a full path, so it would depend on how n8n was started`,
		fix: 'Give the full path, for example /home/node/.n8n/sms-agent/threads.sqlite, or leave it empty.',
	});
}
