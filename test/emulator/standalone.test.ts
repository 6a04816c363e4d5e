import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWebhookApp, type WebhookApp } from './support/webhook-app';
import { ROOT } from '../../scripts/paths';

const CONTACT = '+12065550142';
const OURS = '+14155550100';
const PUBLIC = 'https://sms.example.com';
const SID = `AC${'1'.repeat(32)}`;

let app: WebhookApp;
let child: ChildProcess;
let printed: Record<string, unknown>;

const control = async (method: string, path: string, body?: unknown): Promise<unknown> => {
	const response = await fetch(`${String(printed['twilioUrl'])}/_emulator/${path}`, {
		method,
		headers: { 'Content-Type': 'application/json' },
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	});
	return response.status === 204 ? null : await response.json();
};

beforeAll(async () => {
	app = await startWebhookApp();
	child = spawn(
		process.execPath,
		[
			'--import',
			'tsx',
			join(ROOT, 'emulator/main.ts'),
			'--account-sid',
			SID,
			'--numbers',
			OURS,
		],
		{
			env: {
				...process.env,
				EMULATOR_AUTH_TOKEN: 'token',
				EMULATOR_HOSTS: `${PUBLIC}=${app.baseUrl}`,
			},
			stdio: ['ignore', 'pipe', 'inherit'],
		},
	);
	if (!child.stdout) throw new Error('no output');
	const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
	printed = JSON.parse(line) as Record<string, unknown>;
});
afterAll(async () => {
	child.kill('SIGTERM');
	if (child.exitCode === null) await once(child, 'exit');
	await app.close();
});

describe('the emulators in a process of their own', () => {
	it('print where they are and what they were given', async () => {
		expect(printed).toMatchObject({ accountSid: SID, authToken: 'token', numbers: [OURS] });
		const headers = { Authorization: `Basic ${btoa(`${SID}:token`)}` };
		const account = await fetch(
			`${String(printed['twilioUrl'])}/2010-04-01/Accounts/${SID}.json`,
			{ headers },
		);
		expect(await account.json()).toMatchObject({ friendly_name: 'demo' });
		expect((await fetch(`${String(printed['modelUrl'])}/models`)).status).toBe(200);
		expect(await (await fetch(String(printed['phoneUrl']))).text()).toContain(
			'<title>Phone</title>',
		);
	});

	it('are set up, used and read over HTTP', async () => {
		await control('POST', 'numbers', {
			accountSid: SID,
			phoneNumber: '+14155550133',
			smsUrl: `${PUBLIC}/sms`,
		});
		const sent = await control('POST', 'texts', {
			from: CONTACT,
			to: '+14155550133',
			body: 'Hi',
			media: [{ contentType: 'image/png', base64: btoa('pixels') }],
		});
		expect(sent).toMatchObject({
			deliveries: [{ status: 200, errorCode: null, url: `${PUBLIC}/sms` }],
		});
		expect(app.received[0]?.form.get('NumMedia')).toBe('1');
		const { messageSid } = sent as { messageSid: string };
		await control('POST', 'redeliveries', { messageSid, times: 2, parallel: true });
		expect(app.received).toHaveLength(3);
		expect(
			await control('GET', `messages?contact=${encodeURIComponent(CONTACT)}`),
		).toMatchObject([{ body: 'Hi' }]);
		expect(await control('GET', `deliveries?messageSid=${messageSid}`)).toHaveLength(3);
		await control('POST', 'clear');
		expect(await control('GET', 'messages')).toEqual([]);
	});

	it('take faults over HTTP, those of the model too, and refuse unknown ones', async () => {
		expect(await control('POST', 'faults', { kind: '429', times: 2 })).toMatchObject([
			{ kind: '429', left: 2 },
		]);
		expect(await control('DELETE', 'faults?kind=429')).toEqual([]);
		expect(await control('POST', 'model/faults', { kind: '500' })).toMatchObject([
			{ kind: '500', left: 1 },
		]);
		expect(await control('DELETE', 'model/faults')).toEqual([]);
		expect(await control('POST', 'faults', { kind: 'meteor' })).toEqual({
			error: expect.stringContaining('meteor'),
		});
		expect(await control('POST', 'texts', { from: CONTACT })).toEqual({
			error: '"to" is required',
		});
	});

	it('never show a token of an account in the set-up', async () => {
		expect(JSON.stringify(await control('GET', 'setup'))).not.toContain('"token"');
	});
});
