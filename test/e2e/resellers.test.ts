import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isOlderN8n } from '../../harness/n8n-under-test';
import { ROOT } from '../../scripts/paths';
import { contactFixture } from './support/contact-fixture';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

const SCRIPT = join(ROOT, 'docs/resellers/new-client.mjs');
const OWNERS_PHONE = '+14155550777';
const CONTACT = '+14155550199';

let fixture: E2eFixture;
let folder: string;

beforeAll(async () => {
	fixture = await openE2eFixture();
	folder = mkdtempSync(join(tmpdir(), 'sms-agent-clients-'));
});
afterAll(async () => {
	await removeClients();
	await fixture.close();
	rmSync(folder, { recursive: true });
});

/** A Twilio account of the client's own, and what the reseller writes down about it. */
function newClient(name: string, phoneNumber: string) {
	const { accountSid, authToken } = fixture.twilio.addAccount({ friendlyName: name });
	fixture.twilio.addNumber(accountSid, { phoneNumber });
	const { sid } = fixture.twilio.addService(accountSid, { numbers: [phoneNumber] });
	return {
		name,
		accountSid,
		authToken,
		messagingServiceSid: sid,
		number: phoneNumber,
		prompt: `You are Ava from ${name}.`,
		modelApiKey: 'emulated-key',
		modelBaseUrl: fixture.model.apiUrl,
		twilioApiBaseUrl: fixture.twilio.baseUrl,
	};
}

/** Runs the script as a reseller does: two files, an address and a key. */
async function runScript(
	client: ReturnType<typeof newClient> & { forwardTo?: string },
	workflow = 'two-way-ai-agent',
) {
	const file = join(folder, `${client.name}.json`);
	writeFileSync(file, JSON.stringify(client));
	const { client: n8n } = fixture;
	const env = { PATH: process.env['PATH'], N8N_URL: n8n.url, N8N_API_KEY: await n8n.key() };
	const files = [file, join(ROOT, `workflows/${workflow}.json`)];
	return await new Promise<{ failed: boolean; output: string }>((resolve) => {
		execFile(process.execPath, [SCRIPT, ...files], { env }, (error, stdout, stderr) =>
			resolve({ failed: error !== null, output: stdout + stderr }),
		);
	});
}

/** Names of what the script makes in n8n. */
async function madeFor(name: string): Promise<string[]> {
	const [workflows, credentials] = [
		await fixture.client.workflows(),
		await fixture.client.credentials(),
	];
	return [...workflows, ...credentials]
		.map((each) => each.name)
		.filter((each) => each.startsWith(name));
}

async function removeClients(): Promise<void> {
	for (const { id, name } of await fixture.client.workflows()) {
		if (name.startsWith('Client ')) await fixture.client.deleteWorkflow(id);
	}
	for (const { id, name } of await fixture.client.credentials()) {
		if (name.startsWith('Client ')) await fixture.client.deleteCredential(id);
	}
}

describe("a reseller's script", () => {
	it('sets two clients up, who answer as themselves and know nothing of each other', async () => {
		const one = newClient('Client One', '+14155550201');
		const two = newClient('Client Two', '+14155550202');
		for (const client of [one, two]) {
			const { failed, output } = await runScript(client);
			expect({ failed, output }).toMatchObject({ failed: false });
			expect(output).toContain(`${client.name} is connected`);
			expect(output).not.toContain(client.authToken);
		}
		const phone = contactFixture(fixture, CONTACT);
		const shown = () => fixture.model.requests.at(-1)?.messages[0]?.text;

		await phone.ask('My name is Maria', one.number);
		expect(shown()).toContain('You are Ava from Client One.');
		expect(await phone.ask('What is my name?', two.number)).toContain("don't know");
		expect(shown()).toContain('You are Ava from Client Two.');
		expect(await phone.ask('What is my name?', one.number)).toContain('Maria');
		expect(phone.received().map(({ from, accountSid }) => [from, accountSid])).toEqual([
			[one.number, one.accountSid],
			[two.number, two.accountSid],
			[one.number, one.accountSid],
		]);
	});

	it('sets up a client whose calls ring their own phone first', async () => {
		const client = {
			...newClient('Client Calls', '+14155550206'),
			forwardTo: OWNERS_PHONE,
		};
		const { output } = await runScript(client, 'missed-call-text-back');
		expect(output).toContain('Client Calls is connected');
		const phone = contactFixture(fixture, '+14155550198');
		const call = { from: phone.number, to: client.number };
		expect(await fixture.twilio.callFromContact(call)).toMatchObject({ rang: [OWNERS_PHONE] });
		expect((await phone.waitForText(1)).from).toBe(client.number);
		await phone.ask('My name is Maria', client.number);
		expect(await phone.ask('What is my name?', client.number)).toContain('Maria');
	});

	it('refuses a name that is taken, and leaves that client alone', async () => {
		const { failed, output } = await runScript(newClient('Client One', '+14155550203'));
		expect(failed).toBe(true);
		expect(output).toContain('already');
		expect(await madeFor('Client One')).toHaveLength(3);
		await contactFixture(fixture, CONTACT).ask('Are you still there?', '+14155550201');
	});

	it('leaves nothing behind when Twilio refuses, and tells no secret', async () => {
		const client = { ...newClient('Client Three', '+14155550204'), authToken: '0'.repeat(32) };
		const { failed, output } = await runScript(client);
		expect(failed).toBe(true);
		expect(output).toContain('Twilio refuses accountSid or authToken');
		expect(output).not.toContain(client.authToken);
		expect(await madeFor('Client Three')).toEqual([]);
	});

	it('leaves nothing behind when another app owns the texts', async () => {
		const client = newClient('Client Four', '+14155550205');
		const owner = fixture.twilio.addService(client.accountSid, {
			inboundRequestUrl: 'https://other.example.com/sms',
		});
		const { failed, output } = await runScript({ ...client, messagingServiceSid: owner.sid });
		expect(failed).toBe(true);
		// An older n8n says why at once.
		expect(output).toContain(
			isOlderN8n()
				? 'Receive Texts On: the Messaging Service'
				: 'n8n did not connect the workflow at Twilio',
		);
		expect(await madeFor('Client Four')).toEqual([]);
		expect(owner.inboundRequestUrl).toBe('https://other.example.com/sms');
	});
});
