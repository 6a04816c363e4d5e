import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ICredentialDataDecryptedObject } from 'n8n-workflow';
import { MissedCallTrigger } from '../../nodes/MissedCallTrigger/MissedCallTrigger.node';
import { SendSms } from '../../nodes/SendSms/SendSms.node';
import { listenWebhook, type ListeningWebhook } from './support/call-webhook';
import { runNode } from './support/run-node';
import { signedCall, textForm } from './support/signed-text';
import { skipWaits } from './support/skip-waits';
import { openTriggerBench, type TriggerBench } from './support/trigger-bench';

const PASSWORD = 'the-password-of-the-store';
let bench: TriggerBench;
let webhook: ListeningWebhook | undefined;
/** Where nothing listens. */
let port: number;

beforeEach(async () => {
	const closed = createServer().listen(0, '127.0.0.1');
	await once(closed, 'listening');
	({ port } = closed.address() as AddressInfo);
	closed.close();
	skipWaits();
});
afterEach(async () => {
	await webhook?.close();
	await bench.close();
});

const STORES = {
	redis: {
		type: 'threadStoreRedisApi',
		fields: { host: '127.0.0.1', user: 'ann', password: PASSWORD },
		reason: /The thread store \(Redis at 127\.0\.0\.1:\d+\) is not available\. Nothing answers/,
		fix: /Check the host and the port/,
	},
	postgres: {
		type: 'threadStorePostgresApi',
		fields: { host: '127.0.0.1', database: 'd', user: 'ann', password: PASSWORD },
		reason: /The thread store \(.*127\.0\.0\.1.*\) is not available\. Nothing listens/,
		fix: /Nothing listens .*(?:Start|Check|Correct|check|start)/,
	},
};

describe.each(Object.entries(STORES))(
	'%s that is away',
	(threadStore, { type, fields, ...says }) => {
		const credential = (): Record<string, ICredentialDataDecryptedObject> => ({
			[type]: { ...fields, port },
		});

		it('has n8n log why, and what to do, where a text is answered 503', async () => {
			bench = await openTriggerBench();
			const { credentials, settings, ...setup } = bench.setup(
				{ threadStore },
				{ workflowId: `texts-${threadStore}` },
			);
			const id = `store-${threadStore}-${port}`;
			webhook = await listenWebhook({
				...setup,
				credentials: { ...credentials, ...credential() },
				settings: { credentials: { ...settings?.credentials, [type]: { id, name: id } } },
			});
			const form = textForm(bench.account.accountSid);
			const { status } = await webhook.call(
				signedCall(webhook.url, bench.account.authToken, form),
			);
			expect(status).toBe(503);
			expect(webhook.warnings.join('\n')).toMatch(says.reason);
			expect(webhook.warnings.join('\n')).toMatch(says.fix);
			expect(webhook.warnings.join('\n')).not.toContain(PASSWORD);
		});

		it('has n8n log it where a missed call cannot be looked into', async () => {
			bench = await openTriggerBench(() => new MissedCallTrigger());
			const { credentials, settings, ...setup } = bench.setup(
				{ threadStore, phones: '+14155550777' },
				{ workflowId: `calls-${threadStore}` },
			);
			const id = `calls-${threadStore}-${port}`;
			webhook = await listenWebhook({
				...setup,
				credentials: { ...credentials, ...credential() },
				settings: { credentials: { ...settings?.credentials, [type]: { id, name: id } } },
			});
			const form = {
				CallSid: `CA${'1'.repeat(32)}`,
				AccountSid: bench.account.accountSid,
				From: '+14155550123',
				To: '+14155550100',
				CallStatus: 'no-answer',
			};
			await webhook.call(signedCall(webhook.url, bench.account.authToken, form));
			await webhook.idle();
			expect(webhook.warnings.join('\n')).toMatch(says.reason);
			expect(webhook.warnings.join('\n')).toMatch(says.fix);
		});

		it('is told by the error of a run', async () => {
			bench = await openTriggerBench();
			const { credentials, credentialTypes = [] } = bench.setup();
			const { error } = await runNode({
				node: new SendSms(),
				parameters: { to: '+14155550123', from: '+15550001000', body: 'Hi', threadStore },
				credentials: { ...credentials, ...credential() },
				credentialTypes,
				workflowId: `runs-${threadStore}-${port}`,
			});
			expect(error).toMatchObject({
				message: expect.stringMatching(/^The thread store \(.*\) is not available$/),
				description: expect.stringMatching(says.fix),
			});
		});
	},
);
