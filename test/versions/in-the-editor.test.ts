import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INodeTypeDescription } from 'n8n-workflow';
import { openEditor } from '../../harness/editor';
import { n8nVersion } from '../../harness/n8n-under-test';
import { openE2eFixture, type E2eFixture } from '../e2e/support/e2e-fixture';

const NODES = ['incomingSmsTrigger', 'missedCallTrigger', 'agentReply', 'sendSms'];
/** What n8n makes of Send SMS, for an AI Agent. */
const TOOL = 'sendSmsTool';

let fixture: E2eFixture;

beforeAll(async () => {
	fixture = await openE2eFixture({ withService: true });
});
afterAll(async () => {
	await fixture?.close();
});

const described = async (): Promise<INodeTypeDescription[]> =>
	await fixture.client.rest('POST', '/rest/node-types', {
		nodeInfos: [...NODES, TOOL].map((name) => ({
			name: `n8n-nodes-sms-agent.${name}`,
			version: 2,
		})),
	});

describe(`n8n ${n8nVersion()}`, () => {
	it('has loaded all nodes, and Send SMS as a tool', async () => {
		const names = (await described()).map(({ name }) => name.replace(/^.*\./, ''));
		expect(names.sort()).toEqual([...NODES, TOOL].sort());
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
			await page.locator('[data-test-id="canvas-add-button"]').click();
			await page.locator('[data-test-id="node-creator-search-bar"]').fill('sms');
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

	it('tests the credential', async () => {
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
