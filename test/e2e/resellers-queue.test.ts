import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startQueueN8n, type QueueN8n } from '../../harness/queue-n8n';
import { sharedRedis } from '../../harness/servers/shared-redis';
import { clientFile, runNewClient, workflowPath } from '../support/run-new-client';
import { removeKeys } from '../support/redis-keys';
import { contactFixture } from './support/contact-fixture';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';
import { newClient, removeClients } from './support/resellers';

const PREFIX = `resellers-${process.pid}`;
const OWNERS_PHONE = '+14155550777';

let n8n: QueueN8n;
let fixture: E2eFixture;
let folder: string;

beforeAll(async () => {
	n8n = await startQueueN8n({ workers: 1 });
	fixture = await openE2eFixture({ n8n });
	folder = mkdtempSync(join(tmpdir(), 'sms-agent-clients-'));
});
afterAll(async () => {
	if (fixture) await removeClients(fixture.client);
	await fixture?.close();
	await n8n?.stop();
	rmSync(folder, { recursive: true });
	await removeKeys(await sharedRedis(PREFIX));
});

async function run(...args: string[]) {
	return await runNewClient(args, { url: n8n.url, key: await fixture.client.key() });
}

describe("a reseller's client in queue mode", () => {
	it('says that it needs Redis or Postgres, goes on with it, answers calls and texts, and goes', async () => {
		const without = {
			...newClient(fixture, 'Client Queue', '+14155550211'),
			forwardTo: OWNERS_PHONE,
		};
		const workflow = workflowPath('missed-call-text-back');
		const refused = await run(clientFile(folder, 'queue', without), workflow);
		expect(refused.failed).toBe(true);
		expect(refused.output).toMatch(/queue mode.*Redis or Postgres/s);
		expect(refused.output).toContain('is kept');

		const { hostname: host, port } = new URL(
			process.env['TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379',
		);
		const client = {
			...without,
			keepConversationsIn: 'Redis',
			store: { host, port: Number(port || 6379), prefix: PREFIX },
		};
		const file = clientFile(folder, 'queue', client);
		const { failed, output } = await run(file, workflow);
		expect({ failed, output }).toMatchObject({ failed: false });
		const made = await fixture.client.credentials();
		expect(
			made.map(({ name }) => name).filter((name) => name.startsWith('Client ')),
		).toHaveLength(3);

		const phone = contactFixture(fixture, '+14155550195');
		const call = { from: phone.number, to: client.number };
		expect(await fixture.twilio.callFromContact(call)).toMatchObject({ rang: [OWNERS_PHONE] });
		await phone.waitForText(1);
		await phone.ask('My name is Maria', client.number);
		expect(await phone.ask('What is my name?', client.number)).toContain('Maria');

		const removed = await run(file, '--remove');
		expect(removed.output).toContain('1 client: 1 removed.');
		const left = [
			...(await fixture.client.workflows()),
			...(await fixture.client.credentials()),
		];
		expect(left.filter(({ name }) => name.startsWith('Client '))).toEqual([]);
	});
});
