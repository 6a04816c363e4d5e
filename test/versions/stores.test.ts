import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startN8n, type N8nHost } from '../../harness/n8n-host';
import { n8nVersion } from '../../harness/n8n-under-test';
import { settingsOfServer } from '../../harness/servers/postgres-server';
import { sharedRedis } from '../../harness/servers/shared-redis';
import { keptInServer, twoWayAgent, type Kept } from '../../harness/two-way-agent';
import { contactFixture } from '../e2e/support/contact-fixture';
import { openE2eFixture, type E2eFixture } from '../e2e/support/e2e-fixture';
import { removeKeys } from '../support/redis-keys';
import { TestSchema } from '../support/test-schema';

const PREFIX = `versions-${process.pid}-${randomBytes(4).toString('hex')}`;
/** A number for each. */
const STORES = ['This Workflow', 'File on the Server', 'Redis', 'Postgres'] as const;

let n8n: N8nHost;
let fixture: E2eFixture;
let folder: string;
let schema: TestSchema;
const workflowIds: string[] = [];

const kept: Record<(typeof STORES)[number], () => Promise<Kept>> = {
	'This Workflow': async () => ({ parameters: {} }),
	'File on the Server': async () => ({
		parameters: { threadStore: 'embedded', threadStoreFile: join(folder, 'threads.sqlite') },
	}),
	Redis: async () => {
		const { host, port } = await sharedRedis(PREFIX);
		return await keptInServer(fixture, 'redis', { host, port, prefix: PREFIX });
	},
	Postgres: async () => await keptInServer(fixture, 'postgres', schema.settings),
};

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'sms-agent-versions-'));
	schema = await TestSchema.on(settingsOfServer());
	n8n = await startN8n();
	fixture = await openE2eFixture({ n8n, numbers: STORES.length });
	for (const [index, name] of STORES.entries()) {
		const trigger = { receiveOn: 'phoneNumbers', phoneNumbers: [numberOf(index).sid] };
		const agent = twoWayAgent(fixture, { trigger, kept: await kept[name]() });
		workflowIds.push((await fixture.startWorkflow({ ...agent, name })).id);
	}
});
afterAll(async () => {
	await fixture?.close();
	await n8n?.stop();
	await schema?.drop();
	await removeKeys(await sharedRedis(PREFIX));
	rmSync(folder, { recursive: true, force: true });
});

function numberOf(index: number) {
	const number = fixture.numbers[index];
	if (!number) throw new Error(`There is no number ${index}`);
	return number;
}

/** The same person texts every number. */
const contact = () => contactFixture(fixture, '+14155550199');

describe(`n8n ${n8nVersion()}`, () => {
	it.each([...STORES.entries()])('keeps a conversation (%d, %s)', async (index, name) => {
		const to = numberOf(index).phoneNumber;
		await contact().ask(`Hi, my name is ${name.split(' ')[0]}`, to);
		expect(await contact().ask('What is my name?', to)).toContain(name.split(' ')[0]);
	});

	it('has all of them after a restart, and knows the texts that it has had', async () => {
		await n8n.restart();
		for (const [index, name] of STORES.entries()) {
			const to = numberOf(index).phoneNumber;
			const [first] = fixture.twilio.messages({ direction: 'inbound', to });
			await fixture.twilio.redeliver(first?.sid ?? '', 3, { parallel: true });
			expect(await contact().ask('What is my name?', to)).toContain(name.split(' ')[0]);
			const id = workflowIds[index] ?? '';
			expect(await fixture.client.endedExecutions(id, 3)).toHaveLength(3);
		}
	});
});
