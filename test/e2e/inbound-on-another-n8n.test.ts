import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { itemsOf } from './support/n8n-client';
import { startN8n, type N8nHost } from './support/n8n-host';
import { poll } from './support/poll';
import { AFTER, TRIGGER, triggerWorkflow, webhookUrlOf } from './support/trigger-workflow';
import { openWorld, type World } from './support/world';

const PUBLIC = 'https://sms.example.com';

describe('an n8n behind a proxy, known by its public address', () => {
	let n8n: N8nHost;
	let world: World;

	beforeAll(async () => {
		n8n = await startN8n({
			env: { WEBHOOK_URL: `${PUBLIC}/`, N8N_EDITOR_BASE_URL: `${PUBLIC}/` },
		});
		world = await openWorld({ n8n, twilio: { hosts: { [PUBLIC]: n8n.url } } });
	});

	afterAll(async () => {
		await world.close();
		await n8n.stop();
	});

	const text = async (body: string) =>
		await world.twilio.textFromContact({
			from: '+14155550123',
			to: world.number.phoneNumber,
			body,
		});

	it('takes texts that are signed for that address, and no others', async () => {
		const workflow = await world.startWorkflow(triggerWorkflow(world));
		const url = await webhookUrlOf(world, workflow, `${PUBLIC}/webhook`);
		expect(world.number.smsUrl).toBe(url);
		const { deliveries } = await text('through the proxy');
		expect(deliveries.map(({ status }) => status)).toEqual([200]);
		expect(await world.client.endedExecutions(workflow.id, 1)).toHaveLength(1);

		const [delivery] = deliveries;
		const inside = await world.twilio.deliver({
			url: url.replace(PUBLIC, n8n.url),
			params: { ...delivery?.params, MessageSid: `SM${'3'.repeat(32)}` },
			token: world.account.authToken,
		});
		expect(inside.status).toBe(403);
		expect(n8n.logs()).toMatch(
			/Refused a request: its Twilio signature does not match.*WEBHOOK_URL/,
		);
		expect(n8n.logs()).not.toContain(world.account.authToken);
		expect(n8n.logs()).not.toContain('through the proxy');
		await world.client.deactivate(workflow.id);
	});

	it('that dies while a test listens loses no text, and puts the address right', async () => {
		const workflow = await world.startWorkflow(triggerWorkflow(world));
		const url = world.number.smsUrl;
		await world.client.listenForTest(workflow.id, TRIGGER);
		expect(world.number).toMatchObject({
			smsUrl: url.replace('/webhook/', '/webhook-test/'),
			smsFallbackUrl: url,
		});
		await n8n.kill();
		await n8n.restart();
		expect(world.number.smsUrl).not.toBe(url);

		const { deliveries } = await text('is anybody there?');
		expect(deliveries.map(({ status, fallback }) => [status, fallback])).toEqual([
			[404, false],
			[200, true],
		]);
		const [execution] = await world.client.endedExecutions(workflow.id, 1);
		expect(execution && itemsOf(execution, AFTER)[0]?.json['body']).toBe('is anybody there?');
		await poll('the address to be put right', () =>
			world.number.smsUrl === url && world.number.smsFallbackUrl === '' ? true : undefined,
		);
		const next = await text('and now?');
		expect(next.deliveries.map(({ status, fallback }) => [status, fallback])).toEqual([
			[200, false],
		]);
	});
});
