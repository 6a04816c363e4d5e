import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

/** Chromium, reaching nothing beyond what a test opens in it. */
export async function launchBrowser(): Promise<Browser> {
	return await chromium.launch({
		executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
		args: [
			'--headless',
			'--no-sandbox',
			'--disable-gpu',
			'--disable-quic',
			'--no-first-run',
			'--disable-background-networking',
			'--disable-component-update',
			'--disable-sync',
		],
	});
}
