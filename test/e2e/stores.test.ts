import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INode } from 'n8n-workflow';
import { itemsOf } from '../../harness/n8n-client';
import { openerWorkflow } from './support/opener-workflow';
import { keptInServer, twoWayAgent, type Kept } from '../../harness/two-way-agent';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

const CONTACT = '+14155550199';
const REDIS = { host: '127.0.0.1', port: 6379, prefix: `e2e-${process.pid}` };
const POSTGRES = {
	host: '127.0.0.1',
	port: 5432,
	database: 'postgres',
	user: 'postgres',
	schema: `e2e_${process.pid}`,
};

let fixture: E2eFixture;
let folder: string;

beforeAll(async () => {
	fixture = await openE2eFixture({ withService: true });
	folder = mkdtempSync(join(tmpdir(), 'sms-agent-store-'));
});
afterAll(async () => {
	await fixture.close();
	rmSync(folder, { recursive: true, force: true });
	execFileSync('psql', [
		...['-h', POSTGRES.host, '-U', POSTGRES.user, '-d', POSTGRES.database, '-q'],
		...['-c', `DROP SCHEMA IF EXISTS ${POSTGRES.schema} CASCADE`],
	]);
});

function inFile(name: string): Kept {
	return { parameters: { threadStore: 'embedded', threadStoreFile: join(folder, name) } };
}

async function answerTo(body: string): Promise<string> {
	const before = fixture.twilio.messages({ to: CONTACT }).length;
	await fixture.twilio.textFromContact({ from: CONTACT, to: fixture.number.phoneNumber, body });
	await fixture.twilio.waitForMessage(
		({ to }) => to === CONTACT && fixture.twilio.messages({ to: CONTACT }).length > before,
		90_000,
	);
	return fixture.twilio.messages({ to: CONTACT }).at(-1)?.body ?? '';
}

describe('a conversation in a real n8n, kept', () => {
	it.each([
		['in a file on the server', 'embedded'],
		['in Redis', 'redis'],
		['in Postgres', 'postgres'],
	] as const)(
		'%s, remembers, and answers a text once that arrives five times',
		async (_, kind) => {
			const where = {
				embedded: async () => inFile('threads.sqlite'),
				redis: async () => await keptInServer(fixture, 'redis', REDIS),
				postgres: async () => await keptInServer(fixture, 'postgres', POSTGRES),
			}[kind];
			fixture.twilio.clear();
			const kept = await where();
			const { id } = await fixture.startWorkflow(twoWayAgent(fixture, { kept }));

			await answerTo('Hi, my name is Maria');
			expect(await answerTo('What is my name?')).toBe('Your name is Maria.');

			const texts = fixture.twilio.messages({ direction: 'inbound' });
			await fixture.twilio.redeliver(texts[0]?.sid ?? '', 5, { parallel: true });
			expect(await answerTo('How many texts have I sent?')).toContain('3');
			expect(fixture.twilio.messages({ to: CONTACT })).toHaveLength(3);
			expect(await fixture.client.endedExecutions(id, 3)).toHaveLength(3);
			await fixture.client.deactivate(id);
		},
	);

	it('in a file: an opener of another workflow is in the same thread', async () => {
		fixture.twilio.clear();
		const kept = inFile('shared.sqlite');
		const { id } = await fixture.startWorkflow(twoWayAgent(fixture, { kept }));
		await fixture.startWorkflow(
			openerWorkflow(fixture, {
				path: `lead-${process.pid}`,
				to: CONTACT,
				body: 'Hello Maria, my name is Ava. Is Tuesday good?',
				kept,
			}),
		);
		await fetch(`${fixture.n8n.url}/webhook/lead-${process.pid}`);
		await fixture.twilio.waitForMessage(({ to }) => to === CONTACT, 90_000);

		await answerTo('Yes');
		const { messages } = fixture.model.requests.at(-1) ?? { messages: [] };
		expect(messages.map(({ text }) => text).join('\n')).toContain('Is Tuesday good?');
		await fixture.client.deactivate(id);
	});
});

describe('an outage of the store', () => {
	it('is told to Twilio, never read as an empty thread, and starts nothing', async () => {
		fixture.twilio.clear();
		const kept = await keptInServer(fixture, 'redis', { ...REDIS, port: 1 });
		const { id } = await fixture.startWorkflow(twoWayAgent(fixture, { kept }));
		const { deliveries } = await fixture.twilio.textFromContact({
			from: CONTACT,
			to: fixture.number.phoneNumber,
			body: 'Anybody there?',
		});
		expect(deliveries.map(({ status }) => status)).toContain(503);
		expect(await fixture.client.executions(id)).toEqual([]);
		await fixture.client.deactivate(id);
	});
});

describe('the Test button of a store credential', () => {
	it.each([
		['threadStoreRedisApi', REDIS, 'OK', /can be kept there/],
		['threadStoreRedisApi', { ...REDIS, port: 1 }, 'Error', /Nothing answers at 127/],
		['threadStorePostgresApi', POSTGRES, 'OK', /can be kept there/],
		['threadStorePostgresApi', { ...POSTGRES, database: 'nowhere' }, 'Error', /nowhere/],
	])('of %s %j says %s', async (type, data, status, message) => {
		const verdict = await fixture.client.testCredential({ name: 'x', type, data: { ...data } });
		expect(verdict).toMatchObject({ status, message: expect.stringMatching(message) });
	});
});

it('refuses to look in another place than the trigger', async () => {
	const workflow = twoWayAgent(fixture);
	const [trigger, reply] = workflow.nodes;
	const parameters = { ...reply?.parameters, threadStore: 'staticData' };
	const elsewhere = { ...reply, parameters };
	const { id } = await fixture.startWorkflow({
		...workflow,
		nodes: [trigger, elsewhere] as INode[],
	});
	await fixture.twilio.textFromContact({
		from: CONTACT,
		to: fixture.number.phoneNumber,
		body: 'Hi',
	});
	const [execution] = await fixture.client.endedExecutions(id, 1);
	expect(execution?.status).toBe('error');
	expect(JSON.stringify(execution?.data)).toContain('would not find them');
	expect(execution && itemsOf(execution, 'Agent Reply', 0)).toEqual([]);
});
