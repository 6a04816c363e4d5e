import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { routeContact } from '../../nodes/shared/contacts/given-agent';
import type { Agent } from '../../nodes/shared/messaging/agent';
import { routesFor } from '../../nodes/shared/messaging/routing';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { recordInbound } from '../../nodes/shared/receiving/record-inbound';
import { isReplayed } from '../../nodes/shared/receiving/replayed-text';
import { endTurn } from '../../nodes/shared/replying/end-turn';
import { replyToThread } from '../../nodes/shared/replying/reply-to-thread';
import { smsSender } from '../../nodes/shared/sending/send-to-thread';
import { openRedisThreadStore } from '../../nodes/shared/threads/stores/redis/redis-thread-store';
import { claimKeys } from '../../nodes/shared/threads/claim-keys';
import type { OpenThreadStore } from '../../nodes/shared/threads/thread-store';
import { gatherTurn, type BurstPolicy } from '../../nodes/shared/threads/turns/gather-turn';
import { OwnRedisServer } from '../../harness/servers/own-redis-server';
import { settingsOfServer } from '../../harness/servers/postgres-server';
import { onRedis } from '../../harness/servers/shared-redis';
import { USUAL_RULES } from '../support/contact-state';
import { PATIENT } from '../support/patient-redis';
import { composerOf, hello, plan, turnAt } from '../integration/replying/reply-fixture';
import {
	CONTACT,
	openSendingDesk,
	OURS,
	type SendingDesk,
} from '../integration/sending/sending-fixture';
import { postgresUnderTest } from './postgres-under-test';

/**
 * In: whether the thread may have forgotten the text is looked up, it is written down, its run is started. The run: takes the thread, reads it, counts the
 * call of the model, looks once more before it sends, notes what it sends, adds it to the thread, gives the thread back.
 * With each look at the thread one at its contact; nobody else speaks to the contact while it is sent, which is taken and given back.
 */
const MOST_CALLS = 14;

const AT_ONCE: BurstPolicy = { quietMs: 0, maxWaitMs: 0, maxTexts: 1 };
const WAITING: BurstPolicy = { quietMs: 20, maxWaitMs: 100, maxTexts: 5 };

const AGENT: Agent = {
	...{ id: 'agent', name: 'Agent', smsPrompt: '', senders: [], onText: 'reply' },
	...{ webhookUrl: '', brand: '', ownersPhones: [], share: 1 },
};
const SHARING: [Agent, ...Agent[]] = [AGENT, { ...AGENT, id: 'sales', share: 1e-6 }];

let desk: SendingDesk;
let serial = 0;
beforeAll(async () => {
	desk = await openSendingDesk();
});
afterAll(() => desk.close());

/** From Twilio's request to the reply in the thread, as both nodes do it. */
async function answerOneText(
	store: OpenThreadStore,
	policy: BurstPolicy,
	agents: [Agent, ...Agent[]] = [AGENT],
): Promise<void> {
	const services = { ...desk.services, clock: systemClock, store };
	const messageSid = `SM${String(++serial).padStart(32, '0')}`;
	const { accountSid } = desk.services.twilio.account;
	const routes = routesFor(agents, { to: OURS });
	const { agent } = await routeContact(services, accountSid, CONTACT, routes);
	expect(agent.id).toBe(AGENT.id);
	const before = await store.threads.read(desk.threadId, 1);
	expect(await isReplayed(before, systemClock, async () => undefined)).toBe(false);
	const { thread } = await recordInbound(
		services,
		desk.threadId,
		{
			messageSid,
			accountSid,
			from: CONTACT,
			to: OURS,
			body: 'Are you open?',
			media: [],
			numSegments: 1,
		},
		USUAL_RULES,
	);
	const gathered = await gatherTurn(services, thread, messageSid, policy);
	const turn = { ...turnAt(desk, gathered?.texts ?? []), unattended: true };
	const countCall = async () => {
		const of = (contact?: string) => claimKeys.allowance('model', 'node', contact);
		const limits = [
			{ key: of(CONTACT), most: 1_000 },
			{ key: of(), most: 1_000 },
		];
		expect(await store.allowances.take(limits, messageSid)).toEqual({ kind: 'taken' });
		return hello;
	};
	const replying = { ...services, sms: smsSender(services), ...composerOf(countCall) };
	const outcome = await endTurn(store.threads, turn, async () =>
		replyToThread(replying, turn, plan),
	);
	expect(outcome).toMatchObject({ kind: 'replied', sent: { repeated: false } });
}

describe('an ordinary text and its reply', () => {
	describe('on Redis', () => {
		let server: OwnRedisServer;
		let store: OpenThreadStore;
		beforeAll(async () => {
			server = await OwnRedisServer.start();
			const retention = { messagesPerThread: 50, maxAgeDays: 1 };
			store = await openRedisThreadStore(server.settings(), retention, systemClock, PATIENT);
			await answerOneText(store, AT_ONCE);
		});
		afterAll(async () => {
			await store.close();
			await server.dispose();
		});

		async function scriptCallsOf(work: () => Promise<void>): Promise<number> {
			const ask = async (...command: string[]) =>
				String(await onRedis(server.settings(), (client) => client.sendCommand(command)));
			await ask('CONFIG', 'RESETSTAT');
			await work();
			const stats = await ask('INFO', 'commandstats');
			const calls = [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)];
			return calls.reduce((sum, [, count]) => sum + Number(count), 0);
		}

		it(`cost ${MOST_CALLS} script calls at most`, async () => {
			const calls = await scriptCallsOf(() => answerOneText(store, AT_ONCE));
			expect(calls).toBeLessThanOrEqual(MOST_CALLS);
			expect(calls).toBeGreaterThan(0);
		});

		it('cost one more where agents share new contacts', async () => {
			await answerOneText(store, AT_ONCE, SHARING);
			const calls = await scriptCallsOf(() => answerOneText(store, AT_ONCE, SHARING));
			expect(calls).toBeLessThanOrEqual(MOST_CALLS + 1);
		});

		it('cost one more where the text waited for others', async () => {
			const calls = await scriptCallsOf(() => answerOneText(store, WAITING));
			expect(calls).toBeLessThanOrEqual(MOST_CALLS + 1);
		});
	});

	describe('on Postgres', () => {
		let under: Awaited<ReturnType<typeof postgresUnderTest>>;
		beforeAll(async () => {
			under = await postgresUnderTest(settingsOfServer());
			await answerOneText(under.store, AT_ONCE);
		});
		afterAll(async () => under.dispose());

		/** At the connection. What the store does for itself now and then, nobody waits for. */
		async function statementsOf(work: () => Promise<void>): Promise<string[]> {
			const query = jest.spyOn(pg.Client.prototype, 'query');
			try {
				await work();
				const statements = query.mock.calls.map(([statement]) =>
					typeof statement === 'string' ? statement : JSON.stringify(statement),
				);
				return statements.filter((statement) => !statement.includes('drop_aged'));
			} finally {
				query.mockRestore();
			}
		}

		it(`cost ${MOST_CALLS} statements at most`, async () => {
			const statements = await statementsOf(() => answerOneText(under.store, AT_ONCE));
			expect(statements.length).toBeLessThanOrEqual(MOST_CALLS);
			expect(statements.length).toBeGreaterThan(0);
		});

		it('cost one more where the text waited for others', async () => {
			const statements = await statementsOf(() => answerOneText(under.store, WAITING));
			expect(statements.length).toBeLessThanOrEqual(MOST_CALLS + 1);
		});
	});
});
