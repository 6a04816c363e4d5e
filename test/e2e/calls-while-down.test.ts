import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ContactCall } from '../../emulator/twilio/contact-call';
import { startN8n, type N8nHost } from '../../harness/n8n-host';
import { inARow } from '../../harness/workflow-nodes';
import { startWebhookApp, type WebhookApp } from '../emulator/support/webhook-app';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';
import { MISSED_CALL_TRIGGER, missedCallIn, openerIn, PHONE } from './support/missed-call';

const MISSED = '+14155550181';
const TAKEN = '+14155550182';
const TEXTED = '+14155550183';
const OPENER = 'Sorry we missed your call half an hour ago! How can we help?';

let n8n: N8nHost;
let fixture: E2eFixture;
let bin: WebhookApp;
let folder: string;

beforeAll(async () => {
	n8n = await startN8n();
	fixture = await openE2eFixture({ n8n });
	bin = await startWebhookApp();
	bin.answer = () => ({
		body: `<Response><Dial timeout="18" answerOnBridge="true">${PHONE}</Dial></Response>`,
	});
	folder = mkdtempSync(join(tmpdir(), 'calls-while-down-'));
});
afterAll(async () => {
	await fixture.close();
	await n8n.stop();
	await bin.close();
	rmSync(folder, { recursive: true, force: true });
});

const call = async (from: string, owner: ContactCall['owner']) =>
	await fixture.twilio.callFromContact({
		from,
		to: fixture.number.phoneNumber,
		startedAt: new Date(Date.now() - 30 * 60_000),
		...(owner === undefined ? {} : { owner }),
	});

/** As another app of the builder's does. */
const textByAnotherApp = async (to: string) => {
	const { accountSid, authToken } = fixture.account;
	const { status } = await fetch(
		`${fixture.twilio.baseUrl}/2010-04-01/Accounts/${accountSid}/Messages.json`,
		{
			method: 'POST',
			headers: { Authorization: `Basic ${btoa(`${accountSid}:${authToken}`)}` },
			body: new URLSearchParams({ To: to, From: fixture.number.phoneNumber, Body: 'Hello' }),
		},
	);
	expect(status).toBe(201);
};

const openersTo = (contact: string) =>
	fixture.twilio.messages({ to: contact }).filter(({ body }) => body === OPENER);

describe('calls while n8n is down', () => {
	it('ring by the fallback, and those that nobody took are texted once n8n is back', async () => {
		fixture.model.respond = ({ messages }) =>
			messages[0]?.text.includes('The contact called 30 minutes ago') ? OPENER : undefined;
		const trigger = missedCallIn(fixture, {
			threadStore: 'embedded',
			threadStoreFile: join(folder, 'threads.sqlite'),
			options: { callFallbackUrl: `${bin.baseUrl}/bin` },
		});
		await fixture.startWorkflow({
			name: 'Calls while down',
			nodes: [trigger, openerIn(fixture)],
			connections: inARow(MISSED_CALL_TRIGGER, 'Send SMS'),
		});
		expect(fixture.number.voiceFallbackUrl).toBe(`${bin.baseUrl}/bin`);
		await n8n.kill();

		const { rang, heard } = await call(MISSED, 'rings out');
		expect({ rang, heard }).toEqual({ rang: [PHONE], heard: [] });
		expect((await call(TAKEN, 'answers')).connectedTo).toBe(PHONE);
		await call(TEXTED, 'rings out');
		await textByAnotherApp(TEXTED);

		await n8n.restart();
		await fixture.twilio.waitForMessage(({ to }) => to === MISSED, 60_000);
		await n8n.kill();
		await n8n.restart();
		await new Promise((resolve) => setTimeout(resolve, 3_000));
		expect([MISSED, TAKEN, TEXTED].map((contact) => openersTo(contact).length)).toEqual([
			1, 0, 0,
		]);
	});
});
