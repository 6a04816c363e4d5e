import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { SegmentedMessage } from 'sms-segments-calculator';
import { launchBrowser } from '../../harness/launch-browser';
import type { DemoEmulators } from '../../emulator/demo-emulators';
import { ApiClient } from './support/api-client';
import { openPhoneFixture, type PhoneFixture } from './support/phone-fixture';
import type { WebhookApp } from './support/webhook-app';

const OURS = '+14155550100';
const QUIET = '+14155550111';
const SAM = '+12065550142';
const PNG = Buffer.from(
	'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M/wHwAEBgIApD5fRAAAAABJRU5ErkJggg==',
	'base64',
);

let browser: Browser;
let fixture: PhoneFixture;
let app: WebhookApp;
let demo: DemoEmulators;
let page: Page;

beforeAll(async () => {
	browser = await launchBrowser();
});
afterAll(() => browser.close());

beforeEach(async () => {
	fixture = await openPhoneFixture(browser, [OURS, QUIET]);
	({ app, demo, page } = fixture);
	const [number] = demo.numbers;
	if (number) number.smsUrl = `${app.baseUrl}/sms`;
	app.answer = ({ form }) => ({
		body: `<Response><Message>Echo: ${form.get('Body')}</Message></Response>`,
	});
	await fixture.show(SAM, OURS);
});
afterEach(() => fixture.close());

const write = async (text: string): Promise<void> => {
	await page.getByLabel('Text message').fill(text);
	await page.keyboard.press('Enter');
};
const bubble = (text: string) =>
	page.getByRole('log').getByRole('listitem').filter({ hasText: text });
/** Waits until the text is there, and gives the whole of the message it belongs to. */
const shown = async (text: string, words: string): Promise<string> => {
	const item = bubble(text).filter({ hasText: words }).first();
	await item.waitFor();
	return await item.innerText();
};

describe('a conversation', () => {
	it('shows the text on the right and the reply on the left, with segments and states', async () => {
		await write('Hello there');
		const mine = await shown('Hello there', 'n8n answered 200 in');
		expect(mine).toMatch(/1 segment[\s\S]*GSM-7[\s\S]*Delivered/);
		expect(await shown('Echo: Hello there', 'Delivered')).toContain('1 segment');
		const box = async (text: string) => await bubble(text).locator('.bubble').boundingBox();
		const [right, left] = [
			await bubble('Hello there').first().locator('.bubble').boundingBox(),
			await box('Echo: Hello there'),
		];
		expect(right?.x).toBeGreaterThan(left?.x ?? Infinity);
		expect(app.received[0]?.form.get('From')).toBe(SAM);
		expect(await page.getByLabel('Text message').inputValue()).toBe('');
	});

	it('counts live while one writes, as the message is then billed', async () => {
		const counter = page.locator('#counter');
		await page.getByLabel('Text message').fill('x'.repeat(161));
		expect(await counter.innerText()).toBe('161/306 · 2 segments · GSM-7');
		await page.getByLabel('Text message').fill('Hi 👋');
		expect(await counter.innerText()).toBe('5/70 · 1 segment · UCS-2');
		await page.getByLabel('Text message').fill('x'.repeat(1601));
		expect(await counter.innerText()).toContain('over 1,600');
		expect(await page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true);
	});

	it('counts segments like Twilio’s calculator', async () => {
		for (const text of [
			'a',
			'€'.repeat(77) + 'abcdefgh',
			'ж'.repeat(140),
			'👋'.repeat(70),
			'a👩‍👩‍👧b'.repeat(20),
			'é\r\n'.repeat(90),
			'x'.repeat(152) + '€€',
		]) {
			const counted = await page.evaluate(
				`import('/phone/segments.mjs').then(({ countSegments }) => countSegments(${JSON.stringify(text)}))`,
			);
			const { segmentsCount, encodingName } = new SegmentedMessage(text);
			expect(counted).toMatchObject({ numSegments: segmentsCount, encoding: encodingName });
		}
	});

	it('sends a picture', async () => {
		await page
			.locator('#file')
			.setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: PNG });
		await page.getByAltText('Picture to send').waitFor();
		await write('See this');
		expect(await shown('See this', 'n8n answered')).toContain('MMS');
		await page.getByRole('log').getByAltText('Picture').waitFor();
		expect(app.received[0]?.form.get('MediaContentType0')).toBe('image/png');
	});

	it('tells what Twilio says in its own name from what the agent says', async () => {
		await write('STOP');
		expect(await shown('You have been unsubscribed', 'Delivered')).toContain(
			'Twilio’s own reply',
		);
	});

	it('explains why a message did not reach the phone', async () => {
		demo.twilio.faults.next({ kind: 'undelivered', code: 30003 });
		const api = new ApiClient(demo.twilio.baseUrl, demo.account);
		await api.send({ To: SAM, From: OURS, Body: 'Are you there?' });
		const text = await shown('Are you there?', 'Not delivered');
		expect(text).toContain('Twilio error 30003');
		expect(text).toContain('off or out of reach');
	});

	it('survives a reload', async () => {
		await write('Remember me');
		await shown('Remember me', 'n8n answered');
		await page.reload();
		expect(await shown('Remember me', 'n8n answered')).toContain('Delivered');
	});
});

describe('the webhook line', () => {
	it('says what a refusal may mean', async () => {
		app.answer = () => ({ status: 403 });
		await write('Hello');
		const text = await shown('Hello', 'n8n answered 403');
		expect(text).toContain('Auth Token');
		expect(text).toContain('Failed');
	});

	it('says that no webhook is set', async () => {
		await page.getByRole('button', { name: /555-0111/ }).click();
		await write('Anybody there?');
		expect(await shown('Anybody there?', 'No webhook set')).toContain('activate the workflow');
	});
});

describe('the Network drawer', () => {
	const flip = async (name: string): Promise<void> => {
		await page.getByRole('button', { name: /Network/ }).click();
		await page.getByRole('switch', { name }).check();
	};

	it('delivers the next text twice and then switches itself off', async () => {
		await flip('Arrives twice');
		await write('Twice');
		await shown('Echo: Twice', 'Delivered');
		await page.locator('#log .note.good').nth(1).waitFor();
		expect(app.received).toHaveLength(2);
		await page.waitForFunction("!document.querySelector('#network input:checked')");
	});

	it('keeps a switch as it was set, whatever was read before', async () => {
		let letGo = () => {};
		const held = new Promise<void>((resolve) => (letGo = resolve));
		const read = new Promise<void>((resolve) => {
			void page.route(
				'**/faults',
				async (route) => {
					const response = await route.fetch();
					resolve();
					await held;
					await route.fulfill({ response });
				},
				{ times: 1 },
			);
		});
		await page.getByRole('button', { name: /Network/ }).click();
		await read;
		const toggle = page.getByRole('switch', { name: 'Server error' });
		await toggle.click();
		while (demo.twilio.faults.pending().length === 0) await page.waitForTimeout(10);
		letGo();
		const switchedBack = page.waitForFunction(
			"!document.getElementById('fault-500').checked",
			undefined,
			{ timeout: 1_000 },
		);
		await expect(switchedBack).rejects.toThrow(/Timeout/);
	});

	it('refuses the next send, and only that', async () => {
		await flip('Refused: too many requests');
		const api = new ApiClient(demo.twilio.baseUrl, demo.account);
		while (demo.twilio.faults.pending().length === 0) await page.waitForTimeout(10);
		expect((await api.send({ To: SAM, From: OURS, Body: 'One' })).status).toBe(429);
		expect((await api.send({ To: SAM, From: OURS, Body: 'Two' })).status).toBe(201);
	});

	it('takes the model down until everything is put back to normal', async () => {
		await flip('Model down');
		const ask = async (): Promise<number> => {
			const body = JSON.stringify({
				model: 'm',
				messages: [{ role: 'user', content: 'Hi' }],
			});
			const headers = { 'Content-Type': 'application/json' };
			return (
				await fetch(`${demo.model.apiUrl}/chat/completions`, {
					method: 'POST',
					headers,
					body,
				})
			).status;
		};
		while (demo.model.faults.pending().length === 0) await page.waitForTimeout(10);
		expect(await ask()).toBe(500);
		expect(await ask()).toBe(500);
		await page.getByRole('button', { name: 'Everything back to normal' }).click();
		while (demo.model.faults.pending().length > 0) await page.waitForTimeout(10);
		expect(await ask()).toBe(200);
	});

	it('closes with Escape and gives the focus back', async () => {
		await page.getByRole('button', { name: /Network/ }).click();
		await page.keyboard.press('Escape');
		expect(await page.getByRole('heading', { name: 'Network' }).isVisible()).toBe(false);
		expect(await page.evaluate('document.activeElement.id')).toBe('network-button');
	});
});

describe('who one is', () => {
	it('is taken from the address, and can be somebody new', async () => {
		await page.goto(`${demo.twilio.phoneUrl}?contact=%2B13125550199&name=Kim`);
		await page.getByText('(312) 555-0199').waitFor();
		await page.getByRole('button', { name: 'Add a contact' }).click();
		await page.getByLabel('Phone number').fill('555');
		await page.getByRole('button', { name: 'Save contact' }).click();
		await page.getByText('country code').waitFor();
		await page.getByLabel('Name').fill('Alex Kim');
		await page.getByLabel('Phone number').fill('+1 (206) 555-0188');
		await page.getByRole('button', { name: 'Save contact' }).click();
		await page.getByText('(206) 555-0188').waitFor();
		await write('New here');
		await shown('New here', 'n8n answered');
		expect(app.received[0]?.form.get('From')).toBe('+12065550188');
	});

	it('fits a phone: the list and the conversation take turns', async () => {
		await page.setViewportSize({ width: 390, height: 780 });
		expect(await page.getByRole('heading', { name: 'Messages' }).isVisible()).toBe(false);
		await page.getByRole('button', { name: 'Back to the list' }).click();
		await page.getByRole('heading', { name: 'Messages' }).waitFor();
		await page.getByRole('button', { name: /555-0111/ }).click();
		expect(await page.getByLabel('Text message').isVisible()).toBe(true);
		expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
	});
});
