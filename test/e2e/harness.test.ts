import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { httpExchange } from '../../harness/http-exchange';
import { itemsOf, type WorkflowDefinition } from '../../harness/n8n-client';
import { noOp } from './support/trigger-workflow';
import { webhookNode } from './support/webhook-node';
import { inARow } from '../../harness/workflow-nodes';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

/** Nodes of n8n itself: what fails here is the test bench, not the package. */
const pingWorkflow = (path: string): WorkflowDefinition => ({
	name: `Harness ${path}`,
	nodes: [webhookNode('Hook', path, { httpMethod: 'POST' }), noOp('Done')],
	connections: inARow('Hook', 'Done'),
});

describe('a real n8n with the packed package', () => {
	let fixture: E2eFixture;

	beforeAll(async () => {
		fixture = await openE2eFixture();
	});

	afterAll(async () => {
		await fixture.close();
	});

	it('has loaded every node of the package', async () => {
		const types = await fixture.client.rest<Array<{ name: string }>>(
			'POST',
			'/rest/node-types',
			{
				nodeInfos: ['incomingSmsTrigger', 'sendSms', 'agentReply'].map((name) => ({
					name: `n8n-nodes-sms-agent.${name}`,
					version: 2,
				})),
			},
		);
		expect(types.map(({ name }) => name).sort()).toEqual([
			'agentReply',
			'incomingSmsTrigger',
			'sendSms',
		]);
	});

	const fire = (path: string) =>
		httpExchange(`${fixture.n8n.url}/${path}`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ ping: 1 }),
		});

	it('runs a workflow that is activated, fired and read back', async () => {
		const workflow = await fixture.startWorkflow(pingWorkflow('harness-live'));
		await fire('webhook/harness-live');

		const [execution] = await fixture.client.endedExecutions(workflow.id, 1);
		expect(execution?.status).toBe('success');
		expect(execution && itemsOf(execution, 'Done')[0]?.json['body']).toEqual({ ping: 1 });
	});

	it('listens for a test event', async () => {
		const workflow = await fixture.addWorkflow(pingWorkflow('harness-listen'));
		await fixture.client.listenForTest(workflow.id, 'Hook', 'Done');
		expect(await fire('webhook-test/harness-listen')).toMatchObject({ status: 200 });
		expect(await fixture.client.endedExecutions(workflow.id, 1)).toMatchObject([
			{ mode: 'manual', status: 'success' },
		]);
	});

	it('stops listening when told to', async () => {
		const workflow = await fixture.addWorkflow(pingWorkflow('harness-stop'));
		await fixture.client.listenForTest(workflow.id, 'Hook');
		await fixture.client.stopListening(workflow.id);
		await pause(1_000); // n8n answers first and then does it
		expect(await fire('webhook-test/harness-stop')).toMatchObject({ status: 404 });
	});
});
