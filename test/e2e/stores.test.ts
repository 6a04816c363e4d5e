import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INode } from 'n8n-workflow';
import { itemsOf } from './support/n8n-client';
import { openerWorkflow } from './support/opener-workflow';
import { keptInServer, twoWayAgent, type Kept } from './support/two-way-agent';
import { openWorld, type World } from './support/world';

const CONTACT = '+14155550199';
const REDIS = { host: '127.0.0.1', port: 6379, prefix: `e2e-${process.pid}` };
const POSTGRES = {
	host: '127.0.0.1',
	port: 5432,
	database: 'postgres',
	user: 'postgres',
	schema: `e2e_${process.pid}`,
};

let world: World;
let folder: string;

beforeAll(async () => {
	world = await openWorld({ withService: true });
	folder = mkdtempSync(join(tmpdir(), 'sms-agent-store-'));
});
afterAll(async () => {
	await world.close();
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
	const before = world.twilio.messages({ to: CONTACT }).length;
	await world.twilio.textFromContact({ from: CONTACT, to: world.number.phoneNumber, body });
	await world.twilio.waitForMessage(
		({ to }) => to === CONTACT && world.twilio.messages({ to: CONTACT }).length > before,
		20_000,
	);
	return world.twilio.messages({ to: CONTACT }).at(-1)?.body ?? '';
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
				redis: async () => await keptInServer(world, 'redis', REDIS),
				postgres: async () => await keptInServer(world, 'postgres', POSTGRES),
			}[kind];
			world.twilio.clear();
			const kept = await where();
			const { id } = await world.startWorkflow(twoWayAgent(world, { kept }));

			await answerTo('Hi, my name is Maria');
			expect(await answerTo('What is my name?')).toBe('Your name is Maria.');

			const texts = world.twilio.messages({ direction: 'inbound' });
			await world.twilio.redeliver(texts[0]?.sid ?? '', 5, { parallel: true });
			expect(await answerTo('How many texts have I sent?')).toContain('3');
			expect(world.twilio.messages({ to: CONTACT })).toHaveLength(3);
			expect(await world.client.endedExecutions(id, 3)).toHaveLength(3);
			await world.client.deactivate(id);
		},
	);

	it('in a file: an opener of another workflow is in the same thread', async () => {
		world.twilio.clear();
		const kept = inFile('shared.sqlite');
		const { id } = await world.startWorkflow(twoWayAgent(world, { kept }));
		await world.startWorkflow(
			openerWorkflow(world, {
				path: `lead-${process.pid}`,
				to: CONTACT,
				body: 'Hello Maria, my name is Ava. Is Tuesday good?',
				kept,
			}),
		);
		await fetch(`${world.n8n.url}/webhook/lead-${process.pid}`);
		await world.twilio.waitForMessage(({ to }) => to === CONTACT, 20_000);

		await answerTo('Yes');
		const { messages } = world.model.requests.at(-1) ?? { messages: [] };
		expect(messages.map(({ text }) => text).join('\n')).toContain('Is Tuesday good?');
		await world.client.deactivate(id);
	});
});

describe('an outage of the store', () => {
	it('is told to Twilio, never read as an empty thread, and starts nothing', async () => {
		world.twilio.clear();
		const kept = await keptInServer(world, 'redis', { ...REDIS, port: 1 });
		const { id } = await world.startWorkflow(twoWayAgent(world, { kept }));
		const { deliveries } = await world.twilio.textFromContact({
			from: CONTACT,
			to: world.number.phoneNumber,
			body: 'Anybody there?',
		});
		expect(deliveries.map(({ status }) => status)).toContain(503);
		expect(await world.client.executions(id)).toEqual([]);
		await world.client.deactivate(id);
	});
});

describe('the Test button of a store credential', () => {
	it.each([
		['threadStoreRedisApi', REDIS, 'OK', /can be kept there/],
		['threadStoreRedisApi', { ...REDIS, port: 1 }, 'Error', /Nothing answers at 127/],
		['threadStorePostgresApi', POSTGRES, 'OK', /can be kept there/],
		['threadStorePostgresApi', { ...POSTGRES, database: 'nowhere' }, 'Error', /nowhere/],
	])('of %s %j says %s', async (type, data, status, message) => {
		const verdict = await world.client.testCredential({ name: 'x', type, data: { ...data } });
		expect(verdict).toMatchObject({ status, message: expect.stringMatching(message) });
	});
});

it('refuses to look in another place than the trigger', async () => {
	const workflow = twoWayAgent(world);
	const [trigger, reply] = workflow.nodes;
	const elsewhere = { ...reply, parameters: { ...reply?.parameters, threadStore: 'embedded' } };
	const { id } = await world.startWorkflow({
		...workflow,
		nodes: [trigger, elsewhere] as INode[],
	});
	await world.twilio.textFromContact({
		from: CONTACT,
		to: world.number.phoneNumber,
		body: 'Hi',
	});
	const [execution] = await world.client.endedExecutions(id, 1);
	expect(execution?.status).toBe('error');
	expect(JSON.stringify(execution?.data)).toContain('would not find them');
	expect(execution && itemsOf(execution, 'Agent Reply', 0)).toEqual([]);
});
