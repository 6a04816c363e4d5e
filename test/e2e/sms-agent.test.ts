import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { httpExchange } from '../../harness/http-exchange';
import { itemsOf } from '../../harness/n8n-client';
import { keeping, keptInServer, twoWayAgent, type Kept } from '../../harness/two-way-agent';
import { inARow, nodeIn } from '../../harness/workflow-nodes';
import { sharedRedis } from '../../harness/servers/shared-redis';
import { removeKeys } from '../support/redis-keys';
import { contactFixture, type ContactFixture } from './support/contact-fixture';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';
import { webhookNode } from './support/webhook-node';

const REDIS = { host: '127.0.0.1', port: 6379, prefix: `sms-agent-node-${process.pid}` };

let fixture: E2eFixture;
let kept: Kept;
let agentId: string;
let maria: ContactFixture;
let threadId: string;

beforeAll(async () => {
	fixture = await openE2eFixture({ withService: true });
	kept = await keptInServer(fixture, 'redis', REDIS);
	({ id: agentId } = await fixture.startWorkflow(twoWayAgent(fixture, { kept })));
	maria = contactFixture(fixture, '+14155550123');
	threadId = `${fixture.account.accountSid}:front-desk:${maria.number}`;
	await maria.ask('Hi, my name is Maria');
});
afterAll(async () => {
	await fixture?.close();
	await removeKeys(await sharedRedis(REDIS.prefix));
});

/** Runs one operation in a workflow of its own, as another program would have it run. */
async function run(parameters: INodeParameters): Promise<IDataObject[]> {
	const path = `desk-${randomUUID()}`;
	const webhook = webhookNode('Webhook', path, {
		responseMode: 'lastNode',
		responseData: 'allEntries',
	});
	const node = nodeIn(fixture, { type: 'smsAgent', name: 'SMS Agent', parameters });
	const { id } = await fixture.startWorkflow({
		name: 'Desk',
		nodes: [webhook, keeping(node, kept)],
		connections: inARow('Webhook', 'SMS Agent'),
	});
	try {
		const { status, body } = await httpExchange(`${fixture.n8n.url}/webhook/${path}`);
		if (status !== 200) throw new Error(body);
		return JSON.parse(body) as IDataObject[];
	} finally {
		await fixture.client.deactivate(id);
	}
}

const byId = (value: string) => ({ __rl: true, mode: 'id', value });
const thread = async (operation: string, more: INodeParameters = {}) =>
	await run({ resource: 'thread', operation, thread: byId(threadId), ...more });
const contact = async (operation: string, more: INodeParameters = {}) =>
	await run({ resource: 'contact', operation, contact: byId(maria.number), ...more });

describe('the SMS Agent', () => {
	it('reads and lists conversations', async () => {
		const [read] = await thread('get');
		expect(read).toMatchObject({ threadId, contact: maria.number, mode: 'agent' });
		expect(JSON.stringify(read)).toContain('Hi, my name is Maria');
		expect(await thread('getAll', { returnAll: true })).toMatchObject([{ threadId }]);
	});

	it('gives a conversation to a person and back, and the agent heeds it', async () => {
		expect(await thread('takeOver', { by: 'Ana' })).toMatchObject([{ mode: 'person' }]);
		const before = maria.received().length;
		await maria.text('Are you there?');
		const [taken] = await fixture.client.endedExecutions(agentId, 2);
		expect(taken && itemsOf(taken, 'Agent Reply', 1)[0]?.json).toMatchObject({
			reasonCode: 'takenOver',
			reason: expect.stringContaining('Ana'),
		});
		expect(maria.received()).toHaveLength(before);

		expect(await thread('release')).toMatchObject([{ released: true }]);
		expect(await maria.ask('What is my name?')).toBe('Your name is Maria.');
	});

	it('keeps notes and facts, of which the agent hears the facts', async () => {
		await thread('addNote', { note: 'Owes us a call', by: 'Ana' });
		await thread('setFacts', { facts: { fact: [{ name: 'booking', value: 'Friday 9:00' }] } });
		await contact('set', { details: { name: 'Maria Lopez' } });
		expect(JSON.stringify(await thread('get'))).toContain('Owes us a call');
		await maria.ask('When do I come?');
		const asked = JSON.stringify(fixture.model.requests.at(-1));
		expect(asked).toContain('Friday 9:00');
		expect(asked).toContain('Maria Lopez');
		expect(asked).not.toContain('Owes us a call');
	});

	it('exports a conversation and all consents as files', async () => {
		const [file] = await thread('export');
		expect(file?.['fileName']).toMatch(/\.csv$/);
		const [consents] = await contact('exportConsents', { format: 'json' });
		expect(consents?.['fileName']).toBe('consents.json');
	});

	it('tells of a text what became of it', async () => {
		const messageSid = maria.received().at(-1)?.sid ?? '';
		const [message] = await run({ resource: 'message', operation: 'get', messageSid });
		expect(message).toMatchObject({ messageSid, threadId, author: 'agent' });
		const listed = await run({ resource: 'message', operation: 'getAll', limit: 2 });
		expect(listed).toHaveLength(2);
	});

	it('stops all agents of a brand at once, and lets them go on', async () => {
		const agent = async (operation: string) => await run({ resource: 'agent', operation });
		expect(await agent('getAll')).toMatchObject([{ agent: { name: 'Front Desk' } }]);
		await agent('pauseAll');
		const before = maria.received().length;
		await maria.text('Hello?');
		const [paused] = await fixture.client.endedExecutions(agentId, 5);
		expect(paused && itemsOf(paused, 'Agent Reply', 1)[0]?.json).toMatchObject({
			reasonCode: 'takenOver',
			reason: expect.stringContaining('paused'),
		});
		expect(maria.received()).toHaveLength(before);
		expect(await agent('resumeAll')).toMatchObject([{ wasPaused: true }]);
		await maria.ask('What is my name?');
	});

	it('opts a contact out and in with evidence, and erases all but the opt-out', async () => {
		await contact('optOut', { evidence: 'Asked on the phone' });
		const before = maria.received().length;
		await maria.text('Hi');
		await fixture.client.endedExecutions(agentId, 7);
		expect(maria.received()).toHaveLength(before);
		await expect(contact('optIn')).rejects.toThrow();
		await contact('optIn', { evidence: 'Web form, May 3' });
		await maria.ask('Hi again');

		await contact('optOut', { evidence: 'Asked on the phone' });
		const [erased] = await contact('delete');
		expect(erased).toMatchObject({ deleted: true, keptOptOut: true });
		await expect(thread('get')).rejects.toThrow();
		const [left] = await contact('get');
		expect(left).toMatchObject({ erased: true, consent: { status: 'optedOut', by: '' } });
	});
});
