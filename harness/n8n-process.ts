import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
	createWriteStream,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { E2E_FOLDER } from '../scripts/paths';
import { modulesOfN8n, N8N_BIN, N8N_NODE } from './n8n-under-test';
import { poll } from './poll';
import { thisRun, type Run } from './run';

const READY_TIMEOUT_MS = 180_000;
const STOP_TIMEOUT_MS = 20_000;

/** What of n8n a process runs: everything, or one part of queue mode. */
export type N8nRole = 'main' | 'webhook' | 'worker';

/** The command of each role, and what it prints when it has started. */
const ROLES: Record<N8nRole, { args: string[]; started: string }> = {
	main: { args: ['start'], started: 'Editor is now accessible' },
	webhook: { args: ['webhook'], started: 'Webhook listener waiting for requests' },
	worker: { args: ['worker', '--concurrency=5'], started: 'n8n worker is now ready' },
};

export interface N8nProcessOptions {
	/** Default: main. */
	role?: N8nRole;
	userFolder: string;
	/** A worker answers on it whether it is well, and nothing else. */
	port: number;
	brokerPort: number;
	env: Record<string, string | undefined>;
	logFile: string;
	/** Gets what n8n prints, in pieces of any size. */
	onOutput?: ((text: string) => void) | undefined;
}

/** One running n8n, in a process group of its own. */
export class N8nProcess {
	private output = '';
	private readonly child: ChildProcess;
	private readonly role: N8nRole;
	private readonly exited: Promise<void>;
	private readonly killOnExit = () => this.signalGroup('SIGKILL');

	constructor(private readonly options: N8nProcessOptions) {
		this.role = options.role ?? 'main';
		mkdirSync(dirname(options.logFile), { recursive: true });
		const log = createWriteStream(options.logFile, { flags: 'a' });
		this.child = spawn(N8N_NODE, [N8N_BIN, ...ROLES[this.role].args], {
			cwd: options.userFolder,
			env: environmentOf(options),
			detached: process.platform !== 'win32',
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		for (const stream of [this.child.stdout, this.child.stderr]) {
			stream?.setEncoding('utf8').on('data', (text: string) => {
				this.output += text;
				log.write(text);
				options.onOutput?.(text);
			});
		}
		this.exited = new Promise((resolve) => {
			this.child.once('exit', () => resolve());
			this.child.once('error', () => resolve());
		});
		void this.exited.then(() => this.forget());
		process.once('exit', this.killOnExit);
		this.remember();
	}

	/** Its process group has the same id. */
	get pid(): number {
		return this.child.pid ?? 0;
	}

	/** All that this process has printed. */
	get logs(): string {
		return this.output;
	}

	/** Resolves when it does its work; rejects with the log when n8n gives up. */
	async ready(): Promise<void> {
		const url = `http://127.0.0.1:${this.options.port}/healthz/readiness`;
		let gone = false;
		void this.exited.then(() => (gone = true));
		try {
			await poll(
				'n8n to become ready',
				async () => {
					if (gone) throw new Error('n8n ended while it was starting');
					if (!this.output.includes(ROLES[this.role].started)) return undefined;
					return await fetch(url).then(
						({ ok }) => ok || undefined,
						() => undefined,
					);
				},
				{ timeoutMs: READY_TIMEOUT_MS },
			);
		} catch (cause) {
			await this.kill();
			throw new Error(`n8n did not start. Its last words:\n${this.output.slice(-4000)}`, {
				cause,
			});
		}
	}

	/** Lets n8n finish what it is doing; kills it when that takes too long. */
	async stop(): Promise<void> {
		this.signal('SIGTERM');
		const timer = setTimeout(() => this.signalGroup('SIGKILL'), STOP_TIMEOUT_MS);
		await this.exited;
		clearTimeout(timer);
		this.signalGroup('SIGKILL'); // whatever n8n has left behind
	}

	/** As a crash: no handler of n8n runs. */
	async kill(): Promise<void> {
		this.signalGroup('SIGKILL');
		await this.exited;
	}

	private signal(signal: NodeJS.Signals): void {
		if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
	}

	private signalGroup(signal: NodeJS.Signals): void {
		killGroup(this.child.pid, signal);
	}

	private remember(): void {
		const folder = processesOf(thisRun);
		mkdirSync(folder, { recursive: true });
		writeFileSync(join(folder, String(this.child.pid)), this.options.userFolder);
	}

	private forget(): void {
		process.off('exit', this.killOnExit);
		rmSync(join(processesOf(thisRun), String(this.child.pid)), { force: true });
	}
}

/** One file for each n8n of a run that is running, named by its id: its user folder. */
function processesOf({ folder }: Run): string {
	return join(folder, 'processes');
}

/** Ends every n8n that the run has started and that still runs. */
export function endProcessesOf(run: Run): void {
	const folder = processesOf(run);
	const names = existsSync(folder) ? readdirSync(folder) : [];
	for (const pid of names) {
		if (isOurs(Number(pid), join(folder, pid))) killGroup(Number(pid), 'SIGKILL');
	}
	rmSync(folder, { recursive: true, force: true });
}

/** The system may have given the id to somebody else since, or another run have ended it just now. */
function isOurs(pid: number, record: string): boolean {
	try {
		const userFolder = readFileSync(record, 'utf8');
		if (process.platform === 'linux') {
			return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(
				`N8N_USER_FOLDER=${userFolder}\0`,
			);
		}
		const command = execFileSync('ps', ['-o', 'command=', '-p', String(pid)], {
			encoding: 'utf8',
		});
		return command.includes(N8N_BIN);
	} catch {
		return false;
	}
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
	if (pid === undefined) return;
	try {
		process.kill(process.platform === 'win32' ? pid : -pid, signal);
	} catch {
		// Already gone.
	}
}

/**
 * Parts of n8n that no workflow of ours uses. Without them it starts some seconds faster. Not `otel`: n8n
 * loads half of it with the API of data tables, and then runs nothing more where the rest is missing.
 */
const UNUSED_MODULES = [
	'agents',
	'breaking-changes',
	'chat-hub',
	'instance-ai',
	'mcp',
	'quick-connect',
	'workflow-builder',
];

/** It asks n8n's own server for a list whenever it starts. */
const CALLING_MODULE = 'mcp-registry';

/** A private n8n that calls nobody: no telemetry, no version check, no templates, no licence server. */
function environmentOf({
	userFolder,
	port,
	brokerPort,
	env,
}: N8nProcessOptions): NodeJS.ProcessEnv {
	const inherited = Object.entries(process.env).filter(
		([name]) =>
			!/^(N8N_|npm_|NODE_OPTIONS|NODE_ENV|DB_|EXECUTIONS_|QUEUE_|WEBHOOK_URL|JEST_)/i.test(
				name,
			),
	);
	return {
		...Object.fromEntries(inherited),
		NODE_ENV: 'production',
		NODE_COMPILE_CACHE: join(E2E_FOLDER, 'compile-cache'),
		N8N_USER_FOLDER: userFolder,
		N8N_PORT: String(port),
		QUEUE_HEALTH_CHECK_ACTIVE: 'true',
		QUEUE_HEALTH_CHECK_PORT: String(port),
		N8N_LISTEN_ADDRESS: '127.0.0.1',
		N8N_RUNNERS_BROKER_PORT: String(brokerPort),
		WEBHOOK_URL: `http://127.0.0.1:${port}/`,
		N8N_EDITOR_BASE_URL: `http://127.0.0.1:${port}/`,
		N8N_SECURE_COOKIE: 'false',
		N8N_DIAGNOSTICS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: 'false',
		N8N_DYNAMIC_BANNERS_ENABLED: 'false',
		N8N_TEMPLATES_ENABLED: 'false',
		N8N_PERSONALIZATION_ENABLED: 'false',
		N8N_HIRING_BANNER_ENABLED: 'false',
		N8N_LICENSE_AUTO_RENEW_ENABLED: 'false',
		N8N_VERIFIED_PACKAGES_ENABLED: 'false',
		N8N_UNVERIFIED_PACKAGES_ENABLED: 'true',
		N8N_DISABLED_MODULES: modulesOfN8n([...UNUSED_MODULES, CALLING_MODULE]).join(','),
		EXTERNAL_FRONTEND_HOOKS_URLS: '',
		EXECUTIONS_DATA_SAVE_ON_SUCCESS: 'all',
		EXECUTIONS_DATA_SAVE_ON_ERROR: 'all',
		EXECUTIONS_DATA_SAVE_MANUAL_EXECUTIONS: 'true',
		...env,
	};
}
