import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startN8n } from '../../harness/n8n-host';
import { startQueueN8n } from '../../harness/queue-n8n';
import { settingsOfServer } from '../../harness/servers/postgres-server';
import { keptInServer, twoWayAgent, type Kept } from '../../harness/two-way-agent';
import { TestSchema } from '../support/test-schema';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

/** One run after the other, in both modes. */
const env = { N8N_CONCURRENCY_PRODUCTION_LIMIT: '1' };

/** The first two take so long that the others wait longer than a run is given to start. */
const SLOW = { kind: 'delay', ms: 40_000, times: 2 } as const;
const CONTACTS = 7;
/** By then those that wait might be taken for dead. */
const LOOK_AFTER_MS = 62_000;
const TURNS = CONTACTS + 1;
/** Another run would be queued when the last one ends, and begin at once. */
const QUIET_MS = 10_000;
const LIMIT_MS = 5 * 60_000;

interface Mode {
	fixture: E2eFixture;
	kept: Kept;
	close: () => Promise<void>;
}

async function regularMode(): Promise<Mode> {
	const n8n = await startN8n({ env });
	const fixture = await openE2eFixture({ n8n, withService: true });
	const folder = mkdtempSync(join(tmpdir(), 'sms-agent-backlog-'));
	const threadStoreFile = join(folder, 'threads.sqlite');
	const kept: Kept = { parameters: { threadStore: 'embedded', threadStoreFile } };
	const close = async () => {
		await fixture.close();
		await n8n.stop();
		rmSync(folder, { recursive: true, force: true });
	};
	return { fixture, kept, close };
}

async function queueMode(): Promise<Mode> {
	const n8n = await startQueueN8n({ env, workers: 1 });
	const fixture = await openE2eFixture({ n8n, withService: true });
	const schema = await TestSchema.on(settingsOfServer());
	const kept = await keptInServer(fixture, 'postgres', schema.settings);
	const close = async () => {
		await fixture.close();
		await n8n.stop();
		await schema.drop();
	};
	return { fixture, kept, close };
}

/** Resolves to what became of the turns. */
async function play({ fixture, kept }: Mode) {
	const { id } = await fixture.startWorkflow(twoWayAgent(fixture, { kept }));
	fixture.model.faults.next(SLOW);
	let contacts = 0;
	const text = async () => {
		const from = `+1415555${2000 + contacts++}`;
		const to = fixture.number.phoneNumber;
		await fixture.twilio.textFromContact({ from, to, body: 'Are you open on Friday?' });
	};
	await Promise.all(Array.from({ length: CONTACTS }, text));
	await pause(LOOK_AFTER_MS);
	const begunBefore = fixture.model.requests.length;
	await text();
	await fixture.client.endedExecutions(id, TURNS, LIMIT_MS);
	await pause(QUIET_MS);
	return {
		begunBefore,
		begun: fixture.model.requests.length,
		executions: (await fixture.client.executions(id)).length,
		sent: fixture.twilio.messages({ direction: 'outbound-api' }).length,
	};
}

const MODES = { 'regular mode': regularMode, 'queue mode': queueMode };
/** Both at once: mostly they wait. */
const playing = new Map<string, ReturnType<typeof play>>();

beforeAll(() => {
	for (const [name, open] of Object.entries(MODES)) {
		const played = open().then(async (mode) => await play(mode).finally(mode.close));
		// Its test asks for it, some time.
		played.catch(() => {});
		playing.set(name, played);
	}
});
afterAll(async () => {
	await Promise.allSettled(playing.values());
});

describe('runs that wait for one another', () => {
	it.each(Object.keys(MODES))(
		'are one for each turn in %s: none is taken for dead',
		async (name) => {
			const found = await playing.get(name);
			expect(found).toMatchObject({ begun: TURNS, sent: TURNS });
			// Else none has waited for long.
			expect(found?.begunBefore).toBeLessThanOrEqual(SLOW.times);
			// The trigger asks how far the queue has come, by a run that does nothing.
			expect(found?.executions).toBeLessThanOrEqual(TURNS + 2);
		},
		2 * LIMIT_MS,
	);
});
