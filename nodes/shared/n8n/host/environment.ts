import { homedir } from 'node:os';
import { join } from 'node:path';

/** Whether this n8n hands its executions to worker processes. */
export function runsInQueueMode(): boolean {
	return process.env['EXECUTIONS_MODE'] === 'queue';
}

/** Of the Node that n8n runs on: `22.16.0`. */
export function nodeVersion(): string {
	return process.versions.node;
}

/** Where n8n keeps its own data on this machine. */
export function n8nFolder(): string {
	return join(process.env['N8N_USER_FOLDER'] ?? homedir(), '.n8n');
}
