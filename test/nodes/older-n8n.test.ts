import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { IncomingSmsTrigger } from '../../nodes/IncomingSmsTrigger/IncomingSmsTrigger.node';
import { MissedCallTrigger } from '../../nodes/MissedCallTrigger/MissedCallTrigger.node';
import { callForm, PHONE } from './support/call-bench';
import { listenWebhook, type ListeningWebhook } from './support/call-webhook';
import { signedCall, textForm } from './support/signed-text';
import { openTriggerBench, type TriggerBench } from './support/trigger-bench';

let bench: TriggerBench;
let webhook: ListeningWebhook | undefined;
let workflows = 0;

afterEach(async () => {
	await webhook?.close();
	webhook = undefined;
	await bench.close();
});

/** How n8n's variables name its addresses: its own, behind a tunnel, with the editor elsewhere. */
const ADDRESSES = [
	{},
	{
		webhookBaseUrl: 'https://hooks.example.com/base/in',
		webhookTestBaseUrl: 'https://hooks.example.com/base/try',
	},
	{
		webhookBaseUrl: 'https://hooks.example.com/webhook',
		webhookTestBaseUrl: 'https://editor.example.com/webhook-test',
	},
];

describe.each([
	[
		'Incoming SMS Trigger',
		() => new IncomingSmsTrigger(),
		(accountSid: string) => textForm(accountSid),
		'',
	],
	[
		'Missed Call Trigger',
		() => new MissedCallTrigger(),
		(accountSid: string) => callForm(accountSid),
		// A phone that was rung has picked up: answered at once, nothing waits.
		`?step=screen&call=CA${'1'.repeat(32)}&from=%2B14155550123&to=%2B14155550100&round=0`,
	],
])('%s on an n8n below 2.34', (_name, trigger, formFor, query) => {
	beforeEach(async () => {
		bench = await openTriggerBench(trigger);
	});

	const request = async (isTest: boolean, addresses: object, signedFor?: string) => {
		const setup = bench.setup(
			{ phones: PHONE },
			{ workflowId: `older-${workflows++}`, olderN8n: true, isTest, ...addresses },
		);
		// The URL that the hooks register: where Twilio sends, and what it signs.
		webhook = await listenWebhook(setup);
		const form = formFor(bench.account.accountSid);
		return await webhook.call(
			signedCall(signedFor ?? webhook.url, bench.account.authToken, form, query),
		);
	};

	it.each(ADDRESSES)('is called at its production URL, with %j', async (addresses) => {
		expect((await request(false, addresses)).status).toBe(200);
	});

	it.each(ADDRESSES)(
		'is called at its test URL while a test listens, with %j',
		async (addresses) => {
			expect((await request(true, addresses)).status).toBe(200);
		},
	);

	it('refuses what was signed for another of its own addresses', async () => {
		const production = 'https://n8n.example/webhook/webhook-1/twilio';
		expect((await request(true, {}, production)).status).toBe(403);
	});
});
