import { randomUUID } from 'node:crypto';
import { USUAL_RULES } from '../support/contact-state';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Clock } from '../../nodes/shared/messaging/clock';
import type { Message } from '../../nodes/shared/messaging/message';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { recordInbound } from '../../nodes/shared/receiving/record-inbound';
import { endTurn } from '../../nodes/shared/replying/end-turn';
import type { ReplyOutcome } from '../../nodes/shared/replying/reply-outcome';
import { replyToThread } from '../../nodes/shared/replying/reply-to-thread';
import { smsSender } from '../../nodes/shared/sending/send-to-thread';
import { openEmbeddedThreadStore } from '../../nodes/shared/threads/stores/embedded/embedded-thread-store';
import { openPostgresThreadStore } from '../../nodes/shared/threads/stores/postgres/postgres-thread-store';
import { openRedisThreadStore } from '../../nodes/shared/threads/stores/redis/redis-thread-store';
import { LiveThreads } from '../../nodes/shared/threads/stores/static-data/live-threads';
import { staticDataThreadStore } from '../../nodes/shared/threads/stores/static-data/static-data-thread-store';
import { REMEMBERED_SIDS, type OpenThreadStore } from '../../nodes/shared/threads/thread-store';
import { BURST_QUIET_MS } from '../../nodes/shared/threads/timing';
import { DEFAULT_LIMITS } from '../../nodes/shared/threads/thread-limits';
import {
	gatherTurn,
	type BurstPolicy,
	type Turn,
} from '../../nodes/shared/threads/turns/gather-turn';
import { settingsOfServer } from '../../harness/servers/postgres-server';
import { sharedRedis } from '../../harness/servers/shared-redis';
import { composerOf, hello, plan, turnAt } from '../integration/replying/reply-fixture';
import {
	CONTACT,
	openSendingDesk,
	OURS,
	type SendingDesk,
} from '../integration/sending/sending-fixture';
import { removeKeys } from '../support/redis-keys';
import { storedMessage } from '../support/stored-message';
import { TestSchema } from '../support/test-schema';
import { PATIENT } from '../support/patient-redis';

jest.setTimeout(600_000);

/** A thread of so many messages, and how to give it up. */
type Opening = (messagesPerThread: number) => Promise<[OpenThreadStore, () => Promise<void>]>;

const STORES: Record<string, Opening> = {
	'static data': async (messagesPerThread) => {
		const limits = { ...DEFAULT_LIMITS, messagesPerThread };
		const store = staticDataThreadStore(new LiveThreads(), limits, systemClock, () => {});
		return [store, async () => {}];
	},
	'the embedded database': async (messagesPerThread) => {
		const folder = mkdtempSync(join(tmpdir(), 'sms-flood-'));
		const file = join(folder, 'threads.sqlite');
		const settings = { file, messagesPerThread, maxAgeDays: 90, maxMegabytes: 100 };
		const dispose = async () => rmSync(folder, { recursive: true });
		return [await openEmbeddedThreadStore(settings, systemClock), dispose];
	},
	Redis: async (messagesPerThread) => {
		const settings = await sharedRedis(`sms-agent-test-${randomUUID()}`);
		const retention = { messagesPerThread, maxAgeDays: 1 };
		const dispose = async () => {
			await removeKeys(settings);
		};
		return [await openRedisThreadStore(settings, retention, systemClock, PATIENT), dispose];
	},
	Postgres: async (messagesPerThread) => {
		const schema = await TestSchema.on(settingsOfServer());
		const retention = { messagesPerThread, maxAgeDays: 90 };
		const store = await openPostgresThreadStore(schema.settings, retention, systemClock);
		return [store, async () => await schema.drop()];
	},
};

const AT_ONCE: BurstPolicy = { quietMs: 0, maxWaitMs: 0, maxTexts: 1 };
const WAITING: BurstPolicy = { quietMs: 20, maxWaitMs: 100, maxTexts: 5 };

/** The contact has been quiet for as long as a reply to a burst waits. */
const ONCE_QUIET: Clock = {
	...systemClock,
	now: () => Date.now() + Math.max(...BURST_QUIET_MS),
};

/** As n8n may run them: the oldest half, the newest backwards. */
function inAnyOrder<Item>(items: readonly Item[]): Item[] {
	const half = Math.floor(items.length / 2);
	return [...items.slice(0, half), ...items.slice(half).reverse()];
}

let desk: SendingDesk;
beforeAll(async () => {
	desk = await openSendingDesk({ timeoutMs: 60_000 });
});
afterAll(() => desk.close());

describe.each(Object.entries(STORES))('more texts than a thread keeps, in %s', (_, open) => {
	let store: OpenThreadStore;
	let dispose: () => Promise<void>;
	const openFor = async (messagesPerThread: number) => {
		[store, dispose] = await open(messagesPerThread);
		desk.twilio.clear();
	};
	afterEach(async () => {
		await store.close();
		await dispose();
	});

	const services = () => ({ ...desk.services, clock: systemClock, store });
	const asTwilioTells = ({ messageSid, body }: Message) => {
		const { accountSid } = desk.services.twilio.account;
		const addresses = { from: CONTACT, to: OURS };
		return { messageSid, accountSid, ...addresses, body, media: [], numSegments: 1 };
	};
	const receive = async (text: Message, policy = AT_ONCE): Promise<Turn | undefined> => {
		const { thread } = await recordInbound(
			services(),
			desk.threadId,
			asTwilioTells(text),
			USUAL_RULES,
		);
		return await gatherTurn(services(), thread, text.messageSid, policy);
	};
	/** Some at a time, as n8n takes them in: a turn has several texts, and many turns begin. */
	const receiveAll = async (texts: Message[], policy: BurstPolicy): Promise<Turn[]> => {
		const started: Array<Turn | undefined> = [];
		for (let at = 0; at < texts.length; at += 7) {
			const some = texts.slice(at, at + 7).map(async (text) => await receive(text, policy));
			started.push(...(await Promise.all(some)));
		}
		return started.filter((turn) => turn !== undefined);
	};
	const answer = async (
		{ texts }: Turn,
		change = {},
		clock = systemClock,
	): Promise<ReplyOutcome> => {
		const turn = { ...turnAt(desk, texts), unattended: true };
		const replying = {
			...services(),
			clock,
			sms: smsSender(services()),
			...composerOf(() => hello),
		};
		return await endTurn(store.threads, turn, async () =>
			replyToThread(replying, turn, { ...plan, ...change }),
		);
	};
	const newTexts = (count: number) =>
		Array.from({ length: count }, (_unused, n) => storedMessage(`text ${n}`));
	const thread = async () => await store.threads.read(desk.threadId, 1_000);

	it('does not take in again what it has dropped, nor what it keeps', async () => {
		await openFor(5);
		const { threads } = store;
		const texts = newTexts(REMEMBERED_SIDS + 5);
		for (let at = 0; at < texts.length; at += 40) {
			await threads.append('t', texts.slice(at, at + 40), 0);
		}
		expect((await threads.append('t', texts, 5)).newSids).toEqual([]);
		const { messages, keptMessages } = await threads.read('t', 9);
		expect(messages).toEqual(texts.slice(-5));
		expect(keptMessages).toBe(5);
		const next = storedMessage('next');
		expect((await threads.append('t', [next], 5)).newSids).toEqual([next.messageSid]);
		await threads.delete('t');
		expect((await threads.append('t', texts.slice(0, 1), 5)).newSids).toHaveLength(1);
	});

	it.each([
		{ keep: 2, texts: 60, policy: AT_ONCE },
		{ keep: 5, texts: 400, policy: AT_ONCE },
		{ keep: 50, texts: 60, policy: WAITING },
		{ keep: 200, texts: 60, policy: AT_ONCE },
	])(
		'of $texts texts at once, keeping $keep, answers the newest and no other',
		async ({ keep, texts: count, policy }) => {
			await openFor(keep);
			const turns = await receiveAll(newTexts(count), policy);
			const outcomes: ReplyOutcome[] = [];
			for (const turn of inAnyOrder(turns)) outcomes.push(await answer(turn, {}, ONCE_QUIET));
			const { messages, droppedMessages, keptMessages } = await thread();
			expect(droppedMessages + keptMessages).toBe(count + 1);
			const newest = messages.findLast(({ direction }) => direction === 'inbound');
			const replies = messages.filter(({ author }) => author === 'agent');
			expect(replies.map(({ answers }) => answers?.at(-1))).toEqual([newest?.messageSid]);
			expect(desk.texts()).toHaveLength(1);
			const kinds = outcomes.map((outcome) =>
				outcome.kind === 'noReply' ? outcome.code : outcome.kind,
			);
			expect(kinds.filter((kind) => kind !== 'newerText')).toEqual(['replied']);
		},
	);

	it('counts the replies of an hour that it does not show any more', async () => {
		await openFor(4);
		const limit = { maxRepliesPerHour: 6 };
		const kinds: string[] = [];
		for (const text of newTexts(8)) {
			const turn = await receive(text);
			if (turn) kinds.push((await answer(turn, limit)).kind);
		}
		const replied = Array<string>(6).fill('replied');
		expect(kinds).toEqual([...replied, 'needsHuman', 'needsHuman']);
	});
});
