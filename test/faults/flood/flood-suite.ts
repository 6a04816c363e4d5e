import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LAZY_ENGINE } from '../../../harness/n8n-host';
import { LOGS } from '../../../harness/run';
import { keptInServer, twoWayAgent } from '../../../harness/two-way-agent';
import { threadIdOf } from '../../../nodes/shared/messaging/thread-id';
import { openE2eFixture, type E2eFixture } from '../../e2e/support/e2e-fixture';
import { threadPlace, type KeptIn, type ThreadPlace } from '../silence/thread-place';
import { startFaultedN8n, type FaultedN8n, type N8nMode } from '../support/faulted-n8n';
import { startStoreServer, type StoreServer } from '../support/store-server';
import { Texting } from '../support/texting';
import { judgeFlood, type GivenReply } from './judge-flood';

/** One contact texts faster than anybody answers. */
export interface Flood {
	texts: number;
	/** Seconds from the first text to the last. */
	seconds: number;
	/** Messages per thread. */
	keep: number;
	/** Whether the trigger waits for more texts. */
	waits: boolean;
	/** Milliseconds that the model takes. Default 300. */
	modelMs?: number;
	/** Default 20. */
	mostReplies?: number;
}

const MINUTE_MS = 60_000;
/** Nothing has changed for that long: it is over. */
const QUIET_MS = 5_000;
const WAITING = { quietSeconds: 1, maxWaitSeconds: 5 };
/** An n8n that is overrun answers some of them too late; a text that it refused comes again. */
const REDELIVERIES = 20;
const ALL_MESSAGES = 1_000;

export function floodSuite(mode: N8nMode, keptIn: KeptIn, floods: readonly Flood[]): void {
	describe(`in ${mode} mode with threads in ${keptIn}, the newest is answered and nothing twice`, () => {
		let n8n: FaultedN8n;
		let server: StoreServer | undefined;

		beforeAll(async () => {
			if (keptIn === 'redis' || keptIn === 'postgres')
				server = await startStoreServer(keptIn);
			n8n = await startFaultedN8n(mode, LAZY_ENGINE);
		}, 10 * MINUTE_MS);
		afterAll(async () => {
			mkdirSync(LOGS, { recursive: true });
			writeFileSync(join(LOGS, `flood-${mode}-${keptIn}.log`), n8n?.logs() ?? '');
			await n8n?.stop();
			await server?.dispose();
		});

		it.each(floods)(
			'of $texts texts in $seconds s, keeping $keep, waiting for more: $waits',
			async (flood) => {
				const e2e = await openE2eFixture({
					n8n: n8n.n8n,
					withService: true,
					model: { latencyMs: flood.modelMs ?? 300 },
				});
				try {
					expect(await runFlood(e2e, { mode, keptIn, server }, flood)).toEqual([]);
				} finally {
					await e2e.close();
				}
			},
			10 * MINUTE_MS,
		);
	});
}

async function runFlood(
	e2e: E2eFixture,
	{ mode, keptIn, server }: { mode: N8nMode; keptIn: KeptIn; server: StoreServer | undefined },
	flood: Flood,
): Promise<string[]> {
	const { mostReplies = 20, keep, waits } = flood;
	const place = await threadPlace(keptIn, e2e, server);
	const kept = server
		? await keptInServer(e2e, server.kind, { ...server.credential, messagesPerThread: keep })
		: place.kept;
	const options = { messagesPerThread: keep, ...(waits && WAITING) };
	const { id } = await e2e.startWorkflow(
		twoWayAgent(e2e, {
			trigger: { options },
			reply: { options: { maxRepliesPerHour: mostReplies } },
			kept,
		}),
	);
	const written: GivenReply[] = [];
	e2e.model.respond = ({ messages }) => {
		const shown = messages.filter(({ role }) => role === 'user').map(({ text }) => text);
		const answered = Number([...shown.join().matchAll(/Text no. (\d+)/g)].at(-1)?.[1]);
		written.push({ answered, writtenAt: Date.now() });
		return `Answer no. ${written.length - 1}`;
	};

	const texting = new Texting(e2e);
	const contact = `+1415557${String(Date.now()).slice(-4)}`;
	await Promise.all(
		Array.from({ length: flood.texts }, async (_, n) => {
			await pause((n * flood.seconds * 1_000) / flood.texts);
			await texting.text(contact, { body: `Text no. ${n}`, redeliveries: REDELIVERIES });
		}),
	);
	const thread = await messagesOnceQuiet(e2e, place, id, contact);
	const replies = e2e.twilio
		.messages({ direction: 'outbound', to: contact })
		.flatMap(({ body }) => written[Number(/\d+/.exec(body)?.[0])] ?? []);
	const acked = texting.sent.filter(({ ackedAt }) => ackedAt !== undefined).length;
	process.stdout.write(
		`${mode} mode, ${keptIn}, ${JSON.stringify(flood)}: ${acked} acked, ${written.length} written, ${replies.length} replies\n`,
	);
	return [
		...judgeFlood({ texts: texting.sent, replies, thread, mostReplies }),
		...(acked === 0 ? ['no text was acknowledged, so this shows nothing'] : []),
	];
}

/** What the thread keeps, once nobody writes, sends or runs any more. */
async function messagesOnceQuiet(
	e2e: E2eFixture,
	place: ThreadPlace,
	workflowId: string,
	contact: string,
) {
	const { accountSid } = e2e.account;
	const threadId = threadIdOf({ accountSid, agentId: 'front-desk', contact });
	let seen = '';
	let changedAt = Date.now();
	for (;;) {
		const { messages } = await place.read(workflowId, async ({ threads }) =>
			threads.read(threadId, ALL_MESSAGES),
		);
		const running = await e2e.client.api<{ data: unknown[] }>(
			'GET',
			`/executions?workflowId=${workflowId}&status=running&limit=100`,
		);
		const now = JSON.stringify([
			messages.length,
			messages.at(-1)?.messageSid,
			e2e.model.requests.length,
			e2e.twilio.messages({ to: contact }).length,
			running.data.length,
		]);
		if (now !== seen || running.data.length > 0) changedAt = Date.now();
		seen = now;
		if (Date.now() - changedAt > QUIET_MS) return messages;
		await pause(500);
	}
}
