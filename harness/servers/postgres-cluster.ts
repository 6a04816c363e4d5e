import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
	appendFileSync,
	existsSync,
	mkdtempSync,
	readdirSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PostgresSettings } from '../../nodes/shared/threads/stores/postgres/postgres-settings';
import { sqlOn } from './postgres-connection';
import { giveToServiceAccount, serviceAccount } from './service-account';
import { claimPort } from '../claim-port';

const START_MS = 60_000;

/** A Postgres server of one's own, to be stopped, stunned and killed. Its superuser needs no password. */
export class PostgresCluster {
	private server: ChildProcess | undefined;
	private log = '';

	private constructor(
		readonly folder: string,
		readonly settings: PostgresSettings,
	) {}

	static async start(configuration = ''): Promise<PostgresCluster> {
		const folder = mkdtempSync(join(tmpdir(), 'sms-postgres-'));
		giveToServiceAccount(folder);
		const data = join(folder, 'data');
		execFileSync(
			binary('initdb'),
			['-D', data, '-U', 'owner', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
			{ ...serviceAccount(), cwd: folder, stdio: 'pipe' },
		);
		appendFileSync(
			join(data, 'postgresql.conf'),
			`listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\n${configuration}\n`,
		);
		const cluster = new PostgresCluster(folder, {
			host: '127.0.0.1',
			port: await claimPort(),
			database: 'postgres',
			user: 'owner',
			password: '',
			schema: 'sms_agent',
			ssl: 'disable',
		});
		await cluster.launch();
		return cluster;
	}

	get data(): string {
		return join(this.folder, 'data');
	}

	/** Who may come in how; in effect for connections made from now on. */
	async allow(lines: string[]): Promise<void> {
		writeFileSync(join(this.data, 'pg_hba.conf'), lines.join('\n') + '\n');
		await this.sql('SELECT pg_reload_conf()');
	}

	async launch(): Promise<void> {
		const { port } = this.settings;
		this.server = spawn(binary('postgres'), ['-D', this.data, '-p', String(port)], {
			...serviceAccount(),
			cwd: this.folder,
		});
		this.server.stderr?.on('data', (text) => (this.log += String(text)));
		await this.ready();
	}

	private async ready(): Promise<void> {
		const deadline = Date.now() + START_MS;
		for (;;) {
			try {
				await this.sql('SELECT 1');
				return;
			} catch (cause) {
				if (Date.now() > deadline || this.server?.exitCode !== null) {
					throw new Error(`The test's Postgres did not start: ${this.log}`, { cause });
				}
				await new Promise((resolve) => setTimeout(resolve, 50));
			}
		}
	}

	/** Power gone: no goodbye to anyone. */
	async kill(): Promise<void> {
		const { server } = this;
		if (server === undefined) return;
		this.server = undefined;
		const gone = new Promise((resolve) => server.once('exit', resolve));
		this.signal(server, 'SIGKILL');
		await gone;
		rmSync(join(this.data, 'postmaster.pid'), { force: true });
	}

	/** It keeps its connections and answers nothing. */
	stun(): void {
		if (this.server) this.signal(this.server, 'SIGSTOP');
	}

	wake(): void {
		if (this.server) this.signal(this.server, 'SIGCONT');
	}

	private signal(server: ChildProcess, signal: NodeJS.Signals): void {
		for (const pid of [...childrenOf(server.pid), server.pid]) {
			try {
				if (pid !== undefined) process.kill(pid, signal);
			} catch {
				// it ended by itself meanwhile
			}
		}
	}

	/** As the superuser, on a connection of its own. */
	async sql<Row>(statement: string, database = this.settings.database): Promise<Row[]> {
		return await sqlOn({ ...this.settings, database }, statement);
	}

	async dispose(): Promise<void> {
		this.wake();
		await this.kill();
		rmSync(this.folder, { recursive: true, force: true });
	}
}

function childrenOf(parent: number | undefined): number[] {
	const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=']).toString().trim().split('\n');
	return table
		.map((line) => line.trim().split(/\s+/).map(Number))
		.filter(([, ppid]) => ppid === parent)
		.map(([pid]) => pid ?? 0);
}

/** A program of the Postgres server. Fails, rather than skipping, where none is installed. */
function binary(name: string): string {
	const debian = '/usr/lib/postgresql';
	const folders = existsSync(debian)
		? readdirSync(debian).map((version) => join(debian, version, 'bin'))
		: [];
	try {
		folders.unshift(
			execFileSync('pg_config', ['--bindir'], { stdio: 'pipe' }).toString().trim(),
		);
	} catch {
		// not there: the folders of Debian remain
	}
	const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
	if (found !== undefined) return found;
	throw new Error(
		`These tests run a Postgres server of their own and need ${name}. Install it: apt-get install postgresql`,
	);
}
