import crypto from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { WebhookContext } from 'n8n-core';
import { IncomingSmsTrigger } from '../../nodes/IncomingSmsTrigger/IncomingSmsTrigger.node';
import { MissedCallTrigger } from '../../nodes/MissedCallTrigger/MissedCallTrigger.node';
import { listenWebhook, type ListeningWebhook, type WebhookCall } from './support/call-webhook';
import { signedCall, textForm } from './support/signed-text';
import { openTriggerBench, type TriggerBench } from './support/trigger-bench';

const MB = 1024 * 1024;
const SECRET = 'a-secret-of-the-phone-system';
/** Of the right shape, and nobody's. */
const SIGNATURE = `${'A'.repeat(27)}=`;
const FORM_TYPE = 'application/x-www-form-urlencoded';

let bench: TriggerBench;
let webhook: ListeningWebhook;
let work: { credentialReads: number; bodyReads: number; signatures: number };

/** Counts what is done for a request: time would tell of the machine too. */
async function listen(trigger: () => IncomingSmsTrigger | MissedCallTrigger, parameters = {}) {
	bench = await openTriggerBench(trigger);
	const setup = bench.setup(parameters, { credential: { callReportSecret: SECRET } });
	const data = setup.credentials?.['twilioMessagingApi'] ?? {};
	const counted = {
		get twilioMessagingApi() {
			work.credentialReads += 1;
			return data;
		},
	};
	webhook = await listenWebhook({ ...setup, credentials: counted });
	work.credentialReads = 0;
}

beforeEach(() => {
	work = { credentialReads: 0, bodyReads: 0, signatures: 0 };
	const { createHmac } = crypto;
	jest.spyOn(crypto, 'createHmac').mockImplementation((...of) => {
		work.signatures += 1;
		return createHmac(...of);
	});
	const { getBodyData } = WebhookContext.prototype;
	jest.spyOn(WebhookContext.prototype, 'getBodyData').mockImplementation(function (
		this: WebhookContext,
	) {
		work.bodyReads += 1;
		return getBodyData.call(this);
	});
});

afterEach(async () => {
	await webhook.close();
	await bench.close();
});

const typed = (contentType: string, body: string | Uint8Array): WebhookCall => ({
	body,
	headers: { 'content-type': contentType, 'x-twilio-signature': SIGNATURE },
});
const list = (bytes: number) => `[${'"a",'.repeat(bytes / 4)}"a"]`;

/** Whatever they hold, nobody looks into them. */
const UNREAD: Array<[string, () => WebhookCall]> = [
	['15 MB of text', () => typed('text/plain', 'a'.repeat(15 * MB))],
	['a text', () => typed('text/plain', 'a=b')],
	['a JSON list of 11 MB', () => typed('application/json', list(11 * MB))],
	['a JSON object', () => typed('application/json', '{"From":"+14155550123"}')],
	['15 MB of bytes', () => typed('application/octet-stream', Buffer.alloc(15 * MB))],
	['a form in parts', () => typed('multipart/form-data; boundary=x', '--x--')],
	['a body without a type', () => typed('', 'a=b')],
	['a form by another name', () => typed(`${FORM_TYPE}-too`, 'a=b')],
	['a form of 15 MB', () => typed(FORM_TYPE, `Body=${'a'.repeat(15 * MB)}`)],
	['a form of a byte too many', () => typed(FORM_TYPE, `a=${'a'.repeat(64 * 1024 - 1)}`)],
	['a form without a signature', () => ({ form: { a: 'b' } })],
	...[
		'',
		'a',
		'A'.repeat(28),
		`${'A'.repeat(26)}==`,
		`${'A'.repeat(28)}=`,
		`${'!'.repeat(27)}=`,
	].map((signature): [string, () => WebhookCall] => [
		`a form with the signature "${signature}"`,
		() => ({ form: { a: 'b' }, headers: { 'x-twilio-signature': signature } }),
	]),
];

describe.each([
	['a text', () => new IncomingSmsTrigger(), ''],
	['a call', () => new MissedCallTrigger(), ''],
	['a step of a call', () => new MissedCallTrigger(), '?step=dialed&call=CA1'],
])('at the address of %s', (_what, trigger, query) => {
	beforeEach(async () => {
		await listen(trigger);
	});

	it.each(UNREAD)('%s is refused before anything is done for it', async (_body, call) => {
		const { status, result } = await webhook.call({ ...call(), query });
		expect(status).toBe(403);
		expect(result).toEqual({ noWebhookResponse: true });
		expect(work).toEqual({ credentialReads: 0, bodyReads: 0, signatures: 0 });
	});

	it('a forged form of the right looks is checked, and refused', async () => {
		const forged = { form: { a: 'b' }, headers: { 'x-twilio-signature': SIGNATURE } };
		expect((await webhook.call({ ...forged, query })).status).toBe(403);
		expect(work.credentialReads).toBeGreaterThan(0);
		expect(work.signatures).toBeGreaterThan(0);
	});
});

describe('at the address of a text', () => {
	beforeEach(async () => {
		await listen(() => new IncomingSmsTrigger());
	});

	it("Twilio's largest text is taken: 1,600 emojis, ten media, an add-on's answer", async () => {
		const media = Object.fromEntries(
			Array.from({ length: 10 }, (_, index) => [
				`MediaUrl${index}`,
				`https://api.twilio.com/${'m'.repeat(150)}`,
			]),
		);
		const form = textForm(bench.account.accountSid, {
			Body: '\u{1F600}'.repeat(1_600),
			...media,
			AddOns: JSON.stringify({ results: '"'.repeat(5_000) }),
		});
		const call = signedCall(webhook.url, bench.account.authToken, form);
		expect((await webhook.call(call)).status).toBe(200);
	});

	it.each([FORM_TYPE, `${FORM_TYPE}; charset=UTF-8`, 'Application/X-WWW-Form-URLencoded'])(
		'the type "%s" is that of a form',
		async (contentType) => {
			const form = textForm(bench.account.accountSid);
			const { headers } = signedCall(webhook.url, bench.account.authToken, form);
			work.signatures = 0;
			await webhook.call({ form, headers: { ...headers, 'content-type': contentType } });
			expect(work.signatures).toBeGreaterThan(0);
		},
	);

	it.each([{ a: { b: 'c' } }, { a: 1 }, { a: ['b', 1] }, { a: null }, ['a'], 'a', null])(
		'a form that was read as %j is refused before its signature is checked',
		async (body) => {
			jest.spyOn(WebhookContext.prototype, 'getBodyData').mockReturnValue(body as never);
			const call = typed(FORM_TYPE, 'a=b');
			expect((await webhook.call(call)).status).toBe(403);
			expect(work).toMatchObject({ credentialReads: 0, signatures: 0 });
		},
	);
});

describe('at the address for reports of calls', () => {
	const MISSED = { from: '+14155550123', to: '+14155550999', call_id: 'c', status: 'no-answer' };
	const json = (value: unknown, headers: Record<string, string>): WebhookCall => ({
		body: typeof value === 'string' ? value : JSON.stringify(value),
		headers: { 'content-type': 'application/json', ...headers },
	});
	const secret = { 'x-webhook-secret': SECRET };

	beforeEach(async () => {
		await listen(() => new MissedCallTrigger(), { receiveOn: 'elsewhere' });
	});

	it.each<[string, () => WebhookCall]>([
		['a list of 11 MB, with the secret', () => json(list(11 * MB), secret)],
		[
			'15 MB of text, with the secret',
			() => ({
				body: 'a'.repeat(15 * MB),
				headers: { ...secret, 'content-type': 'text/plain' },
			}),
		],
		['one without a secret or signature', () => json(MISSED, {})],
		[
			'one with an empty secret',
			() => json(MISSED, { authorization: 'Bearer ', 'x-vapi-secret': '' }),
		],
		[
			'one with another kind of authorization',
			() => json(MISSED, { authorization: 'Basic YTpi' }),
		],
		['one with half a signature', () => json(MISSED, { 'x-retell-signature': 'v=1,d=ab' })],
		["one with Twilio's signature", () => json(MISSED, { 'x-twilio-signature': SIGNATURE })],
	])('%s is refused before anything is done for it', async (_what, call) => {
		const { status, result } = await webhook.call(call());
		expect(status).toBe(403);
		expect(result).toEqual({ noWebhookResponse: true });
		expect(work).toEqual({ credentialReads: 0, bodyReads: 0, signatures: 0 });
	});

	it('one of a long conversation is taken', async () => {
		const transcript = 'word '.repeat(100_000);
		const report = { ...MISSED, status: 'completed', transcript };
		expect((await webhook.call(json(report, secret))).status).toBe(200);
	});
});
