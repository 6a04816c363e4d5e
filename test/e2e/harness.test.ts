import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openEditor } from './support/browser';
import { httpExchange } from './support/http-exchange';
import { itemsOf, type WorkflowDefinition } from './support/n8n-client';
import { noOp } from './support/trigger-workflow';
import { webhookNode } from './support/webhook-node';
import { inARow, openWorld, type World } from './support/world';

/** Nodes of n8n itself: what fails here is the test bench, not the package. */
const pingWorkflow = (path: string): WorkflowDefinition => ({
	name: `Harness ${path}`,
	nodes: [webhookNode('Hook', path, { httpMethod: 'POST' }), noOp('Done')],
	connections: inARow('Hook', 'Done'),
});

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

	const fire = (path: string) =>
		httpExchange(`${world.n8n.url}/${path}`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ ping: 1 }),
		});

	it('runs a workflow that is activated, fired and read back', async () => {
		const workflow = await world.startWorkflow(pingWorkflow('harness-live'));
		await fire('webhook/harness-live');

		const [execution] = await world.client.endedExecutions(workflow.id, 1);
		expect(execution?.status).toBe('success');
		expect(execution && itemsOf(execution, 'Done')[0]?.json['body']).toEqual({ ping: 1 });
	});

	it('listens for a test event', async () => {
		const workflow = await world.addWorkflow(pingWorkflow('harness-listen'));
		await world.client.listenForTest(workflow.id, 'Hook', 'Done');
		expect(await fire('webhook-test/harness-listen')).toMatchObject({ status: 200 });
		expect(await world.client.endedExecutions(workflow.id, 1)).toMatchObject([
			{ mode: 'manual', status: 'success' },
		]);
	});

	it('stops listening when told to', async () => {
		const workflow = await world.addWorkflow(pingWorkflow('harness-stop'));
		await world.client.listenForTest(workflow.id, 'Hook');
		await world.client.stopListening(workflow.id);
		await pause(1_000); // n8n answers first and then does it
		expect(await fire('webhook-test/harness-stop')).toMatchObject({ status: 404 });
	});

	it('shows a workflow in its editor', async () => {
		const workflow = await world.addWorkflow(pingWorkflow('harness-shown'));
		const editor = await openEditor(world.client, `/workflow/${workflow.id}`);
		try {
			await editor.page.getByText('Hook', { exact: true }).first().waitFor();
			await editor.page.getByText('Done', { exact: true }).first().waitFor();
			expect(existsSync(await editor.screenshot('harness'))).toBe(true);
		} finally {
			await editor.close();
		}
	});
});
