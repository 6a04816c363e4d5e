import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { INode } from 'n8n-workflow';
import type { WorkflowDefinition } from '../../harness/n8n-client';
import { startN8n, type N8nHost } from '../../harness/n8n-host';
import { agentReplyIn, triggerIn } from '../../harness/two-way-agent';
import { inARow } from '../../harness/workflow-nodes';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

const MARIA = '+14155550191';
const WINDOW_SECONDS = 4;

let n8n: N8nHost;
let fixture: E2eFixture;
let folder: string;

beforeAll(async () => {
	n8n = await startN8n();
	fixture = await openE2eFixture({ n8n, withService: true });
	folder = mkdtempSync(join(tmpdir(), 'sms-agent-crash-'));
});
afterAll(async () => {
	await fixture.close();
	await n8n.stop();
	rmSync(folder, { recursive: true, force: true });
});

/** Waits for more texts, so that there is time to crash between the acknowledgement and the run. */
function waitingAgent(name: string): WorkflowDefinition {
	const kept = { threadStore: 'embedded', threadStoreFile: join(folder, `${name}.sqlite`) };
	const options = { quietSeconds: WINDOW_SECONDS, maxWaitSeconds: WINDOW_SECONDS };
	const trigger: INode = triggerIn(fixture, { ...kept, options });
	const reply: INode = agentReplyIn(fixture, kept);
	return {
		name,
		nodes: [trigger, reply],
		connections: inARow(trigger.name, reply.name),
		settings: { executionOrder: 'v1' },
	};
}

const text = async (from: string, body: string) => {
	const { deliveries } = await fixture.twilio.textFromContact({
		from,
		to: fixture.number.phoneNumber,
		body,
	});
	expect(deliveries.map(({ status }) => status)).toEqual([200]);
};

const answersTo = (contact: string) => fixture.twilio.messages({ to: contact });

/** The text is acknowledged and no run has begun when n8n dies. */
async function textAndCrash(body: string): Promise<void> {
	fixture.twilio.clear();
	await text(MARIA, body);
	await n8n.kill();
	await n8n.restart();
	expect(answersTo(MARIA)).toEqual([]);
}

describe('a text whose n8n died', () => {
	it('before its run began is answered when n8n is back, once, though nobody texts', async () => {
		const { id } = await fixture.startWorkflow(waitingAgent('not begun'));
		await textAndCrash('My name is Maria');
		await fixture.twilio.waitForMessage(({ to }) => to === MARIA, 60_000);

		const [waiting] = fixture.twilio.messages({ from: MARIA });
		await fixture.twilio.redeliver(waiting?.sid ?? '', 3, { parallel: true });
		await text(MARIA, 'What is my name?');
		await fixture.twilio.waitForMessage(({ body }) => body === 'Your name is Maria.', 90_000);
		expect(answersTo(MARIA)).toHaveLength(2);
		await fixture.client.deactivate(id);
	});

	it('while its reply was written is answered when n8n is back, once, though nobody texts', async () => {
		const { id } = await fixture.startWorkflow(waitingAgent('begun'));
		fixture.twilio.clear();
		fixture.model.faults.next({ kind: 'delay', ms: 60_000 });
		const asked = fixture.model.requests.length;
		await text(MARIA, 'Are you open?');
		await eventually(() => fixture.model.requests.length > asked, 90_000);
		await n8n.kill();
		await n8n.restart();
		await fixture.twilio.waitForMessage(({ to }) => to === MARIA, 100_000);
		await fixture.client.deactivate(id);
		expect(answersTo(MARIA)).toHaveLength(1);
	}, 180_000);
});

async function eventually(happened: () => boolean, withinMs: number): Promise<void> {
	const end = Date.now() + withinMs;
	while (!happened() && Date.now() < end) await pause(100);
	expect(happened()).toBe(true);
}
