import { performance } from 'node:perf_hooks';
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

/** Names this process among all that ever were; the same to every copy of the package in it. */
export function thisProcess(): string {
	return `${process.pid}-${Math.round(performance.timeOrigin).toString(36)}`;
}

/** Where n8n keeps its own data on this machine. */
export function n8nFolder(): string {
	return join(process.env['N8N_USER_FOLDER'] ?? homedir(), '.n8n');
}
