import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

/** Where Debian has it; `npm test` and `npm run e2e` name it wherever it is. */
const DEBIAN_CHROMIUM = '/usr/bin/chromium';

/** A headless Chromium that asks nobody anything by itself. */
export async function launchBrowser(): Promise<Browser> {
	return await chromium.launch({
		executablePath: chromiumPath(),
		args: [
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

function chromiumPath(): string {
	const path = process.env['CHROMIUM_PATH'] || DEBIAN_CHROMIUM;
	if (existsSync(path)) return path;
	throw new Error(
		`There is no Chromium at ${path}. Set CHROMIUM_PATH; \`npm test\` and \`npm run e2e\` find it.`,
	);
}
