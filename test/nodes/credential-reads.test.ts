import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ICredentialDataDecryptedObject, IDataObject } from 'n8n-workflow';
import { OpenAiCompatibleApi } from '../../credentials/OpenAiCompatibleApi.credentials';
import { TwilioMessagingApi } from '../../credentials/TwilioMessagingApi.credentials';
import { AgentReply } from '../../nodes/AgentReply/AgentReply.node';
import { signingAccountOf } from '../../nodes/shared/n8n/credentials/signing-account.singleton';
import {
	twilioAccountIn,
	twilioAccountOf,
	twilioClientOf,
} from '../../nodes/shared/n8n/credentials/twilio-account';
import type { TriggerContext } from '../../nodes/shared/n8n/host/field-value';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { cameToTwilioAt } from '../../nodes/shared/twilio/api/message-log';
import type { TwilioAccount } from '../../nodes/shared/twilio/api/twilio-client';
import { IncomingSmsTrigger } from '../../nodes/IncomingSmsTrigger/IncomingSmsTrigger.node';
import { settingsOfServer } from '../../harness/servers/postgres-server';
import { TestSchema } from '../support/test-schema';
import { removeKeys } from '../support/redis-keys';
import { sharedRedis } from '../../harness/servers/shared-redis';
import { listenWebhook } from './support/call-webhook';
import { inNode } from './support/in-node';
import { runNode } from './support/run-node';
import { openSendSmsBench, OURS, type SendSmsBench } from './support/send-sms-bench';
import { signedCall, textForm } from './support/signed-text';

/**
 * Each is a query and a decryption for n8n and, outside of an execution, an expression engine started. The
 * reply reads Twilio's and the model's, and n8n the model's once more for its request.
 */
const MOST_READS = 3;
/** The trigger's Twilio and store, and the reply's store: each node reads for itself. */
const READS_AFTER_A_QUIET_MINUTE = MOST_READS + 3;

interface Place {
	kind: 'redis' | 'postgres';
	credentialType: string;
	credential: ICredentialDataDecryptedObject;
	remove: () => Promise<void>;
}

/** What the pool does after ten idle minutes, and after a minute of grace, is done when the result is called. */
function holdPoolTimers(): () => void {
	const due: Array<() => void> = [];
	const schedule = globalThis.setTimeout;
	globalThis.setTimeout = ((run: () => void, ms?: number) => {
		if (ms === 600_000 || ms === 60_000) due.push(run);
		return schedule(run, ms);
	}) as typeof setTimeout;
	return () => {
		while (due.length > 0) due.shift()?.();
		globalThis.setTimeout = schedule;
	};
}

async function redisPlace(): Promise<Place> {
	const settings = await sharedRedis(`credential-reads-${process.pid}`);
	const { host, port, keyPrefix } = settings;
	return {
		kind: 'redis',
		credentialType: 'threadStoreRedisApi',
		credential: { host, port, prefix: keyPrefix },
		remove: async () => await removeKeys(settings),
	};
}

async function postgresPlace(): Promise<Place> {
	const schema = await TestSchema.on(settingsOfServer());
	const { host, port, database, user, password, schema: name } = schema.settings;
	return {
		kind: 'postgres',
		credentialType: 'threadStorePostgresApi',
		credential: { host, port, database, user, password, schema: name, ssl: 'disable' },
		remove: async () => await schema.drop(),
	};
}

describe.each([
	['Redis', redisPlace],
	['Postgres', postgresPlace],
])('with conversations in %s', (name, openPlace) => {
	let bench: SendSmsBench;
	let place: Place;
	let conversations = 0;

	let closePools: () => void;

	beforeAll(async () => {
		closePools = holdPoolTimers();
		bench = await openSendSmsBench();
		place = await openPlace();
	});
	afterAll(async () => {
		closePools();
		await bench.close();
		await place.remove();
	});

	/** A conversation in a workflow of its own; `text` resolves to what a text and its reply read. */
	function conversation(credential = `store-${name}-${conversations}`) {
		const workflowId = `reads-${name}-${conversations++}`;
		const credentialReads: string[] = [];
		const host = {
			workflowId,
			credentialReads,
			credentials: { ...bench.credentials, [place.credentialType]: { ...place.credential } },
			credentialTypes: [new TwilioMessagingApi(), new OpenAiCompatibleApi()],
			settings: {
				credentials: {
					twilioMessagingApi: { id: `twilio-${workflowId}`, name: 'Twilio' },
					openAiCompatibleApi: { id: `model-${workflowId}`, name: 'Model' },
					[place.credentialType]: { id: credential, name },
				},
			},
		};
		const threadStore = place.kind;
		async function receive(contact: string): Promise<IDataObject> {
			const webhook = await listenWebhook({
				...host,
				settings: { ...host.settings, id: 'trigger', webhookId: 'webhook-1' },
				node: new IncomingSmsTrigger(),
				parameters: { threadStore, receiveOn: 'manual' },
			});
			const form = textForm(bench.accountSid, { From: contact, To: OURS });
			const answer = await webhook.call(signedCall(webhook.url, bench.authToken, form));
			await webhook.close();
			expect(answer).toMatchObject({ status: 200, error: undefined });
			return answer.result?.workflowData?.[0]?.[0]?.json ?? {};
		}
		async function reply(item: IDataObject): Promise<void> {
			const { outputs, error } = await runNode({
				...host,
				settings: { ...host.settings, id: 'reply' },
				node: new AgentReply(),
				items: [item],
				parameters: {
					threadStore,
					smsPrompt: 'Be kind.',
					model: { __rl: true, mode: 'id', value: 'any' },
				},
			});
			expect(error).toBeUndefined();
			expect(outputs[0]?.[0]?.json['outcome']).toBe('replied');
		}
		return {
			host,
			async text(contact = '+14155551000'): Promise<string[]> {
				credentialReads.length = 0;
				await reply(await receive(contact));
				return [...credentialReads];
			},
		};
	}

	it('an ordinary text and its reply read credentials three times at most', async () => {
		const { text } = conversation();
		const first = await text();
		expect(first.length).toBeLessThanOrEqual(READS_AFTER_A_QUIET_MINUTE);
		const second = await text();
		expect(second.length).toBeLessThanOrEqual(MOST_READS);
		expect(second).not.toContain(place.credentialType);
	});

	it('and no more where Twilio is asked when the first text of a conversation came', async () => {
		const { text } = conversation();
		await text();
		const before = bench.twilio.requests.length;
		expect((await text('+14155551001')).length).toBeLessThanOrEqual(MOST_READS);
		expect(bench.twilio.requests.length).toBe(before + 2);
	});

	it('a node of another workflow reads for itself what is open already', async () => {
		const credential = `shared-${name}`;
		await conversation(credential).text();
		const reads = await conversation(credential).text();
		expect(reads.filter((type) => type === place.credentialType)).toHaveLength(2);
	});

	it('reads them again after a minute, so that a changed one takes effect', async () => {
		const { text } = conversation();
		await text();
		const elapsed = systemClock.elapsed.bind(systemClock);
		const later = jest
			.spyOn(systemClock, 'elapsed')
			.mockImplementation(() => elapsed() + 61_000);
		const reads = await text();
		later.mockRestore();
		expect(reads.filter((type) => type === 'twilioMessagingApi')).toHaveLength(2);
		expect(reads).toContain(place.credentialType);
	});
});

describe('a run that lasts', () => {
	let bench: SendSmsBench;
	beforeAll(async () => {
		bench = await openSendSmsBench();
	});
	afterAll(() => bench.close());

	afterEach(() => {
		jest.restoreAllMocks();
	});

	it.each([
		['as its node read it', []],
		['that the request of a text was proven by', [40_000]],
	])('takes up a changed token after a minute, of an account %s', async (_what, [usedAfter]) => {
		const { twilioMessagingApi } = bench.credentials;
		const data = { ...twilioMessagingApi };
		const elapsed = systemClock.elapsed.bind(systemClock);
		const after = (ms: number) =>
			jest.spyOn(systemClock, 'elapsed').mockImplementation(() => elapsed() + ms);
		await inNode({ twilioMessagingApi: data }, [new TwilioMessagingApi()], async (context) => {
			let account: TwilioAccount;
			if (usedAfter === undefined) account = await twilioAccountOf(context);
			else {
				const signing = await signingAccountOf(context as unknown as TriggerContext);
				after(usedAfter);
				account = twilioAccountIn(signing);
			}
			const twilio = twilioClientOf(context, account);
			const ask = async () => await cameToTwilioAt(twilio, `SM${'0'.repeat(32)}`);
			data['authToken'] = 'f'.repeat(32);
			await expect(ask()).rejects.toMatchObject({ status: 404 });
			after(61_000);
			await expect(ask()).rejects.toMatchObject({ status: 401 });
		});
	});
});
