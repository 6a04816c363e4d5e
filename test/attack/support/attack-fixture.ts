import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../../nodes/shared/n8n/host/system-clock';
import { openRedisThreadStore } from '../../../nodes/shared/threads/stores/redis/redis-thread-store';
import type { OpenThreadStore } from '../../../nodes/shared/threads/thread-store';
import { LAZY_ENGINE } from '../../../harness/n8n-host';
import { poll } from '../../../harness/poll';
import { OwnRedisServer } from '../../../harness/servers/own-redis-server';
import {
	agentReplyIn,
	keeping,
	keptInServer,
	triggerIn,
	twoWayAgent,
	type Kept,
} from '../../../harness/two-way-agent';
import { inARow, type WithCredentials } from '../../../harness/workflow-nodes';
import type { AccountRecord } from '../../../emulator/twilio/records';
import { openE2eFixture, type E2eFixture } from '../../e2e/support/e2e-fixture';
import { missedCallIn, openerIn } from '../../e2e/support/missed-call';
import { startFaultedN8n, type FaultedN8n, type N8nMode } from '../../faults/support/faulted-n8n';
import { SeededRandom } from '../../faults/support/seeded-random';
import { Attacker } from './attacker';
import { Score } from './score';
import { seed } from './sizes';

/** All that must never be seen; by what it is. */
export type Secrets = Readonly<Record<string, string>>;

/** Longer than a missed call waits for what Twilio still tells of it. Milliseconds. */
const ALL_TOLD_MS = 7_000;
const QUIET_MS = 1_500;
const RETENTION = { messagesPerThread: 200, maxAgeDays: 90 };

/** A real n8n with an agent for texts, one for calls, one for reports of calls, and a stranger's agent. */
export interface AttackFixture {
	readonly mode: N8nMode;
	readonly n8n: FaultedN8n;
	readonly e2e: E2eFixture;
	readonly store: OpenThreadStore;
	readonly kept: Kept;
	/** Of the Redis that keeps the threads. */
	readonly redisPort: number;
	/** Credentials with every secret set. */
	readonly account: WithCredentials;
	readonly stranger: AccountRecord;
	readonly secrets: Secrets;
	/** Where each of the workflows is reached, without a fragment. */
	readonly urls: { texts: string; calls: string; reports: string; strangers: string };
	readonly textsWorkflowId: string;
	readonly random: SeededRandom;
	readonly attacker: Attacker;
	readonly score: Score;
	/** How many executions there are, once no more begin. */
	executionsOnceQuiet(): Promise<number>;
	/** As long as an execution may begin after a call. */
	untilCallsAreTold(): Promise<void>;
	/** Every thread with all that it holds, as JSON. */
	threads(): Promise<string[]>;
	close(): Promise<void>;
}

export async function openAttackFixture(mode: N8nMode): Promise<AttackFixture> {
	const cleanUp: Array<() => Promise<void> | void> = [];
	const close = async () => {
		for (const step of cleanUp.splice(0).reverse()) await step();
	};
	try {
		// What URLs and JSON write in another way is in the secrets too.
		const secret = (name: string) => `${name}+${randomBytes(9).toString('hex')}/%&"=`;
		const redisPassword = `redis-${randomBytes(12).toString('hex')}`;
		const redis = await OwnRedisServer.start('--requirepass', redisPassword);
		cleanUp.push(() => redis.dispose());
		const settings = redis.settings({ password: redisPassword, prefix: 'attack' });
		const store = await openRedisThreadStore(settings, RETENTION, systemClock);
		cleanUp.push(() => store.close());
		const n8n = await startFaultedN8n(mode, LAZY_ENGINE);
		cleanUp.push(() => n8n.stop());
		const modelKey = secret('model-key');
		const e2e = await openE2eFixture({
			n8n: n8n.n8n,
			withService: true,
			model: { apiKey: modelKey },
		});
		cleanUp.push(() => e2e.close());
		const { host, port } = settings;
		const kept = await keptInServer(e2e, 'redis', {
			...{ host, port, password: redisPassword, prefix: 'attack' },
			...RETENTION,
		});
		const { accountSid, authToken } = e2e.account;
		const secrets: Secrets = {
			authToken,
			modelKey,
			redisPassword,
			callReportSecret: secret('report'),
			notifySigningSecret: `whsec_${randomBytes(32).toString('base64')}`,
			secondaryAuthToken: randomBytes(16).toString('hex'),
		};
		const { callReportSecret, notifySigningSecret, secondaryAuthToken } = secrets;
		const account: WithCredentials = {
			credentials: {
				twilioMessagingApi: await e2e.addCredential('twilioMessagingApi', {
					...{ accountSid, authToken, callReportSecret, notifySigningSecret },
					...{ secondaryAuthToken, apiBaseUrl: e2e.twilio.baseUrl },
					messagingServiceSid: e2e.service?.sid,
				}),
				openAiCompatibleApi: await e2e.addCredential('openAiCompatibleApi', {
					apiKey: modelKey,
					baseUrl: e2e.model.apiUrl,
				}),
			},
		};
		const stranger = e2e.twilio.addAccount({ friendlyName: 'Somebody else' });
		const { phoneNumber } = e2e.twilio.addNumber(stranger.accountSid, {
			phoneNumber: '+14155550190',
		});
		const service = e2e.twilio.addService(stranger.accountSid, { numbers: [phoneNumber] });
		const strangers: WithCredentials = {
			credentials: {
				...account.credentials,
				twilioMessagingApi: await e2e.addCredential('twilioMessagingApi', {
					accountSid: stranger.accountSid,
					authToken: stranger.authToken,
					apiBaseUrl: e2e.twilio.baseUrl,
					messagingServiceSid: service.sid,
				}),
			},
		};
		const owned: E2eFixture = { ...e2e, ...account };
		const reply = { options: { maxRepliesPerHour: 100, onModelError: 'needsHuman' } };
		const texts = { nodes: [triggerIn(account), agentReplyIn(account, reply)] };
		const calls = { nodes: [missedCallIn(owned), openerIn(owned)] };
		const elsewhere = { receiveOn: 'elsewhere', callSystem: 'custom', phoneNumbers: [] };
		const reports = { nodes: [missedCallIn(owned, elsewhere), openerIn(owned)] };
		const start = async (
			name: string,
			{ nodes }: { nodes: ReturnType<typeof triggerIn>[] },
		): Promise<{ id: string; url: string }> => {
			const { id } = await e2e.startWorkflow({
				name,
				nodes: nodes.map((node) => keeping(node, kept)),
				connections: inARow(...nodes.map((node) => node.name)),
			});
			const url = `${n8n.webhookUrl}/webhook/${nodes[0]?.webhookId ?? ''}/twilio`;
			return { id, url };
		};
		const ofTexts = await start('Texts', texts);
		const ofCalls = await start('Calls', calls);
		const ofReports = await start('Reports', reports);
		const { nodes } = twoWayAgent(strangers);
		const ofStrangers = await start("A stranger's texts", { nodes });
		const attacker = new Attacker(n8n.webhookUrl);
		cleanUp.push(() => attacker.close());
		const score = new Score(`${mode} mode, seed ${seed}`);
		return {
			mode,
			n8n,
			e2e,
			store,
			kept,
			redisPort: port,
			account,
			stranger,
			secrets,
			urls: {
				texts: ofTexts.url,
				calls: ofCalls.url,
				reports: ofReports.url,
				strangers: ofStrangers.url,
			},
			textsWorkflowId: ofTexts.id,
			random: new SeededRandom(seed),
			attacker,
			score,
			executionsOnceQuiet: async () => await executionsOnceQuiet(e2e),
			untilCallsAreTold: async () => await pause(ALL_TOLD_MS),
			threads: async () => await dumpOf(store),
			close,
		};
	} catch (error) {
		await close();
		throw error;
	}
}

async function executionsOnceQuiet({ client }: E2eFixture): Promise<number> {
	let before = -1;
	return await poll(
		'n8n to be quiet',
		async () => {
			const now = await client.executionCount();
			if (now === before) return now;
			before = now;
			return undefined;
		},
		{ timeoutMs: 120_000, everyMs: QUIET_MS },
	);
}

async function dumpOf({ threads }: OpenThreadStore): Promise<string[]> {
	const ids: string[] = [];
	let cursor: string | undefined;
	do {
		const page = await threads.list({ prefix: '', limit: 200, ...(cursor && { cursor }) });
		ids.push(...page.threads.map(({ threadId }) => threadId));
		({ cursor } = page);
	} while (cursor !== undefined);
	const all = await Promise.all(ids.sort().map((id) => threads.read(id, 1_000)));
	return all.map((thread) => JSON.stringify(thread));
}
