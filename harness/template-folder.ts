import {
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { E2E_FOLDER } from '../scripts/paths';
import { claimPort } from './claim-port';
import { inTurn } from './in-turn';
import { N8nClient, type N8nOwner } from './n8n-client';
import { N8nProcess } from './n8n-process';
import { n8nVersion } from './n8n-under-test';
import { LOGS, temporaryFolder } from './run';

/** Who owns every n8n of the tests. */
export const OWNER: N8nOwner = {
	email: 'owner@example.com',
	firstName: 'Test',
	lastName: 'Owner',
	password: 'Sms-agent-4-tests',
};

const TEMPLATES = join(E2E_FOLDER, 'templates');
const DRAFT = 'draft-';
const KEY_FILE = 'api-key';

/**
 * A folder with n8n's data after its first start: database migrated, owner and API key there. Made
 * once per version of n8n, by starting it, which takes most of a minute; every test gets a copy.
 */
export async function templateFolder(): Promise<string> {
	const template = join(TEMPLATES, n8nVersion());
	if (!existsSync(template)) await inTurn('template', () => makeTemplate(template));
	return template;
}

async function makeTemplate(template: string): Promise<void> {
	if (existsSync(template)) return; // another run has made it meanwhile
	mkdirSync(TEMPLATES, { recursive: true });
	for (const name of readdirSync(TEMPLATES).filter((each) => each.startsWith(DRAFT))) {
		rmSync(join(TEMPLATES, name), { recursive: true, force: true }); // of a run that was cut off
	}

	const draft = mkdtempSync(join(TEMPLATES, DRAFT));
	const [port, brokerPort] = [await claimPort(), await claimPort()];
	const logFile = join(LOGS, 'template.log');
	const n8n = new N8nProcess({ userFolder: draft, port, brokerPort, env: {}, logFile });
	await n8n.ready();
	const client = await N8nClient.setUp(`http://127.0.0.1:${port}`, OWNER);
	writeFileSync(join(draft, KEY_FILE), await client.key());
	await n8n.stop();
	renameSync(draft, template);
}

/** A private copy of the template, in the temporary folder of this run. */
export async function copyOfTemplate(): Promise<string> {
	const template = await templateFolder();
	const folder = temporaryFolder('n8n-');
	for (const name of readdirSync(template)) {
		cpSync(join(template, name), join(folder, name), { recursive: true });
	}
	return folder;
}

/** A client for an n8n that runs on a copy of the template. With the cookie it need not log in. */
export function clientFor(url: string, userFolder: string, cookie?: string): N8nClient {
	const apiKey = readFileSync(join(userFolder, KEY_FILE), 'utf8');
	return new N8nClient(url, OWNER, { apiKey, ...(cookie !== undefined && { cookie }) });
}
