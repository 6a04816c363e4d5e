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

/** Enough for the last of them to wait longer than a run is given to start. */
const CONTACTS = 8;
const MODEL_MS = 10_000;
/** By then the first of those that wait might be taken for dead. */
const LOOK_AFTER_MS = 62_000;
const TURNS = CONTACTS + 1;
const ALL_MS = TURNS * MODEL_MS + 60_000;

async function regularMode() {
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

async function queueMode() {
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

describe.each([
	['regular mode', regularMode],
	['queue mode', queueMode],
])('runs that wait for one another in %s', (_, open) => {
	let fixture: E2eFixture;
	let kept: Kept;
	let close: () => Promise<void>;

	beforeAll(async () => {
		({ fixture, kept, close } = await open());
	});
	afterAll(() => close());

	it(
		'are one for each turn: none is taken for dead',
		async () => {
			const { id } = await fixture.startWorkflow(twoWayAgent(fixture, { kept }));
			fixture.model.faults.next({ kind: 'delay', ms: MODEL_MS, times: 100 });
			let contacts = 0;
			const text = async () => {
				const from = `+1415555${2000 + contacts++}`;
				const to = fixture.number.phoneNumber;
				await fixture.twilio.textFromContact({ from, to, body: 'Are you open on Friday?' });
			};
			await Promise.all(Array.from({ length: CONTACTS }, text));
			await pause(LOOK_AFTER_MS);
			await text();
			await fixture.client.endedExecutions(id, TURNS, ALL_MS);
			// Another run would have been queued by now, and would begin at once.
			await pause(2 * MODEL_MS);
			expect(fixture.model.requests).toHaveLength(TURNS);
			// The trigger asks how far the queue has come, by a run that does nothing.
			const executions = await fixture.client.executions(id);
			expect(executions.length).toBeLessThanOrEqual(TURNS + 2);
			const sent = fixture.twilio.messages({ direction: 'outbound-api' });
			expect(sent).toHaveLength(TURNS);
		},
		2 * ALL_MS,
	);
});
