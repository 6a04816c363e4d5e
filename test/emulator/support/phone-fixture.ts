import type { Browser, Page } from 'playwright-core';
import { startDemoEmulators, type DemoEmulators } from '../../../emulator/demo-emulators';
import { startWebhookApp, type WebhookApp } from './webhook-app';

/** The phone page in a browser, on the demo's emulators, and an application behind them. */
export interface PhoneFixture {
	readonly app: WebhookApp;
	readonly demo: DemoEmulators;
	readonly page: Page;
	/** Opens the conversation of `contact` with `number`. */
	show(contact: string, number: string): Promise<void>;
	/** Throws where the page has had an error. */
	close(): Promise<void>;
}

export async function openPhoneFixture(
	browser: Browser,
	phoneNumbers: string[],
): Promise<PhoneFixture> {
	const app = await startWebhookApp();
	const demo = await startDemoEmulators({ phoneNumbers, deliveryMs: 5 });
	const page = await browser.newPage();
	const problems: string[] = [];
	page.on('pageerror', ({ message }) => problems.push(message));
	page.setDefaultTimeout(60_000);
	return {
		app,
		demo,
		page,
		async show(contact, number) {
			const query = new URLSearchParams({ contact, number });
			await page.goto(`${demo.twilio.phoneUrl}?${query.toString()}`);
		},
		async close() {
			await page.close();
			await demo.close();
			await app.close();
			if (problems.length > 0) throw new Error(`Errors on the page: ${problems.join(', ')}`);
		},
	};
}
