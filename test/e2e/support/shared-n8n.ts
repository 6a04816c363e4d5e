import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { N8nClient } from '../../../harness/n8n-client';
import type { N8nHost } from '../../../harness/n8n-host';
import { thisRun } from '../../../harness/run';
import { clientFor } from '../../../harness/template-folder';

const RECORD = join(thisRun.folder, 'shared-n8n.json');

interface SharedRecord extends Pick<N8nHost, 'url' | 'userFolder' | 'logFile'> {
	/** Of the one log-in that all files share. */
	cookie: string;
}

/** The n8n that all end-to-end files of a run use. Whoever wants to stop or crash one starts another. */
export interface SharedN8n {
	readonly url: string;
	readonly client: N8nClient;
	logs(): string;
}

/** Set by Jest's global set-up; rejects when a file is run without it. */
export function sharedN8n(): SharedN8n {
	const { url, userFolder, logFile, cookie } = JSON.parse(
		readFileSync(RECORD, 'utf8'),
	) as SharedRecord;
	return {
		url,
		client: clientFor(url, userFolder, cookie),
		logs: () => readFileSync(logFile, 'utf8'),
	};
}

export async function announceSharedN8n(n8n: N8nHost): Promise<void> {
	const { url, userFolder, logFile } = n8n;
	const { name, value } = await n8n.client.authCookie();
	const record: SharedRecord = { url, userFolder, logFile, cookie: `${name}=${value}` };
	mkdirSync(thisRun.folder, { recursive: true });
	writeFileSync(RECORD, JSON.stringify(record));
}

export function withdrawSharedN8n(): void {
	rmSync(RECORD, { force: true });
}
