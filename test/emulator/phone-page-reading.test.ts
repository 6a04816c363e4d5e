import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../harness/launch-browser';
import { ApiClient } from './support/api-client';
import { openPhoneFixture, type PhoneFixture } from './support/phone-fixture';

const OURS = '+14155550100';
const OTHER = '+14155550111';
const SAM = '+12065550142';
const CLOCK = String.raw`\d{1,2}:\d\d [AP]M`;

let browser: Browser;
let fixture: PhoneFixture;
let page: Page;

beforeAll(async () => {
	browser = await launchBrowser();
});
afterAll(() => browser.close());

beforeEach(async () => {
	fixture = await openPhoneFixture(browser, [OURS, OTHER]);
	({ page } = fixture);
	for (const number of fixture.demo.numbers) number.smsUrl = `${fixture.app.baseUrl}/sms`;
	fixture.app.answer = ({ form }) => ({
		body: `<Response><Message>Echo: ${form.get('Body')}</Message></Response>`,
	});
	await fixture.show(SAM, OURS);
});
afterEach(() => fixture.close());

const exchange = async (text: string): Promise<void> => {
	await page.getByLabel('Text message').fill(text);
	await page.keyboard.press('Enter');
	const entries = page.getByRole('log').getByRole('listitem');
	await entries
		.filter({ hasText: `Echo: ${text}` })
		.filter({ hasText: 'Delivered' })
		.waitFor();
};
const announced = async (): Promise<string[]> => await page.locator('#news p').allTextContents();

describe('to a screen reader', () => {
	it('each text has its author, words, time and state', async () => {
		await exchange('Hello');
		const [mine, theirs] = [
			page.getByRole('listitem').filter({ hasText: /^You:/ }),
			page.getByRole('listitem').filter({ hasText: /^The agent:/ }),
		];
		await mine.filter({ hasText: 'n8n answered' }).waitFor();
		expect(await mine.ariaSnapshot()).toMatch(
			new RegExp(
				`^- listitem:\n  - paragraph: "You:"\n  - text: Hello\n  - time: ${CLOCK}\n  - text: 1 segment GSM-7 Delivered\n  - paragraph: n8n answered 200 in \\d+ ms$`,
			),
		);
		expect(await theirs.ariaSnapshot()).toMatch(
			new RegExp(
				`^- listitem:\n  - paragraph: "The agent:"\n  - text: "Echo: Hello"\n  - time: ${CLOCK}\n  - text: 1 segment GSM-7 Delivered$`,
			),
		);
		expect(await theirs.locator('time').getAttribute('title')).toMatch(/\d{4}.*\d:\d\d/);

		await page.getByLabel('Text message').fill('STOP');
		await page.keyboard.press('Enter');
		const automatic = page
			.getByRole('log')
			.getByRole('listitem')
			.filter({ hasText: 'unsubscribed' })
			.filter({ hasText: 'Delivered' });
		await automatic.waitFor();
		expect(await automatic.ariaSnapshot()).toContain('paragraph: "Twilio:"');
	});

	it('a new text is announced once, whatever becomes of it, and one’s own is not', async () => {
		await exchange('One');
		await page.reload();
		await page.getByText('Echo: One').last().waitFor();
		await exchange('Two');
		await new ApiClient(fixture.demo.twilio.baseUrl, fixture.demo.account).send({
			To: SAM,
			From: OTHER,
			Body: 'From elsewhere',
		});
		await page.locator('#news p').nth(1).waitFor({ state: 'attached' });
		expect(await announced()).toEqual([
			expect.stringMatching(new RegExp(`^The agent, ${CLOCK}: Echo: Two$`)),
			expect.stringMatching(
				new RegExp(String.raw`^The agent on \(415\) 555-0111, ${CLOCK}: From elsewhere$`),
			),
		]);
		expect(await page.locator('#news').getAttribute('aria-live')).toBe('polite');
		expect(await page.getByRole('log').getAttribute('aria-live')).toBe('off');
	});

	it('a call is told as it goes on, with who hears what', async () => {
		for (const number of fixture.demo.numbers) number.voiceUrl = `${fixture.app.baseUrl}/voice`;
		fixture.app.answer = () => ({ body: '<Response><Say>We are closed.</Say></Response>' });
		await page.getByRole('button', { name: 'Call' }).click();
		await page.locator('#news').getByText('Call ended').waitFor({ state: 'attached' });
		expect(await announced()).toEqual([
			'Calling (415) 555-0100 …',
			'You hear: “We are closed.”',
			'Call ended, nobody took it',
		]);
		const entry = page.getByRole('log').getByRole('listitem').filter({ hasText: 'Call ended' });
		expect(await entry.ariaSnapshot()).toContain('paragraph: "You hear: “We are closed.”"');
	});

	it('every control and every field has a name', async () => {
		await page.getByRole('button', { name: 'Add a contact' }).click();
		await page.getByRole('button', { name: 'Network' }).click();
		const controls = page.locator('button, input:not([type=file]), select, textarea');
		const names = await controls.evaluateAll((found) => found.length);
		expect(names).toBeGreaterThan(15);
		const snapshot = await page.locator('body').ariaSnapshot();
		expect(snapshot.match(/- (?:button|textbox|combobox|switch)(?:\n|:| \[)/g)).toBeNull();
		expect(snapshot).toContain('textbox "Phone number"');
		expect(snapshot).toContain('combobox "You are"');
	});
});

describe('by keyboard', () => {
	it('one chooses a number, writes, and comes back', async () => {
		await page.getByRole('button', { name: /555-0111/ }).focus();
		await page.keyboard.press('Enter');
		expect(await page.evaluate('document.activeElement.id')).toBe('body');
		await page.keyboard.type('By keyboard');
		await page.keyboard.press('Enter');
		await page.getByText('Echo: By keyboard').last().waitFor();
		// From the box up to the conversation, to scroll it.
		for (let back = 0; back < 2; back += 1) await page.keyboard.press('Shift+Tab');
		expect(await page.evaluate('document.activeElement.id')).toBe('log');
	});
});

describe('who writes the answers', () => {
	it('is said above the conversation, and more about it by keyboard', async () => {
		const summary = page.getByText('a script answers from the prompt');
		await summary.waitFor();
		const more = page.getByText('It picks sentences of the prompt');
		expect(await more.isVisible()).toBe(false);
		await summary.focus();
		await page.keyboard.press('Enter');
		expect(await more.isVisible()).toBe(true);
	});
});
