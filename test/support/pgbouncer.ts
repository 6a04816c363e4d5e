import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { PostgresSettings } from '../../nodes/shared/threads/stores/postgres/postgres-settings';
import { giveToServiceAccount, serviceAccount } from '../../harness/servers/service-account';
import { claimPort } from '../../harness/claim-port';

const START_MS = 60_000;

/** PgBouncer in transaction mode before a server: any statement may meet any of its few connections. */
export class PgBouncer {
	private constructor(
		private readonly bouncer: ChildProcess,
		private readonly folder: string,
		readonly settings: PostgresSettings,
	) {}

	static async before(
		server: PostgresSettings,
		options: { serverConnections: number; clients: number },
	): Promise<PgBouncer> {
		const folder = mkdtempSync(join(tmpdir(), 'sms-pgbouncer-'));
		const port = await claimPort();
		const users = join(folder, 'users.txt');
		const configuration = `
[databases]
${server.database} = host=${server.host} port=${server.port} dbname=${server.database}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
pool_mode = transaction
default_pool_size = ${options.serverConnections}
max_client_conn = ${options.clients}
`;
		const file = join(folder, 'pgbouncer.ini');
		writeFileSync(file, configuration);
		writeFileSync(users, `"${server.user}" ""\n`);
		giveToServiceAccount(folder);
		for (const path of [file, users]) giveToServiceAccount(path);

		const bouncer = spawn(executable(), ['-q', file], { ...serviceAccount(), cwd: folder });
		let log = '';
		bouncer.stderr.on('data', (text) => (log += String(text)));
		const deadline = Date.now() + START_MS;
		while (!(await answers(port))) {
			if (Date.now() > deadline || bouncer.exitCode !== null) {
				throw new Error(`The test's PgBouncer did not start: ${log}`);
			}
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
		return new PgBouncer(bouncer, folder, { ...server, port });
	}

	async dispose(): Promise<void> {
		const gone = new Promise((resolve) => this.bouncer.once('exit', resolve));
		this.bouncer.kill('SIGKILL');
		await gone;
		rmSync(this.folder, { recursive: true, force: true });
	}
}

async function answers(port: number): Promise<boolean> {
	return await new Promise((resolve) => {
		const socket = connect(port, '127.0.0.1');
		socket.once('connect', () => {
			socket.destroy();
			resolve(true);
		});
		socket.once('error', () => resolve(false));
	});
}

/** Fails, rather than skipping, where PgBouncer is not installed. */
function executable(): string {
	// Debian puts it where only root looks.
	const folders = [
		...(process.env['PATH'] ?? '').split(delimiter),
		'/usr/sbin',
		'/usr/local/sbin',
	];
	const found = folders
		.map((folder) => join(folder, 'pgbouncer'))
		.find((path) => existsSync(path));
	if (found !== undefined) return found;
	throw new Error(
		'These tests run a PgBouncer of their own, and it is not installed. Install it: apt-get install pgbouncer',
	);
}
