import type { INodeCredentialDescription, INodeProperties } from 'n8n-workflow';
import { type StoreKind } from '../../threads/thread-store';
import { DEFAULT_LIMITS, LEAST_MESSAGES } from '../../threads/thread-limits';

export const REDIS_STORE_CREDENTIAL = 'threadStoreRedisApi';
export const POSTGRES_STORE_CREDENTIAL = 'threadStorePostgresApi';

export const KEEP_IN = 'Keep Conversations In';
export const DATABASE_FILE = 'Database File';

/** The trigger's default: the first publishing chooses. */
export const AUTOMATIC = 'Automatic';
export const AUTOMATIC_VALUE = 'automatic';

/** The default of the other nodes. */
export const AS_TRIGGER = 'asTrigger';

/** As the editor shows them. */
export const STORE_NAMES: Readonly<Record<Exclude<StoreKind, 'memory'>, string>> = {
	staticData: 'This Workflow',
	embedded: 'File on the Server',
	redis: 'Redis',
	postgres: 'Postgres',
};

const STORES: Readonly<Record<keyof typeof STORE_NAMES, { name: string; description: string }>> = {
	staticData: {
		name: STORE_NAMES.staticData,
		description:
			'For trying. A crash of n8n loses texts, and other workflows do not see the conversations.',
	},
	embedded: {
		name: STORE_NAMES.embedded,
		description:
			"A database file beside n8n's own data, shared by all workflows. For an n8n of one process with a permanent disk.",
	},
	redis: {
		name: STORE_NAMES.redis,
		description: 'For queue mode, several servers or many conversations',
	},
	postgres: {
		name: STORE_NAMES.postgres,
		description: 'For queue mode, several servers or many conversations',
	},
};

const storeOptions = Object.entries(STORES).map(([value, shown]) => ({ value, ...shown }));

const databaseFile: INodeProperties = {
	displayName: DATABASE_FILE,
	name: 'threadStoreFile',
	type: 'string',
	default: '',
	placeholder: 'Leave empty for sms-agent/threads.sqlite',
	displayOptions: { show: { threadStore: ['embedded'] } },
	description:
		"Full path of the file on the server; when empty, sms-agent/threads.sqlite in n8n's data folder. Workflows that name the same file share their conversations. In Docker, it must be on a volume. Where this n8n limits the files of workflows, it must be in a folder that is allowed.",
};

/** The editor cuts the description of an option off after two lines, and shows a notice whole. */
const staticDataNotice: INodeProperties = {
	displayName:
		'For trying, and where n8n has no permanent disk; up to some hundred conversations. If n8n crashes, <b>texts of the last moments and what was answered are lost</b>, and n8n saves all conversations with each run, which costs more with each of them. Otherwise choose <b>File on the Server</b>, or Redis or Postgres.',
	name: 'staticDataNotice',
	type: 'notice',
	default: '',
	displayOptions: { show: { threadStore: ['staticData'] } },
};

/** Where the trigger keeps threads. */
export const triggerStoreFields: INodeProperties[] = [
	{
		displayName: KEEP_IN,
		name: 'threadStore',
		type: 'options',
		noDataExpression: true,
		default: AUTOMATIC_VALUE,
		options: [
			{
				name: AUTOMATIC,
				value: AUTOMATIC_VALUE,
				description:
					'File on the Server where n8n has a permanent disk, else This Workflow. Not for queue mode.',
			},
			...storeOptions,
		],
	},
	databaseFile,
	staticDataNotice,
];

/** Where another node finds them: by default where its trigger keeps them. */
export const threadStoreFields: INodeProperties[] = [
	{
		displayName: KEEP_IN,
		name: 'threadStore',
		type: 'options',
		noDataExpression: true,
		default: AS_TRIGGER,
		options: [
			{
				name: 'Same Place as the Trigger',
				value: AS_TRIGGER,
				description: 'What the trigger before this node says; without a trigger, Automatic',
			},
			...storeOptions,
		],
		description:
			'Where the trigger has Redis or Postgres, choose it here too, for the credential. In a sub-workflow, always choose.',
	},
	databaseFile,
];

/** For the node's `credentials`; by paths, so that they stand on top: see `modelCredential`. */
export const threadStoreCredentials: INodeCredentialDescription[] = [
	{
		name: REDIS_STORE_CREDENTIAL,
		required: true,
		displayOptions: { show: { '/threadStore': ['redis'] } },
	},
	{
		name: POSTGRES_STORE_CREDENTIAL,
		required: true,
		displayOptions: { show: { '/threadStore': ['postgres'] } },
	},
];

/** How much of the conversations is kept. By the alphabet, like the options around them. */
export const maxThreadsOption: INodeProperties = {
	displayName: 'Maximum Threads',
	name: 'maxThreads',
	type: 'number',
	typeOptions: { minValue: 1 },
	default: DEFAULT_LIMITS.maxThreads,
	description:
		'How many conversations are kept with the workflow. The ones that have been silent longest are forgotten first; an opt-out never is.',
};

export const messagesPerThreadOption: INodeProperties = {
	displayName: 'Messages per Thread',
	name: 'messagesPerThread',
	type: 'number',
	typeOptions: { minValue: LEAST_MESSAGES },
	default: DEFAULT_LIMITS.messagesPerThread,
	description: `How many messages of a conversation are kept; the oldest are forgotten first. With fewer than ${LEAST_MESSAGES} the AI would not see what it answers: less counts as ${LEAST_MESSAGES}.`,
};

export const maxAgeDaysOption: INodeProperties = {
	displayName: 'Thread Age (Days)',
	name: 'maxAgeDays',
	type: 'number',
	typeOptions: { minValue: 1 },
	default: DEFAULT_LIMITS.maxAgeDays,
	description: 'Conversations that have been silent for longer are forgotten',
};
