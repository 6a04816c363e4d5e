import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INodeTypeDescription } from 'n8n-workflow';
import { openEditor, untilSeen } from '../e2e/support/editor';
import { httpExchange } from '../../harness/http-exchange';
import type { WorkflowDefinition } from '../../harness/n8n-client';
import { isOlderN8n, n8nVersion } from '../../harness/n8n-under-test';
import { inARow } from '../../harness/workflow-nodes';
import { openE2eFixture, type E2eFixture } from '../e2e/support/e2e-fixture';
import { webhookNode } from '../e2e/support/webhook-node';

const NODES = [
	...['incomingSmsTrigger', 'missedCallTrigger', 'agentReply', 'sendSms', 'smsAgent'],
	'smsThreadMemory',
];
/** What n8n makes of Send SMS, for an AI Agent. */
const TOOL = 'sendSmsTool';

let fixture: E2eFixture;

beforeAll(async () => {
	fixture = await openE2eFixture({ withService: true });
});
afterAll(async () => {
	await fixture?.close();
});

/** What the editor is told of this package's nodes. */
async function described(): Promise<INodeTypeDescription[]> {
	const { name, value } = await fixture.client.authCookie();
	const { body } = await httpExchange(`${fixture.n8n.url}/types/nodes.json`, {
		headers: { cookie: `${name}=${value}`, 'browser-id': fixture.client.browserId },
	});
	const all = JSON.parse(body) as INodeTypeDescription[];
	return all.filter((node) => node.name.startsWith('n8n-nodes-sms-agent.'));
}

/** What the run says that a request to n8n's webhook at the path starts. */
async function refusedInRun(definition: WorkflowDefinition, path: string) {
	const { id } = await fixture.startWorkflow(definition);
	await fetch(`${fixture.n8n.url}/webhook/${path}`);
	const [execution] = await fixture.client.endedExecutions(id, 1);
	return execution?.data.resultData.error?.message;
}

describe(`n8n ${n8nVersion()}`, () => {
	it('has loaded all nodes, and Send SMS as a tool', async () => {
		const names = (await described()).map(({ name }) => name.replace(/^.*\./, ''));
		expect([...new Set(names)].sort()).toEqual([...NODES, TOOL].sort());
	});

	it("lists no node among n8n's AI nodes that its panel then leaves out of a search", async () => {
		const nodes = (await described()).filter(({ name }) => !name.endsWith('Tool'));
		const left = nodes.filter(
			({ codex }) =>
				codex?.categories?.includes('AI') &&
				!codex.subcategories?.['AI']?.includes('Root Nodes'),
		);
		expect(left.map(({ name }) => name)).toEqual([]);
	});

	it('finds all four nodes by typing "sms" in the panel', async () => {
		const editor = await openEditor(fixture.client, '/workflow/new');
		try {
			const { page } = editor;
			const add = page.locator('[data-test-id="canvas-add-button"]');
			const search = page.locator('[data-test-id="node-creator-search-bar"]');
			await untilSeen(search, async (within) => await add.click(within));
			await search.fill('sms');
			const names = page.locator('[data-test-id="node-creator-item-name"]');
			await names.getByText('Send SMS', { exact: true }).first().waitFor();
			expect(await names.allInnerTexts()).toEqual(
				expect.arrayContaining([
					'Incoming SMS Trigger',
					'Agent Reply',
					'Send SMS',
					'Missed Call Trigger',
				]),
			);
		} finally {
			await editor.close();
		}
	});

	it('tests the credential of the model', async () => {
		const { apiUrl } = fixture.model;
		const tested = async (apiKey: string) =>
			await fixture.client.testCredential({
				name: 'tested',
				type: 'openAiCompatibleApi',
				data: { apiKey, baseUrl: apiUrl },
			});
		expect(await tested('emulated-key')).toMatchObject({ status: 'OK' });
		expect(await tested('wrong')).toMatchObject({
			status: 'Error',
			// An older n8n has words of its own.
			message: expect.stringMatching(
				/The provider refused this API key|Authorization failed/,
			),
		});
	});

	it.each(['twilioMessagingApi', 'openAiCompatibleApi'] as const)(
		"keeps %s from n8n's HTTP Request node, which could send it anywhere",
		async (type) => {
			const path = `curious-${type}-${process.pid}-${Date.now()}`;
			const request = {
				id: 'ask',
				name: 'Ask',
				type: 'n8n-nodes-base.httpRequest',
				typeVersion: 4.2,
				position: [200, 0] as [number, number],
				parameters: {
					url: `${fixture.twilio.baseUrl}/anywhere`,
					authentication: 'predefinedCredentialType',
					nodeCredentialType: type,
				},
				credentials: { [type]: fixture.credentials[type] },
			};
			const definition = {
				name: 'Curious',
				nodes: [webhookNode('Hook', path), request],
				connections: inARow('Hook', 'Ask'),
			};
			const refusal = isOlderN8n()
				? await refusedInRun(definition, path)
				: await fixture.addWorkflow(definition).then(() => 'taken', String);
			expect(refusal).toMatch(
				/cannot use credential type|configured to prevent use within an HTTP Request/,
			);
			expect(fixture.twilio.requests.map(({ path: asked }) => asked)).not.toContain(
				'/anywhere',
			);
		},
	);

	it('tests the credential of Twilio', async () => {
		const { accountSid, authToken } = fixture.account;
		const data = { accountSid, authToken, apiBaseUrl: fixture.twilio.baseUrl };
		const tested = async (fields: Partial<typeof data>) =>
			await fixture.client.testCredential({
				name: 'tested',
				type: 'twilioMessagingApi',
				data: { ...data, ...fields },
			});
		expect(await tested({})).toMatchObject({ status: 'OK' });
		expect(await tested({ authToken: 'f'.repeat(32) })).toMatchObject({
			status: 'Error',
			message: expect.stringMatching(/^We couldn't verify those credentials\./),
		});
		expect(await tested({ accountSid: 'AC123' })).toMatchObject({
			status: 'Error',
			message: expect.stringMatching(/^Account SID: /),
		});
	});
});
