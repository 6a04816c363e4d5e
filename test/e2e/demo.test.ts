import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { prepareWorkflows } from '../../scripts/demo/prepare-workflows';
import { openServices, type DemoServices } from '../../scripts/demo/services';
import type { DemoSettings } from '../../scripts/demo/settings';
import { httpExchange } from './support/http-exchange';
import { startN8n, type N8nHost } from './support/n8n-host';
import { poll } from './support/poll';
import { OWNER } from './support/template-folder';
import { WORKFLOW_NAMES } from './support/workflow-file';

const ACTIVE = 'Two-way AI agent';

describe('the demo', () => {
	let n8n: N8nHost;
	let services: DemoServices;
	const settings: DemoSettings = {
		owner: OWNER,
		twilio: { accountSid: `AC${'0'.repeat(31)}2`, authToken: 'e'.repeat(32) },
		secrets: {
			shared: 'shared',
			signing: `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
		},
	};

	beforeAll(async () => {
		n8n = await startN8n();
		services = await openServices({}, settings);
	});
	afterAll(async () => {
		await n8n?.stop();
		await services?.close();
	});

	it('offers every workflow, with the two-way agent switched on', async () => {
		const { activeId, others } = await prepareWorkflows(n8n.client, services, settings);
		const workflows = await n8n.client.workflows();
		expect(workflows).toHaveLength(WORKFLOW_NAMES.length);
		expect(others).toBe(WORKFLOW_NAMES.length - 1);
		expect(workflows.filter(({ active }) => active)).toMatchObject([
			{ id: activeId, name: ACTIVE },
		]);
		for (const { nodes } of workflows) {
			const chosen = nodes.flatMap(({ credentials }) => Object.values(credentials ?? {}));
			expect(chosen.filter(({ id }) => !id)).toEqual([]);
		}
	});

	it('answers what the phone page sends', async () => {
		const { origin } = new URL(services.phoneUrl ?? '');
		const from = '+12065550142';
		await httpExchange(`${origin}/_emulator/texts`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ from, to: '+14155550100', body: 'My name is Sam' }),
		});
		const query = new URLSearchParams({ to: from });
		const reply = await poll('the reply', async () => {
			const { body } = await httpExchange(`${origin}/_emulator/messages?${query.toString()}`);
			const [message] = JSON.parse(body) as Array<{ body: string }>;
			return message?.body;
		});
		expect(reply).toContain('Sam');
	});

	it('leaves what the builder has changed alone when it starts again', async () => {
		const { client } = n8n;
		const [brands] = (await client.workflows()).filter(({ name }) => name.startsWith('Many'));
		if (!brands) throw new Error('No such workflow');
		await client.updateWorkflow(brands.id, { ...brands, name: 'My brands' });
		await prepareWorkflows(client, services, settings);
		const names = (await client.workflows()).map(({ name }) => name);
		expect(names).toHaveLength(WORKFLOW_NAMES.length);
		expect(names).toContain('My brands');
	});
});
