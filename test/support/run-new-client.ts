import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../scripts/paths';

const SCRIPT = join(ROOT, 'docs/resellers/new-client.mjs');

export interface ScriptRun {
	failed: boolean;
	/** What it printed, all of it. */
	output: string;
}

/** The resellers' script, as they run it: arguments, n8n's address and a key. */
export async function runNewClient(
	args: readonly string[],
	n8n: { url: string; key: string },
): Promise<ScriptRun> {
	const env = { PATH: process.env['PATH'], N8N_URL: n8n.url, N8N_API_KEY: n8n.key };
	return await new Promise((resolve) => {
		execFile(process.execPath, [SCRIPT, ...args], { env }, (error, stdout, stderr) =>
			resolve({ failed: error !== null, output: stdout + stderr }),
		);
	});
}

/** Writes what the reseller has noted, and returns the file's path. */
export function clientFile(folder: string, name: string, content: unknown): string {
	const file = join(folder, `${name}.json`);
	writeFileSync(file, JSON.stringify(content));
	return file;
}

/** One of `workflows/`. */
export function workflowPath(name: string): string {
	return join(ROOT, `workflows/${name}.json`);
}
