import { rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { claimPort } from './claim-port';
import { installPackage, packedTarball } from './install-package';
import type { N8nClient } from './n8n-client';
import { RestartableN8n } from './restartable-n8n';
import { LOGS } from './run';
import { clientFor, copyOfTemplate } from './template-folder';

/** n8n 2.41 then makes an isolate where an expression needs one, not for every request and execution. */
export const LAZY_ENGINE = { N8N_EXPRESSION_ENGINE_LAZY_ACQUIRE: 'true' };

export interface N8nHostOptions {
	/** n8n's data. Default: a copy of the template, removed by `stop()`. */
	userFolder?: string;
	/** Default: a free one, which no other run can take. */
	port?: number;
	/** Adds to or replaces what the tests set; undefined removes. */
	env?: Record<string, string | undefined>;
	/** Default: one among the logs of this run. */
	logFile?: string;
	/** Gets what n8n prints, in pieces of any size. */
	onOutput?: (text: string) => void;
}

export interface N8nHost {
	readonly url: string;
	readonly port: number;
	readonly userFolder: string;
	readonly logFile: string;
	/** Of the process that runs now, and of its process group. */
	readonly pid: number;
	/** As the owner that the template has; make another for an n8n with a folder of its own. */
	readonly client: N8nClient;
	/** All that n8n has printed since the host was started, restarts included. */
	logs(): string;
	/** Lets n8n shut down in order, and removes its folder where the host made it. */
	stop(): Promise<void>;
	/** Ends n8n as a crash would; its data stays. */
	kill(): Promise<void>;
	/** Shuts down in order where it still runs, and starts again on the same data and port. */
	restart(): Promise<void>;
}

/**
 * Starts a real n8n, with the package installed from the tarball of the current sources. It hears
 * on the loopback address only, calls nobody, and believes that it is reached there.
 */
export async function startN8n(options: N8nHostOptions = {}): Promise<N8nHost> {
	const tarball = await packedTarball();
	const userFolder = options.userFolder ?? (await copyOfTemplate());
	await installPackage(userFolder, tarball);
	const port = options.port ?? (await claimPort());
	const logFile = options.logFile ?? join(LOGS, `${basename(userFolder)}.log`);
	const url = `http://127.0.0.1:${port}`;

	const { env = {}, onOutput } = options;
	const n8n = await RestartableN8n.start({ userFolder, port, env, logFile, onOutput });
	let client: N8nClient | undefined;
	return {
		url,
		port,
		userFolder,
		logFile,
		get pid() {
			return n8n.pid;
		},
		get client() {
			client ??= clientFor(url, userFolder);
			return client;
		},
		logs: () => n8n.logs(),
		async stop() {
			await n8n.stop();
			if (!options.userFolder)
				rmSync(userFolder, { recursive: true, force: true, maxRetries: 5 });
		},
		kill: () => n8n.kill(),
		restart: () => n8n.restart(),
	};
}
