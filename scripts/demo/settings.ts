import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEMO_FOLDER } from '../paths';

/** What stays the same from one start of the demo to the next. */
export interface DemoSettings {
	owner: { email: string; firstName: string; lastName: string; password: string };
	/** Of the account at the Twilio emulator, and its number for calls, which a workflow names. */
	twilio: { accountSid: string; authToken: string; callNumberSid: string };
	apiKey?: string;
	/** What a voice platform, a form or the builder's own system shows, and signs with. */
	secrets: { shared: string; signing: string };
	/** As they were imported, by file; a start leaves the builder's changes to them alone. */
	workflows?: Record<string, { id: string; importedFrom: string }>;
	/** The demo that runs now, or ran last. */
	running?: { pid: number; url: string };
}

const FILE = join(DEMO_FOLDER, 'settings.json');

export function readSettings(): DemoSettings {
	if (existsSync(FILE)) {
		const kept = JSON.parse(readFileSync(FILE, 'utf8')) as DemoSettings;
		// An earlier version of the demo had neither.
		const { callNumberSid = newNumberSid() } = kept.twilio as Partial<DemoSettings['twilio']>;
		return {
			...kept,
			twilio: { ...kept.twilio, callNumberSid },
			secrets: kept.secrets ?? newSecrets(),
		};
	}
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
			callNumberSid: newNumberSid(),
		},
		secrets: newSecrets(),
	};
	saveSettings(settings);
	return settings;
}

function newNumberSid(): string {
	return `PN${randomBytes(16).toString('hex')}`;
}

function newSecrets(): DemoSettings['secrets'] {
	return {
		shared: randomBytes(16).toString('hex'),
		signing: `whsec_${randomBytes(32).toString('base64')}`,
	};
}

/** Readable by this user only: they hold the log-in. */
export function saveSettings(settings: DemoSettings): void {
	mkdirSync(DEMO_FOLDER, { recursive: true });
	writeFileSync(FILE, JSON.stringify(settings, undefined, '\t'), { mode: 0o600 });
}
