import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

/** Where Debian has it; `npm test` and `npm run e2e` name it wherever it is. */
const DEBIAN_CHROMIUM = '/usr/bin/chromium';

/** No other machine has a name. To stop requests in their way would switch the browser's cache off. */
const ONLY_THIS_MACHINE =
	'--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost';

/** A headless Chromium that reaches this machine only, and asks nobody anything by itself. */
export async function launchBrowser(): Promise<Browser> {
	return await chromium.launch({
		executablePath: chromiumPath(),
		args: [
			ONLY_THIS_MACHINE,
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
