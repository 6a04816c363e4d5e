import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { INodeParameters } from 'n8n-workflow';
import { itemsOf, type StoredWorkflow } from '../../harness/n8n-client';
import {
	AFTER,
	executionsAfterAWhile,
	noOp,
	TRIGGER,
	triggerWorkflow,
	webhookUrlOf,
} from './support/trigger-workflow';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

const CONTACT = '+14155550123';

let fixture: E2eFixture;

beforeEach(async () => {
	fixture = await openE2eFixture({ numbers: 2 });
});

afterEach(async () => {
	await fixture.close();
});

const start = async (parameters: INodeParameters = {}) =>
	await fixture.startWorkflow(triggerWorkflow(fixture, parameters));

const text = async (
	body: string,
	more: Partial<Parameters<E2eFixture['twilio']['textFromContact']>[0]> = {},
) =>
	await fixture.twilio.textFromContact({
		from: CONTACT,
		to: fixture.number.phoneNumber,
		body,
		...more,
	});

const firstItem = async (workflow: StoredWorkflow) => {
	const [execution] = await fixture.client.endedExecutions(workflow.id, 1);
	if (!execution) throw new Error('no execution');
	return itemsOf(execution, AFTER)[0];
};

describe('a text', () => {
	it('is acknowledged with empty TwiML and starts the workflow', async () => {
		const workflow = await start({
			agents: { agent: [{ name: 'Front Desk', smsPrompt: 'Be kind.' }] },
		});
		await text('warming up');
		const { deliveries, messageSid } = await text(' Are you open? ');
		expect(deliveries).toEqual([
			expect.objectContaining({ status: 200, responseBody: '<Response/>', errorCode: null }),
		]);
		expect(deliveries[0]?.contentType).toMatch(/^text\/xml/);
		const [execution] = await fixture.client.endedExecutions(workflow.id, 2);
		const threadId = `${fixture.account.accountSid}:front-desk:${CONTACT}`;
		expect(execution && itemsOf(execution, AFTER)[0]?.json).toMatchObject({
			event: 'message',
			threadId,
			agent: { id: 'front-desk', smsPrompt: 'Be kind.', matchedBy: 'default' },
			contact: CONTACT,
			sender: fixture.number.phoneNumber,
			messageSid,
			body: ' Are you open? ',
			newThread: false,
			sessionId: threadId,
			chatInput: ' Are you open? ',
		});
	});

	it('starts one execution, delivered ten times at once and ten times more', async () => {
		const workflow = await start();
		fixture.twilio.faults.next({ kind: 'duplicate-webhook', factor: 10 });
		const { deliveries, messageSid } = await text('once');
		expect(deliveries.map(({ status }) => status)).toEqual(Array(10).fill(200));
		await fixture.twilio.redeliver(messageSid, 10);
		expect(await executionsAfterAWhile(fixture, workflow)).toHaveLength(1);
	});

	it('may be a picture without words, which is downloaded where that is asked for', async () => {
		const workflow = await start({ options: { downloadMedia: true } });
		const data = Buffer.from('a picture of a cat');
		await text('', { media: [{ contentType: 'image/png', data }] });
		const item = await firstItem(workflow);
		expect(item?.json).toMatchObject({
			event: 'message',
			body: '',
			media: [{ contentType: 'image/png', binaryProperty: 'media_0' }],
		});
		expect(item?.binary?.['media_0']).toMatchObject({
			mimeType: 'image/png',
			fileName: 'media_0.png',
		});
	});

	it.each(['STOP', 'HELP'])('of %s starts nothing', async (word) => {
		const workflow = await start();
		const { deliveries } = await text(word);
		expect(deliveries.map(({ status }) => status)).toEqual([200]);
		expect(await executionsAfterAWhile(fixture, workflow)).toEqual([]);
	});
});

describe('a request that Twilio did not sign for this address', () => {
	it("is answered 403 and starts nothing; n8n's log says what to check, and no secret", async () => {
		const workflow = await start();
		// The fragment tells Twilio how often to ask; it is no part of what is called.
		const [url = ''] = (await webhookUrlOf(fixture, workflow)).split('#');
		const params = {
			MessageSid: `SM${'7'.repeat(32)}`,
			AccountSid: fixture.account.accountSid,
			From: CONTACT,
			To: fixture.number.phoneNumber,
			Body: 'let me in',
			NumMedia: '0',
			SmsStatus: 'received',
		};
		const token = fixture.account.authToken;
		const requests = [
			{ url, params },
			{ url, params, token: 'forged-token' },
			{ url, params, signature: 'c2lnbmF0dXJl' },
			{ url, params, token, signedUrl: url.replace('/twilio', '/other') },
			{ url, params, token, signedUrl: url.replace('127.0.0.1', 'evil.example.com') },
			{ url: `${url}?x=1`, params, token, signedUrl: url },
			{ url, params: { ...params, AccountSid: `AC${'9'.repeat(32)}` }, token },
		];
		for (const request of requests) {
			expect((await fixture.twilio.deliver(request)).status).toBe(403);
		}
		const { signature } = await signed(url, params, token);
		const tampered = { ...params, Body: 'something else' };
		expect((await fixture.twilio.deliver({ url, params: tampered, signature })).status).toBe(
			403,
		);
		expect(await executionsAfterAWhile(fixture, workflow)).toEqual([]);

		expect((await fixture.twilio.deliver({ url, params, token })).status).toBe(200);
		expect(await fixture.client.endedExecutions(workflow.id, 1)).toHaveLength(1);
	});
});

async function signed(url: string, params: Record<string, string>, token: string) {
	const { getExpectedTwilioSignature } = await import('twilio/lib/webhooks/webhooks.js');
	return { signature: getExpectedTwilioSignature(token, url, params) };
}

describe('agents', () => {
	it('have the texts of their numbers, threads and outputs of their own', async () => {
		const [first, second] = fixture.numbers;
		const definition = triggerWorkflow(fixture, {
			separateOutputs: true,
			agents: {
				agent: [
					{ name: 'Front Desk', smsPrompt: 'one', numbers: first?.phoneNumber ?? '' },
					{ name: 'Sales', smsPrompt: 'two', numbers: second?.phoneNumber ?? '' },
				],
			},
		});
		const to = (node: string) => [{ node, type: 'main' as const, index: 0 }];
		const workflow = await fixture.startWorkflow({
			...definition,
			nodes: [...definition.nodes, noOp('Desk'), noOp('Sales')],
			connections: { [TRIGGER]: { main: [to(AFTER), [], to('Desk'), to('Sales')] } },
		});
		await text('to the desk');
		await text('to sales', { to: second?.phoneNumber ?? '' });
		const executions = await fixture.client.endedExecutions(workflow.id, 2);
		const at = (node: string) =>
			executions.flatMap((execution) => itemsOf(execution, node).map(({ json }) => json));
		expect(at('Desk')).toEqual([
			expect.objectContaining({
				body: 'to the desk',
				threadId: `${fixture.account.accountSid}:front-desk:${CONTACT}`,
				agent: expect.objectContaining({ smsPrompt: 'one', matchedBy: 'number' }) as object,
			}),
		]);
		expect(at('Sales')).toEqual([
			expect.objectContaining({
				body: 'to sales',
				threadId: `${fixture.account.accountSid}:sales:${CONTACT}`,
				newThread: true,
			}),
		]);
		expect(at(AFTER)).toEqual([]);
	});
});

describe('an agent that notifies a webhook', () => {
	const SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;

	it('tells it, signed, without an execution; a failure comes out at Notify Failed', async () => {
		const received: Array<{ headers: Record<string, string>; body: string }> = [];
		let status = 204;
		const receiver = createServer((request, response) => {
			const chunks: Buffer[] = [];
			request.on('data', (chunk: Buffer) => chunks.push(chunk));
			request.on('end', () => {
				const headers = request.headers as Record<string, string>;
				received.push({ headers, body: Buffer.concat(chunks).toString() });
				response.writeHead(status).end();
			});
		}).listen(0, '127.0.0.1');
		await once(receiver, 'listening');
		const { port } = receiver.address() as AddressInfo;
		const name = 'with a signing secret';
		const id = await fixture.client.createCredential({
			name,
			type: 'twilioMessagingApi',
			data: {
				accountSid: fixture.account.accountSid,
				authToken: fixture.account.authToken,
				apiBaseUrl: fixture.twilio.baseUrl,
				notifySigningSecret: SECRET,
			},
		});
		try {
			const definition = triggerWorkflow(
				fixture,
				{
					agents: {
						agent: [
							{
								name: 'CRM',
								onText: 'notify',
								webhookUrl: `http://127.0.0.1:${port}/in`,
							},
						],
					},
				},
				{ credential: { id, name } },
			);
			const workflow = await fixture.startWorkflow({
				...definition,
				connections: {
					[TRIGGER]: { main: [[], [{ node: AFTER, type: 'main', index: 0 }]] },
				},
			});
			await text('for the CRM');
			expect(await executionsAfterAWhile(fixture, workflow)).toEqual([]);
			const [first] = received;
			expect(
				new Webhook(SECRET).verify(first?.body ?? '', first?.headers ?? {}),
			).toMatchObject({
				type: 'sms.received',
				data: { body: 'for the CRM', contact: CONTACT },
			});

			status = 400;
			await text('lost?');
			expect((await firstItem(workflow))?.json).toMatchObject({
				event: 'notifyFailed',
				body: 'lost?',
				notify: { attempts: 1, host: `127.0.0.1:${port}` },
			});
		} finally {
			receiver.closeAllConnections();
			receiver.close();
			await fixture.client.deleteCredential(id);
		}
	});

	it('cannot be activated without a signing secret', async () => {
		const workflow = await fixture.addWorkflow(
			triggerWorkflow(fixture, {
				agents: {
					agent: [{ name: 'CRM', onText: 'both', webhookUrl: 'https://crm.example.com' }],
				},
			}),
		);
		await expect(fixture.client.activate(workflow.id)).rejects.toThrow(
			'Notify Signing Secret: it is empty in the Twilio Messaging API credential',
		);
	});
});
