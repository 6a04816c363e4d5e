import { Socket } from 'node:net';
import type { PoolClient, PoolConfig, QueryResultRow } from 'pg';
import type { Clock } from '../../../messaging/clock';
import { postgresUnavailable } from './explain-postgres-error';
import type { PostgresSettings } from './postgres-settings';

/** Getting a connection, new or out of the pool, takes no longer; nor does a statement. */
const CONNECT_MS = 5_000;
const STATEMENT_MS = 5_000;
const IDLE_MS = 30_000;
/** Per process: a statement takes about a millisecond, and servers allow about a hundred in all. */
const MAX_CONNECTIONS = 5;
/** Times that a statement which the server itself rolled back is tried again. */
const MAX_RERUNS = 20;

export type RunStatement = <Row extends QueryResultRow>(
	statement: string,
	values?: unknown[],
) => Promise<Row[]>;

/** A pool of connections. What fails on it rejects with StoreUnavailableError. */
export interface PostgresConnection {
	/**
	 * One statement, atomic. When the connection is lost before the answer came, `repeat` runs it
	 * once more: only for what has the same outcome when it is done twice.
	 */
	query<Row extends QueryResultRow>(
		statement: string,
		values: unknown[],
		whenLost: 'repeat' | 'reject',
	): Promise<Row[]>;
	/** All statements of `work` or none; `ROLLBACK` takes them back in any case. */
	transaction(
		work: (run: RunStatement) => Promise<void>,
		end?: 'COMMIT' | 'ROLLBACK',
	): Promise<void>;
	/** No socket is left open. May be called twice. */
	close(): Promise<void>;
}

/** Connects on first use. Sends nothing that depends on the session, so that a pooler may stand between. */
export async function postgresConnection(
	settings: PostgresSettings,
	clock: Clock,
): Promise<PostgresConnection> {
	const { Pool } = await import('pg');
	const sockets = new TrackedSockets(clock);
	const pool = new Pool({ ...poolConfig(settings), stream: () => sockets.make() });
	// A connection that breaks while idle is dropped by the pool; whoever needs one gets a new one.
	pool.on('error', () => {});

	let closing: Promise<void> | undefined;
	return {
		query: async <Row extends QueryResultRow>(
			statement: string,
			values: unknown[],
			whenLost: 'repeat' | 'reject',
		) => {
			for (let reruns = 0; ; reruns++) {
				try {
					return (await pool.query<Row>(statement, values)).rows;
				} catch (error) {
					const harmless =
						(wasRolledBack(error) && reruns < MAX_RERUNS) ||
						(whenLost === 'repeat' && reruns === 0 && isLostConnection(error));
					if (!harmless) throw postgresUnavailable(settings, error);
				}
			}
		},

		transaction: async (work, end = 'COMMIT') => {
			try {
				await inTransaction(await pool.connect(), work, end);
			} catch (error) {
				throw postgresUnavailable(settings, error);
			}
		},

		close: async () => {
			closing ??= pool.end().then(async () => await sockets.allClosed());
			await closing;
		},
	};
}

async function inTransaction(
	client: PoolClient,
	work: (run: RunStatement) => Promise<void>,
	end: 'COMMIT' | 'ROLLBACK',
): Promise<void> {
	const ignore = () => {}; // the statement under way rejects as well
	client.on('error', ignore);
	try {
		await client.query('BEGIN');
		await work(async <Row extends QueryResultRow>(statement: string, values?: unknown[]) => {
			const { rows } = await client.query<Row>(statement, values);
			return rows;
		});
		await client.query(end);
		client.release();
	} catch (error) {
		client.release(true); // closing the connection rolls back
		throw error;
	} finally {
		client.off('error', ignore);
	}
}

function poolConfig(settings: PostgresSettings): PoolConfig {
	const { host, port, database, user, ssl, ca } = settings;
	return {
		host,
		port,
		database,
		user,
		// As a function, because an empty one would make pg look for a password in n8n's environment.
		password: () => settings.password,
		ssl: ssl !== 'disable' && {
			rejectUnauthorized: ssl === 'verify-full',
			...(ca === undefined ? {} : { ca }),
		},
		application_name: 'n8n-nodes-sms-agent',
		client_encoding: 'UTF8',
		max: MAX_CONNECTIONS,
		connectionTimeoutMillis: CONNECT_MS,
		// Measured by the client: poolers refuse a statement_timeout that is set on connecting.
		query_timeout: STATEMENT_MS,
		idleTimeoutMillis: IDLE_MS,
		allowExitOnIdle: true,
		keepAlive: true,
	};
}

/** The server says that the statement had no effect: a deadlock, or a stricter isolation level. */
function wasRolledBack(error: unknown): boolean {
	const { code } = error as { code?: string };
	return code === '40001' || code === '40P01';
}

/** Whether the connection was lost after the statement had been sent: it may have been carried out. */
function isLostConnection(error: unknown): boolean {
	const { code = '', message = '' } = error as { code?: string; message?: string };
	return (
		/^(ECONNRESET|EPIPE|57P0[12]|08...)$/.test(code) ||
		/Connection terminated(?: unexpectedly)?$|connection error and is not queryable/.test(
			message,
		)
	);
}

/** How long a server may take to say goodbye before its sockets are torn down. */
const GOODBYE_MS = 500;

/** The sockets of one pool, so that closing it leaves none behind. */
class TrackedSockets {
	private readonly open = new Set<Socket>();

	constructor(private readonly clock: Clock) {}

	make(): Socket {
		const socket = new Socket();
		this.open.add(socket);
		socket.once('close', () => this.open.delete(socket));
		return socket;
	}

	/** A server that hangs never answers a goodbye, and its sockets would keep the process alive. */
	async allClosed(): Promise<void> {
		const stopWaiting = this.clock.after(GOODBYE_MS, () => {
			for (const socket of this.open) socket.destroy();
		});
		await Promise.all(
			[...this.open].map(
				async (socket) => await new Promise((resolve) => socket.once('close', resolve)),
			),
		);
		stopWaiting();
	}
}
