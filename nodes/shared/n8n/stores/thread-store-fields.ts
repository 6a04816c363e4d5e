import type { INodeCredentialDescription, INodeProperties } from 'n8n-workflow';
import { DEFAULT_LIMITS, type StoreKind } from '../../threads/thread-store';

export const REDIS_STORE_CREDENTIAL = 'threadStoreRedisApi';
export const POSTGRES_STORE_CREDENTIAL = 'threadStorePostgresApi';

export const KEEP_IN = 'Keep Conversations In';
export const DATABASE_FILE = 'Database File';

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
			'Nothing to set up. For one workflow on an n8n of one process; up to some hundred conversations. A crash loses texts, and a workflow that texts the same contacts does not see them.',
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
	placeholder: "Leave empty for sms-agent/threads.sqlite in n8n's data folder",
	displayOptions: { show: { threadStore: ['embedded'] } },
	description:
		'Full path of the file on the server. Workflows that name the same file share their conversations. In Docker, it must be on a volume.',
};

/** Where the trigger keeps threads. */
export const triggerStoreFields: INodeProperties[] = [
	{
		displayName: KEEP_IN,
		name: 'threadStore',
		type: 'options',
		noDataExpression: true,
		default: 'staticData',
		options: storeOptions,
	},
	databaseFile,
];

/** Where another node finds them: by default where its trigger keeps them. */
export const threadStoreFields: INodeProperties[] = [
	{
		displayName: KEEP_IN,
		name: 'threadStore',
		type: 'options',
		noDataExpression: true,
		default: 'asTrigger',
		options: [
			{
				name: 'Same Place as the Trigger',
				value: 'asTrigger',
				description:
					'What the trigger before this node says; without a trigger, this workflow alone. With Redis and Postgres, choose it here too, for the credential. In a sub-workflow, always choose.',
			},
			...storeOptions,
		],
	},
	databaseFile,
];

/** For the node's `credentials`. */
export const threadStoreCredentials: INodeCredentialDescription[] = [
	{
		name: REDIS_STORE_CREDENTIAL,
		required: true,
		displayOptions: { show: { threadStore: ['redis'] } },
	},
	{
		name: POSTGRES_STORE_CREDENTIAL,
		required: true,
		displayOptions: { show: { threadStore: ['postgres'] } },
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
	typeOptions: { minValue: 2 },
	default: DEFAULT_LIMITS.messagesPerThread,
	description: 'How many messages of a conversation are kept; the oldest are forgotten first',
};

export const maxAgeDaysOption: INodeProperties = {
	displayName: 'Thread Age (Days)',
	name: 'maxAgeDays',
	type: 'number',
	typeOptions: { minValue: 1 },
	default: DEFAULT_LIMITS.maxAgeDays,
	description: 'Conversations that have been silent for longer are forgotten',
};
