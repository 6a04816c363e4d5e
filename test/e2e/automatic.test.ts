import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startN8n, type N8nHost } from '../../harness/n8n-host';
import { poll } from '../../harness/poll';
import { twoWayAgent } from '../../harness/two-way-agent';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';
import { webhookUrlOf } from './support/trigger-workflow';

const MARIA = '+14155550191';
const DEMO = 'https://demo.twilio.com/welcome/sms/reply';

let n8n: N8nHost;
let fixture: E2eFixture;
/** Of the first test, which the second goes on with. */
let publishedId: string;
const opened: E2eFixture[] = [];

beforeAll(async () => {
	n8n = await startN8n();
});
afterAll(async () => {
	for (const each of opened) await each.close();
	await n8n?.stop();
});

/** A two-way agent of which nothing is chosen but who answers. */
async function leftAlone(account: Parameters<typeof openE2eFixture>[0]) {
	fixture = await openE2eFixture({ n8n, ...account });
	opened.push(fixture);
	return await fixture.addWorkflow(twoWayAgent(fixture));
}

async function answerTo(body: string): Promise<string> {
	const answers = () => fixture.twilio.messages({ to: MARIA });
	const before = answers().length;
	const to = fixture.number.phoneNumber;
	await fixture.twilio.textFromContact({ from: MARIA, to, body });
	await fixture.twilio.waitForMessage(() => answers().length > before, 60_000);
	return answers().at(-1)?.body ?? '';
}

describe('an agent that the builder leaves alone', () => {
	it('has the only number, keeps its conversations in a file, and knows them after n8n was killed', async () => {
		const file = join(n8n.userFolder, '.n8n/sms-agent/threads.sqlite');
		expect(existsSync(file)).toBe(false);
		const workflow = await leftAlone({ numbers: 1 });
		publishedId = workflow.id;
		await fixture.client.activate(publishedId);
		expect(fixture.number.smsUrl).toBe(await webhookUrlOf(fixture, workflow));
		expect(existsSync(file)).toBe(true);
		expect(n8n.logs()).toContain(
			`Keep Conversations In, Automatic: File on the Server (${file})`,
		);
		expect(n8n.logs()).toContain('Connected at Twilio: texts of +14155550100');

		await answerTo('Hi, my name is Maria');
		// Cut off, the run would be looked after first.
		await fixture.client.endedExecutions(workflow.id, 1, 30_000);
		await n8n.kill();
		await n8n.restart();
		expect(await answerTo('What is my name?')).toBe('Your name is Maria.');
		const stored = await fixture.client.workflow(workflow.id);
		expect(JSON.stringify(stored)).not.toContain('Maria');
	});

	it('keeps its number when another is bought, published again and after a restart too', async () => {
		const second = fixture.twilio.addNumber(fixture.account.accountSid, {
			phoneNumber: '+14155550111',
		});
		await fixture.client.deactivate(publishedId);
		expect(fixture.number.smsUrl).toBe(DEMO);
		await fixture.client.activate(publishedId);
		expect(fixture.number.smsUrl).toContain(n8n.url);
		fixture.number.smsUrl = '';
		await n8n.restart();
		await poll('the number to be connected again', () =>
			fixture.number.smsUrl.startsWith(n8n.url) ? true : undefined,
		);
		expect(second.smsUrl).toBe(DEMO);
		await fixture.client.deactivate(publishedId);
	});

	it('has the Messaging Service of the credential', async () => {
		const { id } = await leftAlone({ numbers: 3, withService: true });
		await fixture.client.activate(id);
		for (const { smsUrl } of fixture.numbers) expect(smsUrl).toContain(n8n.url);
		expect(await answerTo('Are you open?')).not.toBe('');
		await fixture.client.deactivate(id);
	});

	it('asks which of three numbers, when it is published', async () => {
		const { id } = await leftAlone({ numbers: 3 });
		await expect(fixture.client.activate(id)).rejects.toThrow(
			/Receive Texts On: this account has 3 numbers that can text: \+14155550102, \+14155550101, \+14155550100\. Choose \\?"Chosen Phone Numbers\\?" there/,
		);
		await pause(500);
		expect(fixture.numbers.map(({ smsUrl }) => smsUrl)).toEqual([DEMO, DEMO, DEMO]);
	});
});
