import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { itemsOf } from '../../harness/n8n-client';
import { startN8n, type N8nHost } from '../../harness/n8n-host';
import { poll } from '../../harness/poll';
import {
	AFTER,
	TRIGGER,
	triggerWorkflow,
	testUrlOf,
	webhookUrlOf,
} from './support/trigger-workflow';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

const PUBLIC = 'https://sms.example.com';

describe('an n8n behind a proxy, known by its public address', () => {
	let n8n: N8nHost;
	let fixture: E2eFixture;

	beforeAll(async () => {
		n8n = await startN8n({
			env: { WEBHOOK_URL: `${PUBLIC}/`, N8N_EDITOR_BASE_URL: `${PUBLIC}/` },
		});
		fixture = await openE2eFixture({ n8n, twilio: { hosts: { [PUBLIC]: n8n.url } } });
	});

	afterAll(async () => {
		await fixture.close();
		await n8n.stop();
	});

	const text = async (body: string) =>
		await fixture.twilio.textFromContact({
			from: '+14155550123',
			to: fixture.number.phoneNumber,
			body,
		});

	it('takes texts that are signed for that address, and no others', async () => {
		const workflow = await fixture.startWorkflow(triggerWorkflow(fixture));
		const url = await webhookUrlOf(fixture, workflow, `${PUBLIC}/webhook`);
		expect(fixture.number.smsUrl).toBe(url);
		const { deliveries } = await text('through the proxy');
		expect(deliveries.map(({ status }) => status)).toEqual([200]);
		expect(await fixture.client.endedExecutions(workflow.id, 1)).toHaveLength(1);

		const [delivery] = deliveries;
		const inside = await fixture.twilio.deliver({
			url: url.replace(PUBLIC, n8n.url),
			params: { ...delivery?.params, MessageSid: `SM${'3'.repeat(32)}` },
			token: fixture.account.authToken,
		});
		expect(inside.status).toBe(403);
		expect(n8n.logs()).toMatch(
			/Refused a request: its Twilio signature does not match.*WEBHOOK_URL/,
		);
		expect(n8n.logs()).not.toContain(fixture.account.authToken);
		expect(n8n.logs()).not.toContain('through the proxy');
		await fixture.client.deactivate(workflow.id);
	});

	it('that dies while a test listens loses no text, and puts the address right', async () => {
		const workflow = await fixture.startWorkflow(triggerWorkflow(fixture));
		const url = fixture.number.smsUrl;
		await fixture.client.listenForTest(workflow.id, TRIGGER);
		expect(fixture.number).toMatchObject({
			smsUrl: testUrlOf(url),
			smsFallbackUrl: url,
		});
		await n8n.kill();
		await n8n.restart();
		expect(fixture.number.smsUrl).not.toBe(url);

		const { deliveries } = await text('is anybody there?');
		expect(deliveries.map(({ status, fallback }) => [status, fallback])).toEqual([
			[404, false],
			[200, true],
		]);
		const [execution] = await fixture.client.endedExecutions(workflow.id, 1);
		expect(execution && itemsOf(execution, AFTER)[0]?.json['body']).toBe('is anybody there?');
		await poll('the address to be put right', () =>
			fixture.number.smsUrl === url && fixture.number.smsFallbackUrl === ''
				? true
				: undefined,
		);
		const next = await text('and now?');
		expect(next.deliveries.map(({ status, fallback }) => [status, fallback])).toEqual([
			[200, false],
		]);
	});
});
