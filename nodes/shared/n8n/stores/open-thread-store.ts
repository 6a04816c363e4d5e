import { isAbsolute } from 'node:path';
import type {
	IExecuteFunctions,
	IHookFunctions,
	ILoadOptionsFunctions,
	ITriggerFunctions,
	IDataObject,
} from 'n8n-workflow';
import { InvalidInputError } from '../../messaging/invalid-input-error';
import { type LiveThreads, liveThreadsOf } from '../../threads/stores/static-data/live-threads';
import { type OpenThreadStore } from '../../threads/thread-store';
import { DEFAULT_LIMITS, LEAST_MESSAGES, type ThreadLimits } from '../../threads/thread-limits';
import { staticDataThreadStore } from '../../threads/stores/static-data/static-data-thread-store';
import { loadRest } from '../host/load-rest.singleton';
import { pooledStore, type StoreOpening } from '../../threads/stores/store-pool.singleton';
import { credentialKey, readerKey } from '../credentials/credential-reader';
import { readCredential } from '../credentials/read-credential';
import { rememberKeptIn, shareRegistrations } from '../registration/registration-memory';
import { STATIC_DATA_KEY, usualFile, whyNoFile } from './automatic-place';
import { assertStoreWorksHere, type StoreChoice } from './thread-store-choice';
import { fileRules, ourFolder, runsInQueueMode } from '../host/environment';
import { logWarning } from '../host/log-warning';
import type { TriggerContext } from '../host/field-value';
import { systemClock } from '../host/system-clock';
import { isOfTest } from '../webhook/called-url';
import {
	AS_TRIGGER,
	AUTOMATIC,
	DATABASE_FILE,
	KEEP_IN,
	POSTGRES_STORE_CREDENTIAL,
	REDIS_STORE_CREDENTIAL,
	STORE_NAMES,
} from './thread-store-fields';

type StoreContext = IExecuteFunctions | TriggerContext;
/** For a store beside the workflow. */
type AnyContext = StoreContext | ILoadOptionsFunctions;

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
	// Whoever opens a store works on texts, in whichever process of n8n.
	loadRest();
	switch (choice.kind) {
		case 'staticData':
			return staticDataStore(context, choice.limits);
		case 'embedded':
			return patientIn(context, await embeddedStore(context, choice.file, choice.limits));
		case 'redis':
			return await redisStore(context);
		case 'postgres':
			return await postgresStore(context);
	}
}

/**
 * The same for a list in the editor, which knows the node's own fields only. What the trigger has is not
 * among them: Same Place as the Trigger is taken for what Automatic comes to where there can be a file.
 * Throws InvalidInputError where no store can be found that way.
 */
export async function openSearchedStore(context: ILoadOptionsFunctions): Promise<OpenThreadStore> {
	const kind = context.getCurrentNodeParameter('threadStore');
	const file = context.getCurrentNodeParameter('threadStoreFile');
	switch (kind) {
		case AS_TRIGGER:
			if (runsInQueueMode() || whyNoFile() !== undefined) throw noList();
			return await embeddedStore(context, '', DEFAULT_LIMITS);
		case 'embedded': {
			assertStoreWorksHere({ kind });
			const place = typeof file === 'string' ? file.trim() : '';
			return await embeddedStore(context, place, DEFAULT_LIMITS);
		}
		case 'redis':
			return await redisStore(context);
		case 'postgres':
			return await postgresStore(context);
		default:
			throw noList();
	}
}

function noList(): InvalidInputError {
	return new InvalidInputError({
		field: KEEP_IN,
		cause: `the list shows conversations in ${STORE_NAMES.embedded}, ${STORE_NAMES.redis} and ${STORE_NAMES.postgres} only`,
		fix: 'Choose there what the trigger has, or type whom you mean instead of "From List".',
	});
}

/**
 * Throws as opening does for a file or static data that a text could not be kept in, so that it is
 * said when the workflow is published. From then on Automatic stays with the place.
 */
export async function settleStore(context: IHookFunctions, choice: StoreChoice): Promise<void> {
	assertStoreWorksHere(choice);
	if (choice.kind === 'embedded') await embeddedStore(context, choice.file, choice.limits);
	if (choice.kind === 'staticData') liveThreadsIn(context);
	if (isOfTest(context)) return;
	if (choice.isAutomatic) reportAutomatic(context, choice);
	const { kind, file } = choice;
	// A server needs its credential, and another file its name: Automatic has neither.
	if ((kind !== 'staticData' && kind !== 'embedded') || file !== '') return;
	if (!rememberKeptIn(context, kind)) return;
	// n8n saves all static data now, as old as this publishing.
	keepThreads(context);
}

/** What Automatic has come to stands nowhere in the editor. */
function reportAutomatic(context: IHookFunctions, { kind }: StoreChoice): void {
	const chosen = `${KEEP_IN}, ${AUTOMATIC}: ${STORE_NAMES[kind]}`;
	if (kind === 'embedded') {
		context.logger.info(`${context.getNode().name}: ${chosen} (${usualFile()}).`);
		return;
	}
	const why = whyNoFile();
	const reason = why === undefined ? 'as it was before' : `because ${why}`;
	const what = `${chosen}, ${reason}. A crash of n8n may lose texts there.`;
	logWarning(context, 'automaticPlace', what);
}

function staticDataStore(context: StoreContext, limits: ThreadLimits): OpenThreadStore {
	const staticData = context.getWorkflowStaticData('global');
	const live = liveThreadsIn(context);
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
	const live = liveThreadsOf(workflowIdIn(context));
	try {
		live.absorb(staticData[STATIC_DATA_KEY]);
	} catch {
		// What cannot be read stays as it is; whoever needs it is told.
		return;
	}
	if (live.threads.size + live.states.size + live.claims.size === 0) return;
	staticData[STATIC_DATA_KEY] = live;
}

/** With what n8n has saved. Throws StoreUnavailableError where that cannot be read. */
function liveThreadsIn(context: StoreContext | IHookFunctions): LiveThreads {
	const live = liveThreadsOf(workflowIdIn(context));
	live.absorb(context.getWorkflowStaticData('global')[STATIC_DATA_KEY]);
	return live;
}

async function embeddedStore(
	context: AnyContext,
	chosenFile: string,
	{ messagesPerThread, maxAgeDays }: ThreadLimits,
): Promise<OpenThreadStore> {
	const file = chosenFile === '' ? usualFile() : chosenFile;
	if (!isAbsolute(file)) throw relativeFile(file);
	const settings = { file, messagesPerThread, maxAgeDays, maxMegabytes: MAX_MEGABYTES };
	const key = JSON.stringify(['embedded', settings]);
	return await pooledStore(key, systemClock, async () => ({
		fingerprint: key,
		open: async () => {
			const { openEmbeddedThreadStore } =
				await import('../../threads/stores/embedded/embedded-thread-store.js');
			const access = { ours: ourFolder(), ...fileRules(), field: DATABASE_FILE };
			const log = {
				info: (words: string) => context.logger.info(`${context.getNode().name}: ${words}`),
				warn: (words: string) => logWarning(context, 'threadFile', words),
			};
			return await openEmbeddedThreadStore({ ...settings, access }, systemClock, log);
		},
	}));
}

async function redisStore(context: AnyContext): Promise<OpenThreadStore> {
	return await pooledCredentialStore(context, REDIS_STORE_CREDENTIAL, async () => {
		const stored = await readCredential(context, REDIS_STORE_CREDENTIAL);
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

async function postgresStore(context: AnyContext): Promise<OpenThreadStore> {
	return await pooledCredentialStore(context, POSTGRES_STORE_CREDENTIAL, async () => {
		const stored = await readCredential(context, POSTGRES_STORE_CREDENTIAL);
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
	context: AnyContext,
	type: string,
	settle: () => Promise<StoreOpening>,
): Promise<OpenThreadStore> {
	const reader = readerKey(context, type);
	return await pooledStore(credentialKey(context, type), systemClock, settle, reader);
}

function workflowIdIn(context: StoreContext | IHookFunctions): string {
	return context.getWorkflow().id ?? 'unsaved';
}

/** Twilio waits with a request, and with nothing else. */
function patientIn(context: StoreContext, store: OpenThreadStore): OpenThreadStore {
	return 'getResponseObject' in context ? store : { ...store, ...store.patient };
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
	return {
		messagesPerThread: Math.max(LEAST_MESSAGES, setting('messagesPerThread')),
		maxAgeDays: setting('maxAgeDays'),
	};
}
