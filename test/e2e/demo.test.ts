import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { prepareWorkflows } from '../../scripts/demo/prepare-workflows';
import { linesOfNodes } from '../../scripts/demo/lines-of-nodes';
import { openServices, type DemoServices } from '../../scripts/demo/services';
import type { DemoSettings } from '../../scripts/demo/settings';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../harness/launch-browser';
import { httpExchange } from '../../harness/http-exchange';
import { startN8n, type N8nHost } from '../../harness/n8n-host';
import { poll } from '../../harness/poll';
import { OWNER } from '../../harness/template-folder';
import { WORKFLOW_NAMES } from './support/workflow-file';

const TEXT_NUMBER = '+14155550100';
const CALL_NUMBER = '+14155550111';
const BOOKING_NUMBER = '+14155550122';

interface LiveCall {
	sid: string;
	phones: Array<{ phoneNumber: string }>;
}

describe('the demo', () => {
	let n8n: N8nHost;
	let services: DemoServices;
	let browser: Browser;
	const folder = mkdtempSync(join(tmpdir(), 'sms-agent-demo-'));
	const open = async () =>
		await openServices({}, settings, { stateFile: join(folder, 'twilio') });
	const shown: string[] = [];
	const settings: DemoSettings = {
		owner: OWNER,
		twilio: {
			accountSid: `AC${'0'.repeat(31)}2`,
			authToken: 'e'.repeat(32),
			callNumberSid: `PN${'0'.repeat(31)}2`,
		},
		secrets: {
			shared: 'shared',
			signing: `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
		},
	};

	beforeAll(async () => {
		n8n = await startN8n({ onOutput: linesOfNodes((line) => shown.push(line)) });
		services = await open();
		browser = await launchBrowser();
	});
	afterAll(async () => {
		await browser?.close();
		await n8n?.stop();
		await services?.close();
		rmSync(folder, { recursive: true, force: true });
	});

	const emulator = async <T>(path: string, body?: object): Promise<T> => {
		const { origin } = new URL(services.phoneUrl ?? '');
		const answer = await httpExchange(`${origin}/_emulator/${path}`, {
			...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
			headers: { 'content-type': 'application/json' },
		});
		return JSON.parse(answer.body) as T;
	};
	const messageTo = async (contact: string, count: number, timeoutMs = 90_000) => {
		const query = new URLSearchParams({ to: contact });
		const text = async () => {
			const path = `messages?${query.toString()}`;
			return (await emulator<Array<{ from: string; body: string }>>(path))[count - 1];
		};
		return await poll(`text ${count} to ${contact}`, text, { timeoutMs });
	};

	it('offers every workflow, those with a number of their own switched on', async () => {
		const { active, others } = await prepareWorkflows(n8n.client, services, settings);
		const workflows = await n8n.client.workflows();
		expect(workflows).toHaveLength(WORKFLOW_NAMES.length);
		expect(others).toBe(WORKFLOW_NAMES.length - 3);
		const switchedOn = workflows.filter((workflow) => workflow.active);
		expect(new Map(switchedOn.map(({ id, name }) => [id, name]))).toEqual(
			new Map([
				[active.texts, 'Two-way AI agent'],
				[active.calls, 'Missed-call text-back'],
				[active.appointments, 'Appointment booking by text'],
			]),
		);
		for (const { nodes } of workflows) {
			const chosen = nodes.flatMap(({ credentials }) => Object.values(credentials ?? {}));
			expect(chosen.filter(({ id }) => !id)).toEqual([]);
		}
	});

	it('answers what the phone page sends', async () => {
		const from = '+12065550142';
		await emulator('texts', { from, to: TEXT_NUMBER, body: 'My name is Sam' });
		expect((await messageTo(from, 1)).body).toContain('Sam');
	});

	it('books an appointment, once, and cancels it', async () => {
		const from = '+12065550145';
		let said = 0;
		const ask = async (body: string) => {
			await emulator('texts', { from, to: BOOKING_NUMBER, body });
			return (await messageTo(from, ++said)).body;
		};
		const offered = await ask('Hi, do you have any free times?');
		expect(offered).toMatch(/^I have \w+day, .*9:00 AM/);
		const [day = ''] = /\w+day/.exec(offered) ?? [];
		expect(await ask(`${day} at 9 please`)).toMatch(
			new RegExp(`^You are booked for ${day}.*9:00 AM`),
		);
		expect(await ask('When is my appointment?')).toMatch(new RegExp(`^You have ${day}`));
		expect(await ask('Please cancel my appointment')).toMatch(/is cancelled\.$/);
		expect(await ask('What do I have?')).toBe('You have no appointment with us.');
		expect(await ask('What does a cleaning cost?')).toContain('$90');
	});

	it('tells the owner who needs a person, whom the phone page shows too', async () => {
		const { contacts } = await emulator<{ contacts: Array<Record<string, string>> }>('setup');
		const owner = contacts.find(({ name }) => name === 'The owner')?.['phoneNumber'] ?? '';
		const from = '+16175550123';
		await emulator('texts', { from, to: TEXT_NUMBER, body: 'I want to talk to a person' });
		expect((await messageTo(owner, 1)).body).toContain(`${from} needs you`);
	});

	it('texts back who calls from the phone page and is not answered, and goes on with them', async () => {
		const from = '+13125550167';
		const call = await emulator<LiveCall>('live-calls', { from, to: CALL_NUMBER });
		const phone = await poll('the owner’s phone', async () => {
			const calls = await emulator<LiveCall[]>('live-calls');
			return calls.find(({ sid }) => sid === call.sid)?.phones[0]?.phoneNumber;
		});
		await emulator(`live-calls/${call.sid}/deeds`, { by: phone, does: 'rejects' });
		expect(await messageTo(from, 1)).toMatchObject({ from: CALL_NUMBER });

		await emulator('texts', { from, to: CALL_NUMBER, body: 'Hi, my name is Maria' });
		const answer = await messageTo(from, 2);
		expect(answer).toMatchObject({ from: CALL_NUMBER });
		expect(answer.body).toContain('Maria');
	});

	it('shows in the terminal what waits, and texts it by itself', async () => {
		const from = '+12065550143';
		const busy = { kind: 'error', code: 21611, status: 429, method: 'POST' };
		await emulator('faults', busy);
		await emulator('texts', { from, to: TEXT_NUMBER, body: 'My name is Kim' });
		expect((await messageTo(from, 1, 100_000)).body).toContain('Kim');
		expect(shown).toContainEqual(
			expect.stringMatching(
				/^Incoming SMS Trigger: 1 conversation waits: 1 for another try at sending \(next at \d\d:\d\d\)\.$/,
			),
		);
		expect(shown.join()).not.toMatch(/Kim|5550143/);
	});

	it('leaves what the builder has changed alone when it starts again', async () => {
		const { client } = n8n;
		const [brands] = (await client.workflows()).filter(({ name }) => name.startsWith('Many'));
		if (!brands) throw new Error('No such workflow');
		await client.updateWorkflow(brands.id, { ...brands, name: 'My brands' });
		await prepareWorkflows(client, services, settings);
		const names = (await client.workflows()).map(({ name }) => name);
		expect(names).toHaveLength(WORKFLOW_NAMES.length);
		expect(names).toContain('My brands');
	});

	const phonePage = async (contact: string): Promise<Page> => {
		const page = await browser.newPage();
		page.setDefaultTimeout(90_000);
		const query = new URLSearchParams({ contact, number: TEXT_NUMBER });
		await page.goto(`${services.phoneUrl}?${query.toString()}`);
		return page;
	};
	const textsOf = (page: Page, author: string) =>
		page
			.getByRole('log')
			.getByRole('listitem')
			.filter({ hasText: new RegExp(`^${author}:`) });
	/** What the agent answers to it, as the page shows it. */
	const ask = async (page: Page, text: string): Promise<string> => {
		const answers = textsOf(page, 'The agent');
		const before = await answers.count();
		await page.getByLabel('Text message').fill(text);
		await page.keyboard.press('Enter');
		return await answers.nth(before).locator('.bubble').innerText();
	};

	it('answers on the phone page from the prompt, and says that a script does', async () => {
		const page = await phonePage('+12065550144');
		await page.getByText('a script answers from the prompt').waitFor();
		expect(await ask(page, 'Are you open on Friday?')).toBe(
			'We are open Monday to Friday, 9 am to 5 pm.',
		);
		expect(await ask(page, 'Do you do whitening?')).toMatch(
			/^I have no information about that/,
		);
		expect(await ask(page, 'My name is Lou')).toBe('Nice to meet you, Lou. How can I help?');

		const { client } = n8n;
		const texts = (await client.workflows()).find(({ name }) => name === 'Two-way AI agent');
		if (!texts) throw new Error('No such workflow');
		const changed = JSON.stringify(texts.nodes).replace('9 am to 5 pm', '7 am to noon');
		await client.updateWorkflow(texts.id, {
			...texts,
			nodes: JSON.parse(changed) as typeof texts.nodes,
		});
		await client.deactivate(texts.id);
		await client.activate(texts.id);
		expect(await ask(page, 'When are you open?')).toBe(
			'We are open Monday to Friday, 7 am to noon.',
		);
		await page.close();
	});

	it('goes on where it was when all of it is started again', async () => {
		await services.close();
		services = await open();
		await n8n.restart();
		await prepareWorkflows(n8n.client, services, settings);
		const page = await phonePage('+12065550144');
		await textsOf(page, 'The agent').nth(3).waitFor();
		expect(await textsOf(page, 'You').locator('.bubble').allInnerTexts()).toEqual([
			'Are you open on Friday?',
			'Do you do whitening?',
			'My name is Lou',
			'When are you open?',
		]);
		expect(await ask(page, 'What is my name?')).toBe('Your name is Lou.');
		await page.close();
	});
});
