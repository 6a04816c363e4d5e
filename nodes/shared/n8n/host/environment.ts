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
	return join(userFolder(), '.n8n');
}

/** In n8n's folder, and the one place there that is not n8n's own. */
export function ourFolder(): string {
	return join(n8nFolder(), 'sms-agent');
}

function userFolder(): string {
	return process.env['N8N_USER_FOLDER'] ?? homedir();
}

/** Full paths of files and folders. */
export interface FileRules {
	/** Workflows may have files nowhere else; empty for no such rule. */
	allowed: string[];
	/** n8n's own. */
	blocked: string[];
}

/**
 * Where this n8n lets workflows have files, by the variables that rule its own file nodes. n8n has a
 * function for it, but gives it to nodes that run and not to triggers that listen.
 */
export function fileRules(): FileRules {
	return {
		allowed: listed('N8N_RESTRICT_FILE_ACCESS_TO', ';').map((path) =>
			path.startsWith('~') ? join(homedir(), path.slice(1)) : path,
		),
		blocked:
			process.env['N8N_BLOCK_FILE_ACCESS_TO_N8N_FILES'] === 'false'
				? databaseOfN8n()
				: [...databaseOfN8n(), ...filesOfN8n()],
	};
}

/** What holds everybody's credentials is never to be opened, whatever the variables say. */
function databaseOfN8n(): string[] {
	const database = join(n8nFolder(), process.env['DB_SQLITE_DATABASE'] || 'database.sqlite');
	return ['', '-wal', '-shm', '-journal'].map((end) => database + end);
}

function filesOfN8n(): string[] {
	return [
		n8nFolder(),
		join(userFolder(), '.cache', 'n8n'),
		...listed('N8N_CONFIG_FILES', ','),
		...listed('N8N_CUSTOM_EXTENSIONS', ';'),
		...listed('N8N_BINARY_DATA_STORAGE_PATH'),
		...listed('N8N_UM_EMAIL_TEMPLATES_INVITE'),
		...listed('N8N_UM_EMAIL_TEMPLATES_PWRESET'),
	];
}

function listed(variable: string, separator = '\n'): string[] {
	const parts = (process.env[variable] ?? '').split(separator);
	return parts.map((part) => part.trim()).filter((part) => part !== '');
}
