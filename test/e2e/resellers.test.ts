import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NumberRecord } from '../../emulator/twilio/records';
import { startN8n, type N8nHost } from '../../harness/n8n-host';
import { clientFile, runNewClient, workflowPath, type ScriptRun } from '../support/run-new-client';
import { contactFixture } from './support/contact-fixture';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';
import {
	newClient,
	newClientAtTwilio,
	OWN_PHONE,
	removeClients,
	type ResellersClient,
} from './support/resellers';

const OWNERS_PHONE = '+14155550777';
const CONTACT = '+14155550199';
const OTHER_APP = 'https://other.example.com/sms';

let n8n: N8nHost;
let fixture: E2eFixture;
let folder: string;

beforeAll(async () => {
	// In an n8n that others use, its editor may have given the newest credential to a workflow of theirs.
	n8n = await startN8n();
	fixture = await openE2eFixture({ n8n });
	folder = mkdtempSync(join(tmpdir(), 'sms-agent-clients-'));
});
afterAll(async () => {
	await removeClients(fixture.client);
	await fixture.close();
	await n8n.stop();
	rmSync(folder, { recursive: true });
});

async function run(path: string, ...args: string[]): Promise<ScriptRun> {
	const { client } = fixture;
	return await runNewClient([path, ...args], { url: client.url, key: await client.key() });
}

/** As a reseller does: two files. */
async function setUp(
	client: ResellersClient,
	workflow = 'two-way-ai-agent',
	...options: string[]
): Promise<ScriptRun> {
	return await run(clientFile(folder, client.name, client), workflowPath(workflow), ...options);
}

/** Names of what the script makes in n8n. */
async function madeFor(name: string): Promise<string[]> {
	const { client } = fixture;
	const all = [...(await client.workflows()), ...(await client.credentials())];
	return all.map((each) => each.name).filter((each) => each.startsWith(name));
}

async function workflowOf(name: string) {
	const found = (await fixture.client.workflows()).filter((each) => each.name === name);
	expect(found).toHaveLength(1);
	return found[0]!;
}

/** The instructions that the model was given last. */
function shown(): string {
	return fixture.model.requests.at(-1)?.messages[0]?.text ?? '';
}

describe("a reseller's script", () => {
	it('sets two clients up, who answer as themselves and know nothing of each other', async () => {
		const one = newClient(fixture, 'Client One', '+14155550201');
		const two = newClient(fixture, 'Client Two', '+14155550202');
		const { failed, output } = await run(
			clientFile(folder, 'both', [one, two]),
			workflowPath('two-way-ai-agent'),
		);
		expect({ failed, output }).toMatchObject({ failed: false });
		for (const client of [one, two]) {
			expect(output).toContain(`${client.name} is connected`);
			expect(output).not.toContain(client.authToken);
		}
		expect(output).toContain('2 clients: 2 set up.');
		const phone = contactFixture(fixture, CONTACT);

		await phone.ask('My name is Maria', one.number);
		expect(shown()).toContain('You are Ava from Client One.');
		expect(await phone.ask('What is my name?', two.number)).toContain("don't know");
		expect(shown()).toContain('You are Ava from Client Two.');
		expect(await phone.ask('What is my name?', one.number)).toContain('Maria');
		const inNeed = contactFixture(fixture, '+14155550196');
		await inNeed.text('I want to talk to a person', one.number);
		const told = await contactFixture(fixture, OWN_PHONE).waitForText(1);
		expect(told).toMatchObject({ from: one.number, accountSid: one.accountSid });
		expect(told.body).toContain(`${inNeed.number} needs you`);
		expect(phone.received().map(({ from, accountSid }) => [from, accountSid])).toEqual([
			[one.number, one.accountSid],
			[two.number, two.accountSid],
			[one.number, one.accountSid],
		]);

		const again = await run(join(folder, 'both.json'), workflowPath('two-way-ai-agent'));
		expect(again).toMatchObject({ failed: false });
		expect(again.output).toContain('2 clients: 2 as before.');
		expect(await madeFor('Client One')).toHaveLength(3);
	});

	it("takes nothing over from another client's workflow that it is made of", async () => {
		const one = await workflowOf('Client One');
		const file = clientFile(folder, 'exported', one);
		const client = newClient(fixture, 'Client Copy', '+14155550212');
		const { output } = await run(clientFile(folder, client.name, client), file);
		expect(output).toContain('Client Copy is connected');
		const copy = JSON.stringify((await workflowOf('Client Copy')).nodes);
		const ids = one.nodes.flatMap(({ id, webhookId, credentials }) => [
			id,
			...(webhookId ? [webhookId] : []),
			...Object.values(credentials ?? {}).flatMap((credential) => credential.id ?? []),
		]);
		expect(ids.filter((id) => copy.includes(id))).toEqual([]);
		expect(copy).not.toContain('Client One');
	});

	it('refuses a name that is taken, and leaves that client alone', async () => {
		const { failed, output } = await setUp(newClient(fixture, 'Client One', '+14155550203'));
		expect(failed).toBe(true);
		expect(output).toContain('already');
		expect(output).toContain('1 client: 1 failed.');
		expect(await madeFor('Client One')).toHaveLength(3);
		await contactFixture(fixture, CONTACT).ask('Are you still there?', '+14155550201');
	});

	it('makes nothing when it only shows what it would do, or Twilio refuses', async () => {
		const client = newClient(fixture, 'Client Three', '+14155550204');
		const dry = await setUp(client, 'two-way-ai-agent', '--dry-run');
		expect(dry.output).toContain('would make credentials and a workflow');

		const wrong = { ...client, authToken: '0'.repeat(32) };
		const { failed, output } = await setUp(wrong);
		expect(failed).toBe(true);
		expect(output).toContain('Twilio refuses accountSid or authToken');
		expect(output).not.toContain(wrong.authToken);
		expect(await madeFor('Client Three')).toEqual([]);
	});

	it('keeps the workflow when another app owns the texts, and goes on with it afterwards', async () => {
		const { client, service } = newClientAtTwilio(fixture, 'Client Four', {
			phoneNumber: '+14155550205',
		});
		Object.assign(service, { inboundRequestUrl: OTHER_APP, useInboundWebhookOnNumber: false });
		const first = await setUp(client);
		expect(first.failed).toBe(true);
		// The trigger's own words.
		expect(first.output).toContain('Receive Texts On: another app is connected already');
		const { id } = await workflowOf('Client Four');
		expect(first.output).toContain(`is kept: ${fixture.client.url}/workflow/${id}`);
		expect(service.inboundRequestUrl).toBe(OTHER_APP);

		service.inboundRequestUrl = '';
		const second = await setUp(client);
		expect(second).toMatchObject({ failed: false });
		expect(second.output).toContain(
			`Client Four is connected: ${fixture.client.url}/workflow/${id}`,
		);
		expect(await madeFor('Client Four')).toHaveLength(3);
		await contactFixture(fixture, CONTACT).ask('Hello', client.number);
	});
});

describe("a reseller's client whose calls ring their own phone first", () => {
	const NAME = 'Client Calls';
	const NEW_NAME = 'Client Phones';
	let client: ResellersClient;
	let line: NumberRecord;
	let id: string;

	const call = async (from: string) =>
		await fixture.twilio.callFromContact({ from, to: client.number });

	it('is set up, with the prompt in one place for calls and texts', async () => {
		const voiceUrl = 'https://former.example.com/calls';
		const added = newClientAtTwilio(fixture, NAME, { phoneNumber: '+14155550206', voiceUrl });
		line = added.line;
		client = {
			...added.client,
			takeOver: true,
			ownerPhone: undefined,
			forwardTo: '+1 (415) 555-0777',
			modelCredentialId: fixture.credentials['openAiCompatibleApi']?.id ?? '',
		};
		const { output } = await setUp(client, 'missed-call-text-back');
		expect(output).toContain(`${NAME} is connected`);
		const workflow = await workflowOf(NAME);
		id = workflow.id;
		const prompts = JSON.stringify(workflow.nodes).match(/You are Ava from Client Calls/g);
		expect(prompts).toHaveLength(1);
		// The first phone that rings is the owner's.
		expect(
			workflow.nodes.find(({ name }) => name === 'Tell the owner')?.parameters,
		).toMatchObject({
			to: OWNERS_PHONE,
		});

		const phone = contactFixture(fixture, '+14155550198');
		expect(await call(phone.number)).toMatchObject({ rang: [OWNERS_PHONE] });
		expect((await phone.waitForText(1)).from).toBe(client.number);
		expect(shown()).toContain('You are Ava from Client Calls.');
		await phone.ask('My name is Maria', client.number);
		expect(await phone.ask('What is my name?', client.number)).toContain('Maria');
	});

	it('shows what an update would change, and changes nothing', async () => {
		client = {
			...client,
			name: NEW_NAME,
			formerName: NAME,
			prompt: 'You are Ben from the night shift.',
			forwardTo: '+14155550778',
			ringSeconds: 25,
		};
		const { output } = await run(clientFile(folder, NAME, client), '--update', '--dry-run');
		expect(output).toContain('Missed Call Trigger, phones: "+14155550777" → "+14155550778"');
		expect(output).toContain('Missed Call Trigger, options.ringSeconds: nothing → "25"');
		expect(output).toContain('→ "You are Ben from the night shift."');
		expect(output).toContain('1 client: 1 to change.');
		expect((await workflowOf(NAME)).id).toBe(id);
	});

	it('is changed, for calls and texts alike, and the second time there is nothing to do', async () => {
		const file = join(folder, `${NAME}.json`);
		const first = await run(file, '--update');
		expect(first).toMatchObject({ failed: false });
		expect(first.output).toContain('1 client: 1 changed.');
		expect((await workflowOf(NEW_NAME)).id).toBe(id);

		const phone = contactFixture(fixture, '+14155550197');
		expect(await call(phone.number)).toMatchObject({ rang: ['+14155550778'] });
		await phone.waitForText(1);
		expect(shown()).toContain('You are Ben from the night shift.');
		await phone.ask('Hello', client.number);
		expect(shown()).toContain('You are Ben from the night shift.');

		const before = await fixture.client.workflow(id);
		const second = await run(file, '--update');
		expect(second.output).toContain('1 client: 1 as before.');
		expect(await fixture.client.workflow(id)).toMatchObject({ nodes: before.nodes });
	});

	it('is not touched by the file of somebody else', async () => {
		const other = { ...newClient(fixture, NEW_NAME, '+14155550207'), forwardTo: OWNERS_PHONE };
		const file = clientFile(folder, 'other', other);
		for (const command of ['--update', '--remove']) {
			const { failed, output } = await run(file, command);
			expect(failed).toBe(true);
			expect(output).toContain('is of another Twilio account');
		}
		expect((await workflowOf(NEW_NAME)).active).toBe(true);
	});

	it('is removed with all others of a folder: Twilio gets back what it had, shared keys stay', async () => {
		const clients = join(folder, 'to-remove');
		mkdirSync(clients);
		clientFile(clients, 'calls', client);
		clientFile(clients, 'gone', newClient(fixture, 'Client Gone', '+14155550208'));
		const dry = await run(clients, '--remove', '--dry-run');
		expect(dry.output).toContain('2 clients: 1 to remove, 1 not there.');
		expect((await workflowOf(NEW_NAME)).active).toBe(true);

		const { failed, output } = await run(clients, '--remove');
		expect({ failed, output }).toMatchObject({ failed: false });
		expect(output).toContain('2 clients: 1 removed, 1 not there.');
		expect(line.voiceUrl).toBe('https://former.example.com/calls');
		expect(await madeFor(NEW_NAME)).toEqual([]);
		const left = (await fixture.client.credentials()).map((each) => each.id);
		expect(left).toContain(client.modelCredentialId);
		expect((await run(clients, '--remove')).output).toContain('2 clients: 2 not there.');
	});
});

describe('the credentials of a client that is removed', () => {
	it('stay where another workflow uses them', async () => {
		const client = newClient(fixture, 'Client Lender', '+14155550209');
		await setUp(client);
		const lender = await workflowOf('Client Lender');
		const borrower = await fixture.addWorkflow({ ...lender, name: 'Client Borrower' });
		const { output } = await run(join(folder, 'Client Lender.json'), '--remove');
		expect(output).toContain('(2 credentials used elsewhere: kept)');
		expect(await madeFor('Client Lender')).toHaveLength(2);
		await fixture.client.deleteWorkflow(borrower.id);
	});
});
