import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEMO_FOLDER } from '../paths';

/** What stays the same from one start of the demo to the next. */
export interface DemoSettings {
	owner: { email: string; firstName: string; lastName: string; password: string };
	/** Of the account at the Twilio stand-in. */
	twilio: { accountSid: string; authToken: string };
	apiKey?: string;
	/** The workflow as it was imported; a start leaves the builder's changes to it alone. */
	workflow?: { id: string; importedFrom: string };
	/** The demo that runs now, or ran last. */
	running?: { pid: number; url: string };
}

const FILE = join(DEMO_FOLDER, 'settings.json');

export function readSettings(): DemoSettings {
	if (existsSync(FILE)) return JSON.parse(readFileSync(FILE, 'utf8')) as DemoSettings;
	const settings: DemoSettings = {
		owner: {
			email: 'demo@example.com',
			firstName: 'Demo',
			lastName: 'Owner',
			// n8n asks for a capital and a digit.
			password: `Sms-${randomBytes(6).toString('hex')}-1`,
		},
		twilio: {
			accountSid: `AC${randomBytes(16).toString('hex')}`,
			authToken: randomBytes(16).toString('hex'),
		},
	};
	saveSettings(settings);
	return settings;
}

/** Readable by this user only: they hold the log-in. */
export function saveSettings(settings: DemoSettings): void {
	mkdirSync(DEMO_FOLDER, { recursive: true });
	writeFileSync(FILE, JSON.stringify(settings, undefined, '\t'), { mode: 0o600 });
}
