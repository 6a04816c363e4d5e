import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { E2E_FOLDER } from '../../../scripts/paths';
import type { N8nClient } from './n8n-client';
import type { N8nHost } from './n8n-host';
import { clientFor } from './template-folder';

const RECORD = join(E2E_FOLDER, 'shared-n8n.json');

type SharedRecord = Pick<N8nHost, 'url' | 'userFolder' | 'logFile'>;

/** The n8n that all end-to-end files use. Whoever wants to stop or crash one starts another. */
export interface SharedN8n {
	readonly url: string;
	readonly client: N8nClient;
	logs(): string;
}

/** Set by Jest's global set-up; rejects when a file is run without it. */
export function sharedN8n(): SharedN8n {
	const { url, userFolder, logFile } = JSON.parse(readFileSync(RECORD, 'utf8')) as SharedRecord;
	return {
		url,
		client: clientFor(url, userFolder),
		logs: () => readFileSync(logFile, 'utf8'),
	};
}

export function announceSharedN8n({ url, userFolder, logFile }: SharedRecord): void {
	mkdirSync(E2E_FOLDER, { recursive: true });
	writeFileSync(RECORD, JSON.stringify({ url, userFolder, logFile }));
}

export function withdrawSharedN8n(): void {
	rmSync(RECORD, { force: true });
}
