import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INode, INodeParameters } from 'n8n-workflow';
import type { N8nClient, WorkflowDefinition } from '../../harness/n8n-client';
import type { RedisSettings } from '../../nodes/shared/threads/stores/redis/redis-settings';
import type { PostgresSettings } from '../../nodes/shared/threads/stores/postgres/postgres-settings';
import { PROMPT, keeping, keptInServer, type Kept } from '../../harness/two-way-agent';
import { inARow, nodeIn, type StoredCredential } from '../../harness/workflow-nodes';
import { OwnPostgresDatabase } from '../../harness/servers/own-postgres-database';
import { OwnRedisServer } from '../../harness/servers/own-redis-server';
import { settingsOfServer } from '../../harness/servers/postgres-server';
import { LABELS, OURS, type Build, type BuildKey, type OursKey, type PeerKey } from './build';
import { Contacts } from './contacts';
import { listWorkflow, type ListBuild, type ListKey } from './list-workflow';
import { peerWorkflow } from './peer-workflow';
import type { Emulators } from './emulators';

/** The n8n to put builds into. */
const UNBOUNDED = { modelCalls: 1_000_000, modelCallsPerContact: 1_000_000 };

export interface MeasuredN8n {
	client: N8nClient;
	/** Where Twilio's requests go. */
	webhookUrl: string;
}

export interface BuildOptions {
	/** Parameters of our trigger and of Agent Reply. */
	trigger?: INodeParameters;
	reply?: INodeParameters;
	/** Of a peer's chat memory. */
	contextWindowLength?: number;
	/** Below the agent. */
	tool?: INode;
	/** What n8n finds in the workflow's static data at the start. */
	staticData?: object;
}

/** One n8n with credentials for everything, and builds in it. */
export interface BenchFixture {
	readonly emulators: Emulators;
	readonly contacts: Contacts;
	/** Where builds keep threads that keep them in Redis. */
	readonly redis: RedisSettings;
	/** Stores and publishes one more, on a number of its own. */
	start(key: BuildKey, options?: BuildOptions): Promise<Build>;
	/**
	 * One that texts the list it is given, and answers when all is done.
	 *
	 * @param everyMs from ten requests of HTTP Request to the next ten.
	 */
	startList(key: ListKey, everyMs: number): Promise<ListBuild>;
	/** Unpublishes and removes one. */
	end(build: Pick<Build, 'workflowId'>): Promise<void>;
	/** Removes what the builds have kept outside n8n. */
	close(): Promise<void>;
}

/** Where the builds keep conversations, nobody else's. */
async function openBackends() {
	const server = await OwnRedisServer.start();
	const database = await OwnPostgresDatabase.on(settingsOfServer());
	const folder = mkdtempSync(join(tmpdir(), 'sms-agent-bench-'));
	return {
		redis: server.settings(),
		postgres: database.settings,
		file: join(folder, 'threads.sqlite'),
		async remove() {
			rmSync(folder, { recursive: true, force: true });
			await server.dispose();
			await database.drop();
		},
	};
}

export async function openBenchFixture(
	n8n: MeasuredN8n,
	emulators: Emulators,
): Promise<BenchFixture> {
	const backends = await openBackends();
	try {
		return await fixtureOn(n8n, emulators, backends);
	} catch (error) {
		await backends.remove();
		throw error;
	}
}

async function fixtureOn(
	{ client, webhookUrl }: MeasuredN8n,
	emulators: Emulators,
	backends: Awaited<ReturnType<typeof openBackends>>,
): Promise<BenchFixture> {
	const { twilioUrl, modelUrl } = emulators;
	const account = await emulators.addAccount();
	const { accountSid, authToken } = account;
	const { redis, postgres, file } = backends;
	const run = randomBytes(4).toString('hex');

	const addCredential = async (type: string, data: object): Promise<StoredCredential> => {
		const name = `${type} ${run}`;
		return { id: await client.createCredential({ name, type, data: { ...data } }), name };
	};
	const credentials = {
		twilioMessagingApi: await addCredential('twilioMessagingApi', {
			accountSid,
			authToken,
			apiBaseUrl: twilioUrl,
		}),
		openAiCompatibleApi: await addCredential('openAiCompatibleApi', {
			apiKey: 'emulated-key',
			baseUrl: modelUrl,
		}),
		openAiApi: await addCredential('openAiApi', { apiKey: 'emulated-key', url: modelUrl }),
		httpBasicAuth: await addCredential('httpBasicAuth', {
			user: accountSid,
			password: authToken,
		}),
		twilioApi: await addCredential('twilioApi', {
			authType: 'authToken',
			accountSid,
			authToken,
		}),
		redis: await addCredential('redis', {
			host: redis.host,
			port: redis.port,
			database: 0,
			user: '',
			password: '',
			ssl: false,
		}),
		postgres: await addCredential('postgres', forN8n(postgres)),
	};
	const kept: Record<OursKey, Kept> = {
		'ours-static': { parameters: { threadStore: 'staticData' } },
		'ours-file': {
			parameters: {
				threadStore: 'embedded',
				threadStoreFile: file,
			},
		},
		'ours-redis': await keptInServer({ addCredential }, 'redis', {
			host: redis.host,
			port: redis.port,
		}),
		'ours-postgres': await keptInServer({ addCredential }, 'postgres', postgres),
	};
	const ourWorkflow = (key: OursKey, numberSid: string, webhookId: string, o: BuildOptions) => {
		const trigger = nodeIn(
			{ credentials },
			{
				type: 'incomingSmsTrigger',
				name: 'Incoming SMS Trigger',
				parameters: {
					receiveOn: 'phoneNumbers',
					phoneNumbers: [numberSid],
					agents: { agent: [{ name: 'Front Desk', smsPrompt: PROMPT }] },
					...o.trigger,
				},
				settings: { webhookId },
			},
		);
		const reply = nodeIn(
			{ credentials },
			{
				type: 'agentReply',
				name: 'Agent Reply',
				parameters: {
					model: { __rl: true, mode: 'id', value: 'emulated-small' },
					...o.reply,
					// Measured is what n8n can do, not what a builder lets it.
					options: { ...UNBOUNDED, ...(o.reply?.['options'] as INodeParameters) },
				},
				credentials: ['twilioMessagingApi', 'openAiCompatibleApi'],
				settings: { position: [260, 0] },
			},
		);
		return {
			name: LABELS[key],
			nodes: [trigger, reply].map((node) => keeping(node, kept[key])),
			connections: inARow('Incoming SMS Trigger', 'Agent Reply'),
		};
	};
	const pathOf = (key: BuildKey, id: string) =>
		isOurs(key) ? `${id}/twilio` : key === 'twilio-trigger' ? `${id}/webhook` : id;
	const isOurs = (key: BuildKey | ListKey): key is OursKey => OURS.some((each) => each === key);
	let numbers = 0;
	const addSender = async () => {
		const sender = `+1415555${String(1000 + numbers++)}`;
		const { sid } = await emulators.addNumber(accountSid, sender);
		return { sender, sid };
	};

	return {
		emulators,
		contacts: new Contacts(),
		redis,
		async start(key, options = {}) {
			const { sender, sid } = await addSender();
			const id = randomUUID();
			const definition = isOurs(key)
				? ourWorkflow(key, sid, id, options)
				: peerWorkflow(key satisfies PeerKey, {
						...options,
						path: id,
						accountSid,
						twilioUrl,
						modelUrl,
						table: 'chat_histories',
						credentials,
					});
			const { staticData, tool } = options;
			if (tool) connectTool(definition, tool);
			const workflow = await client.createWorkflow(definition);
			if (staticData) {
				await client.api('PUT', `/workflows/${workflow.id}`, {
					...definition,
					settings: { executionOrder: 'v1' },
					staticData,
				});
			}
			await client.activate(workflow.id);
			return {
				key,
				label: LABELS[key],
				url: `${webhookUrl}/webhook/${pathOf(key, id)}`,
				sender,
				account,
				workflowId: workflow.id,
				replies: key !== 'webhook' && key !== 'webhook-isolate',
			};
		},
		async startList(key, everyMs) {
			const { sender } = await addSender();
			const path = randomUUID();
			const setting = { path, sender, accountSid, twilioUrl, everyMs, credentials };
			const definition = listWorkflow(key, setting, isOurs(key) ? kept[key] : undefined);
			const workflow = await client.createWorkflow(definition);
			await client.activate(workflow.id);
			return { url: `${webhookUrl}/webhook/${path}`, workflowId: workflow.id };
		},
		end: async ({ workflowId }) => await client.deleteWorkflow(workflowId),
		close: () => backends.remove(),
	};
}

/** Both agents take the same tools. */
function connectTool({ nodes, connections }: WorkflowDefinition, tool: INode): void {
	const agent = nodes.find(({ name }) => name === 'Agent Reply' || name === 'AI Agent');
	if (!agent) throw new Error('There is no agent to have the tool');
	nodes.push(tool);
	connections[tool.name] = { ai_tool: [[{ node: agent.name, type: 'ai_tool', index: 0 }]] };
}

/** n8n's credential knows no schema; its chat memory makes its table in the default one. */
function forN8n({ schema: _, ...settings }: PostgresSettings): Omit<PostgresSettings, 'schema'> {
	return settings;
}
