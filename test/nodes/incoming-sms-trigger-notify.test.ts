import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { listenWebhook, type ListeningWebhook, type WebhookAnswer } from './support/call-webhook';
import { signedCall, textForm } from './support/signed-text';
import { openTriggerBench, type TriggerBench } from './support/trigger-bench';

const SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
const TEXT_SID = `SM${'7'.repeat(32)}`;

let bench: TriggerBench;
let receiver: Server;
let webhook: ListeningWebhook | undefined;
let statuses: number[];
let received: Array<{ headers: IncomingHttpHeaders; body: string }>;

beforeEach(async () => {
	bench = await openTriggerBench();
	statuses = [];
	received = [];
	receiver = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
			response.writeHead(statuses.shift() ?? 200, { location: '/elsewhere' }).end();
		});
	}).listen(0, '127.0.0.1');
	await once(receiver, 'listening');
});

afterEach(async () => {
	await webhook?.close();
	receiver.closeAllConnections();
	receiver.close();
	await bench.close();
});

const receiverHost = () => `127.0.0.1:${(receiver.address() as AddressInfo).port}`;

async function text(
	onText: string,
	parameters: INodeParameters = {},
	fields = {},
	answered?: () => void,
) {
	const agent = {
		name: 'Front Desk',
		smsPrompt: 'A secret of the trade',
		onText,
		webhookUrl: `http://${receiverHost()}/sms?key=hidden`,
	};
	const setup = bench.setup(
		{ agents: { agent: [agent] }, ...parameters },
		{ workflowId: `notify-${onText}`, credential: { notifySigningSecret: SECRET } },
	);
	webhook = await listenWebhook(setup);
	const form = textForm(bench.account.accountSid, fields);
	return await webhook.call(signedCall(webhook.url, bench.account.authToken, form), answered);
}

function outputsOf({ result }: WebhookAnswer): IDataObject[][] {
	return (result?.workflowData ?? []).map((items) => items.map(({ json }) => json));
}

describe('an agent that notifies a webhook', () => {
	it('tells it of the text, signed, without the prompt, and starts nothing', async () => {
		const answer = await text('notify', {}, { MessageSid: TEXT_SID });
		expect(answer.status).toBe(200);
		expect(answer.result).toEqual({ noWebhookResponse: true });

		const [{ headers, body } = { headers: {}, body: '' }] = received;
		const verified = new Webhook(SECRET).verify(body, headers as Record<string, string>);
		expect(headers['webhook-id']).toBe(`${TEXT_SID}-front-desk`);
		expect(verified).toMatchObject({
			type: 'sms.received',
			data: {
				threadId: `${bench.account.accountSid}:front-desk:+14155550123`,
				agent: { id: 'front-desk', name: 'Front Desk', matchedBy: 'default' },
				contact: '+14155550123',
				messageSid: TEXT_SID,
				body: 'Are you open on Sunday?',
				newThread: true,
			},
		});
		expect(body).not.toContain('secret of the trade');
	});

	it('starts the workflow too where it does both', async () => {
		const answer = await text('both');
		expect(received).toHaveLength(1);
		expect(outputsOf(answer)).toEqual([[expect.objectContaining({ event: 'message' })]]);
	});

	it('says at Notify Failed what could not be delivered, after Twilio has its answer', async () => {
		statuses = [410];
		const answer = await text('notify');
		expect(answer.status).toBe(200);
		expect(outputsOf(answer)).toEqual([
			[],
			[
				expect.objectContaining({
					event: 'notifyFailed',
					body: 'Are you open on Sunday?',
					agent: expect.objectContaining({ id: 'front-desk' }) as object,
					notify: {
						host: receiverHost(),
						attempts: 1,
						reason: `${receiverHost()} answered with HTTP status 410`,
					},
				}),
			],
		]);
		expect(JSON.stringify(outputsOf(answer))).not.toContain('hidden');
	});

	it('does not follow a redirect', async () => {
		statuses = [307];
		const answer = await text('notify');
		expect(received).toHaveLength(1);
		expect(outputsOf(answer)[1]).toHaveLength(1);
	});

	it('tries again after a 503, of which Twilio need not wait', async () => {
		statuses = [503, 200];
		let tryAgain = () => {};
		const pausing = new Promise<void>((paused) => {
			jest.spyOn(systemClock, 'sleep').mockImplementationOnce(async () => {
				paused();
				await new Promise<void>((wake) => (tryAgain = wake));
			});
		});
		let answer: Promise<WebhookAnswer> | undefined;
		await new Promise<void>((answered) => {
			answer = text('notify', {}, {}, answered);
		});
		await pausing;
		expect(received).toHaveLength(1);
		tryAgain();
		expect((await answer)?.result).toEqual({ noWebhookResponse: true });
		expect(received).toHaveLength(2);
	});

	it('starts the workflow in any case where it does both', async () => {
		statuses = [400];
		const outputs = outputsOf(await text('both', { separateOutputs: true }));
		expect(outputs.map((items) => items[0]?.['event'])).toEqual([
			undefined,
			'notifyFailed',
			'message',
		]);
	});

	it('is not told of STOP', async () => {
		const answer = await text('notify', {}, { Body: 'STOP' });
		expect(received).toEqual([]);
		expect(answer.result).toEqual({ noWebhookResponse: true });
	});
});
