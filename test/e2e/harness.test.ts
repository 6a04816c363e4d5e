import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openEditor } from './support/browser';
import { itemsOf } from './support/n8n-client';
import { inARow, openWorld, type World } from './support/world';

/** Nodes of n8n itself: what fails here is the test bench, not the package. */
const PING_NODES = [
	{
		id: 'hook',
		name: 'Hook',
		type: 'n8n-nodes-base.webhook',
		typeVersion: 2,
		position: [0, 0] as [number, number],
		webhookId: 'harness-ping',
		parameters: { httpMethod: 'POST', path: 'harness-ping' },
	},
	{
		id: 'done',
		name: 'Done',
		type: 'n8n-nodes-base.noOp',
		typeVersion: 1,
		position: [200, 0] as [number, number],
		parameters: {},
	},
];

describe('a real n8n with the packed package', () => {
	let world: World;

	beforeAll(async () => {
		world = await openWorld();
	});

	afterAll(async () => {
		await world.close();
	});

	it('has loaded every node of the package', async () => {
		const types = await world.client.rest<Array<{ name: string }>>('POST', '/rest/node-types', {
			nodeInfos: ['incomingSmsTrigger', 'sendSms', 'agentReply'].map((name) => ({
				name: `n8n-nodes-sms-agent.${name}`,
				version: 2,
			})),
		});
		expect(types.map(({ name }) => name).sort()).toEqual([
			'agentReply',
			'incomingSmsTrigger',
			'sendSms',
		]);
	});

	it('runs a workflow that is activated, fired and read back', async () => {
		const workflow = await world.startWorkflow({
			name: 'Harness',
			nodes: PING_NODES,
			connections: inARow('Hook', 'Done'),
		});
		await fetch(`${world.n8n.url}/webhook/harness-ping`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ ping: 1 }),
		});

		const [execution] = await world.client.endedExecutions(workflow.id, 1);
		expect(execution?.status).toBe('success');
		expect(execution && itemsOf(execution, 'Done')[0]?.json['body']).toEqual({ ping: 1 });
	});

	it('listens for a test event and can be told to stop', async () => {
		const workflow = await world.addWorkflow({
			name: 'Harness test run',
			nodes: PING_NODES,
			connections: inARow('Hook', 'Done'),
		});
		const fire = () =>
			fetch(`${world.n8n.url}/webhook-test/harness-ping`, { method: 'POST' }).then(
				({ status }) => status,
			);
		await world.client.listenForTest(workflow.id, 'Hook', 'Done');
		expect(await fire()).toBe(200);

		await world.client.listenForTest(workflow.id, 'Hook');
		await world.client.stopListening(workflow.id);
		expect(await fire()).toBe(404);
	});

	it('shows its editor in a browser', async () => {
		const editor = await openEditor(world.client, '/home/workflows');
		const body = editor.page.locator('body');
		await body
			.getByText(/workflow/i)
			.first()
			.waitFor();
		expect(existsSync(await editor.screenshot('harness'))).toBe(true);
		expect(editor.page.url()).not.toContain('signin');
		await editor.close();
	});
});
