import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startN8n, type N8nHost } from '../../harness/n8n-host';
import { twoWayAgent } from '../../harness/two-way-agent';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

const MINUTE = 60_000;
const contacts = Array.from({ length: 8 }, (_, index) => `+1415555020${index}`);
const [ANNA, BEN, CARL, DORA, EVE, FRED, GINA, HUGO] = contacts as [
	...[string, string, string, string, string, string, string, string],
];

let n8n: N8nHost;
let fixture: E2eFixture;
let folder: string;

beforeAll(async () => {
	n8n = await startN8n();
	fixture = await openE2eFixture({ n8n, withService: true });
	folder = mkdtempSync(join(tmpdir(), 'sms-agent-missed-'));
});
afterAll(async () => {
	await fixture.close();
	await n8n.stop();
	rmSync(folder, { recursive: true, force: true });
});

const kept = (name: string) => ({
	parameters: { threadStore: 'embedded', threadStoreFile: join(folder, `${name}.sqlite`) },
});

/** Twilio keeps the text and reaches nobody. */
const texted = async (from: string, body: string, minutes: number, picture = false) => {
	const media = [{ contentType: 'image/gif', data: Buffer.from('GIF89a') }];
	const { deliveries } = await fixture.twilio.textFromContact({
		from,
		to: fixture.number.phoneNumber,
		body,
		at: new Date(Date.now() - minutes * MINUTE),
		...(picture ? { media } : {}),
	});
	expect(deliveries.map(({ status }) => status)).not.toContain(200);
};

/** What came on the contact's phone, Twilio's own answer to STOP left out. */
const received = (to: string) =>
	fixture.twilio.messages({ direction: 'outbound', to, automatic: false });

const isListed = () =>
	fixture.twilio.requests.some(
		({ method, path }) => method === 'GET' && path.endsWith('/Messages.json'),
	);

async function eventually(happened: () => boolean, withinMs: number): Promise<void> {
	const end = Date.now() + withinMs;
	while (!happened() && Date.now() < end) await pause(100);
	expect(happened()).toBe(true);
}

it('answers once, when n8n is back, who texted while it was down, and nobody else', async () => {
	const { id } = await fixture.startWorkflow(twoWayAgent(fixture, { kept: kept('down') }));
	await eventually(isListed, 90_000);
	await n8n.kill();
	await texted(ANNA, 'My name is Anna', 10);
	await texted(BEN, '', 9, true);
	await texted(CARL, 'Look at this', 9);
	await texted(CARL, '', 8, true);
	await texted(DORA, 'Are you open?', 8);
	await texted(EVE, 'Are you open?', 7);
	await texted(EVE, 'STOP', 6);
	await texted(FRED, 'Are you open?', 6);
	await texted(GINA, 'Hello?', 5);
	await texted(GINA, 'Anybody?', 4);
	await texted(ANNA, 'What is my name?', 3);
	await texted(HUGO, 'Just now', 0);
	// A person, from another app.
	const { accountSid, authToken } = fixture.account;
	await fetch(`${fixture.twilio.baseUrl}/2010-04-01/Accounts/${accountSid}/Messages.json`, {
		method: 'POST',
		headers: { authorization: `Basic ${btoa(`${accountSid}:${authToken}`)}` },
		body: new URLSearchParams({
			To: FRED,
			From: fixture.number.phoneNumber,
			Body: 'This is Sam. Yes, until five.',
		}),
	});

	await n8n.restart();
	const answered = [ANNA, BEN, CARL, DORA, GINA, HUGO];
	await eventually(() => answered.every((contact) => received(contact).length > 0), 120_000);
	// Nobody gets a second one.
	await pause(5_000);
	const counts = Object.fromEntries(contacts.map((to) => [to, received(to).length]));
	expect(counts).toEqual(Object.fromEntries(contacts.map((to) => [to, to === EVE ? 0 : 1])));
	expect(received(ANNA)[0]?.body).toContain('Anna');
	expect(received(FRED)[0]?.body).toContain('This is Sam');
	await fixture.client.deactivate(id);
}, 240_000);

it('answers once, when it is published again, who texted while its address was dead', async () => {
	const { id } = await fixture.startWorkflow(twoWayAgent(fixture, { kept: kept('dead') }));
	fixture.twilio.clear();
	await pause(3_000);
	const { origin } = new URL(n8n.url);
	fixture.twilio.mapHost(origin, 'http://127.0.0.1:9');
	await texted(DORA, 'Are you open?', -0.05);
	await texted(GINA, 'Hello?', -0.05);
	fixture.twilio.mapHost(origin, origin);
	// What came by its webhook is not answered again.
	await fixture.twilio.textFromContact({
		from: HUGO,
		to: fixture.number.phoneNumber,
		body: 'Are you open?',
	});
	await fixture.client.deactivate(id);
	await fixture.client.activate(id);
	await eventually(
		() => [DORA, GINA, HUGO].every((contact) => received(contact).length > 0),
		120_000,
	);
	await pause(3_000);
	expect([DORA, GINA, HUGO].map((to) => received(to).length)).toEqual([1, 1, 1]);
	await fixture.client.deactivate(id);
}, 240_000);
