import { join } from 'node:path';
import type { IExecuteFunctions } from 'n8n-workflow';
import {
	isThere,
	whyImpermanent,
	type Impermanence,
} from '../../threads/stores/embedded/permanent-place';
import { n8nFolder, nodeVersion, ourFolder } from '../host/environment';
import type { TriggerContext } from '../host/field-value';
import { keptInOf, type LocalPlace } from '../registration/registration-memory';

/** Of conversations in the workflow's static data. */
export const STATIC_DATA_KEY = 'smsThreads';

/** Where the file is whose name the builder leaves empty. */
export function usualFile(): string {
	return join(ourFolder(), 'threads.sqlite');
}

/**
 * What Automatic comes to: where this workflow was published with last; else where its conversations
 * came along with it, in its static data; else a file where this n8n can keep one. So what was chosen
 * once stays, whatever becomes of the server: a contact's STOP must not get out of sight.
 */
export function automaticPlace(context: TriggerContext | IExecuteFunctions): LocalPlace {
	const before = keptInOf(context);
	if (before !== undefined) return before;
	if (context.getWorkflowStaticData('global')[STATIC_DATA_KEY] !== undefined) return 'staticData';
	return whyNoFile() === undefined ? 'embedded' : 'staticData';
}

/** Why this n8n can keep no file, in words; undefined where it can. */
export function whyNoFile(): string | undefined {
	const why = whyImpermanent(usualFile());
	if (why !== undefined) return REASONS[why](n8nFolder());
	// What an n8n on a newer Node has written is not left behind: opening it says what is missing.
	if (hasSqlite(nodeVersion()) || isThere(usualFile())) return undefined;
	return `a file needs Node 22.16 or later, and this n8n runs on Node ${nodeVersion()}`;
}

const REASONS: Readonly<Record<Impermanence, (folder: string) => string>> = {
	container: (folder) =>
		`n8n's data folder, ${folder}, is on no volume, so a file there would be lost with the container`,
	memory: (folder) =>
		`n8n's data folder, ${folder}, is in the server's memory, so a file there would be lost with it`,
	notWritable: (folder) => `n8n may not write to its data folder, ${folder}`,
};

/** Node has an SQLite of its own since 22.13; it waits for another process' lock since 22.16. */
export function hasSqlite(node: string): boolean {
	const [major = 0, minor = 0] = node.split('.').map(Number);
	return major > 22 || (major === 22 && minor >= 16);
}
