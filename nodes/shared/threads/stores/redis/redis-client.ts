import RedisClient from '@redis/client/dist/lib/client';
import {
	ClientClosedError,
	ConnectionTimeoutError,
	DisconnectsClientError,
	ErrorReply,
	SocketClosedUnexpectedlyError,
} from '@redis/client/dist/lib/errors';
import { RESP_TYPES } from '@redis/client/dist/lib/RESP/decoder';
import type { Clock } from '../../../messaging/clock';
import { RedisFailure, silence } from './redis-failure';
import type { RedisReply } from './redis-scripts';
import type { RedisSettings, RedisTls } from './redis-settings';

/** One live connection. It never comes back by itself: once it has ended, connect again. */
export interface RedisLink {
	/** Rejects with RedisFailure. */
	send(command: ReadonlyArray<string | Buffer>): Promise<RedisReply>;
	readonly ended: boolean;
	/** Rejects everything under way. May be called twice. */
	destroy(): void;
}

const BYTES = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } };

/**
 * Connects, authenticates and selects the database within `connectMs`. Rejects with RedisFailure.
 * The only module that loads the client, which takes about 90 ms: import it on first use.
 */
export async function connectRedis(
	settings: RedisSettings,
	clock: Clock,
	connectMs: number,
): Promise<RedisLink> {
	const failure = (error: unknown) => failureOf(error, settings.password);
	const client = clientFor(settings, connectMs);
	let ended = false;
	const destroy = () => {
		if (ended) return;
		ended = true;
		client.destroy();
	};
	// Without a listener a lost connection would end the n8n process.
	client.on('error', () => {
		// Not at once: the client has yet to tell the commands under way what happened.
		void Promise.resolve().then(destroy);
	});
	// The client gives up on a silent address by itself, but not on a server that accepts and is mute.
	let mute = false;
	const stopWaiting = clock.after(connectMs, () => {
		mute = true;
		destroy();
	});
	try {
		await client.connect();
	} catch (error) {
		destroy();
		throw mute ? silence() : failure(error);
	} finally {
		stopWaiting();
	}
	return {
		destroy,
		get ended() {
			return ended || !client.isReady;
		},
		send: async (command) => {
			try {
				return await client.sendCommand<RedisReply>([...command], BYTES);
			} catch (error) {
				throw failure(error);
			}
		},
	};
}

function clientFor(settings: RedisSettings, connectMs: number) {
	const { host, port, user, password, database, tls } = settings;
	try {
		return RedisClient.create({
			// The old protocol, which Redis 5 speaks too.
			RESP: 2,
			socket: {
				host,
				port,
				connectTimeout: connectMs,
				// Ours is on demand: a queue inside the client could run what its caller gave up on.
				reconnectStrategy: false,
				...tlsOptions(tls),
			},
			...(user === '' ? {} : { username: user }),
			...(password === '' ? {} : { password }),
			database,
			disableOfflineQueue: true,
			disableClientInfo: true,
			maintNotifications: 'disabled',
			// Bounded by the connection, which also knows what a time-out means for the rest.
			commandOptions: { timeout: 0 },
		});
	} catch (error) {
		throw failureOf(error, password);
	}
}

function tlsOptions(tls: RedisTls) {
	switch (tls.mode) {
		case 'off':
			return {};
		case 'verified':
			return { tls: true as const, ...(tls.ca === undefined ? {} : { ca: tls.ca }) };
		case 'unverified':
			return { tls: true as const, rejectUnauthorized: false };
	}
}

/** Redis repeats the arguments of a command it does not know, and that may be the password. */
function failureOf(error: unknown, password: string): RedisFailure {
	if (error instanceof RedisFailure) return error;
	const { code, message } = describe(error);
	return new RedisFailure(code, password === '' ? message : message.replaceAll(password, '***'));
}

/** By its fields, not as an Error: the system's errors come from outside where modules are isolated. */
function describe(error: unknown): { code: string; message: string } {
	const { code, message } = error as { code?: unknown; message?: unknown };
	const text = typeof message === 'string' && message !== '' ? message : 'no connection';
	if (error instanceof ErrorReply) return { code: replyCode(text), message: text };
	if (error instanceof ConnectionTimeoutError) return { code: 'ETIMEDOUT', message: text };
	if (error instanceof SocketClosedUnexpectedlyError)
		return { code: 'ECONNRESET', message: text };
	if (error instanceof DisconnectsClientError || error instanceof ClientClosedError) {
		return { code: 'ECONNABORTED', message: text };
	}
	return { code: typeof code === 'string' ? code : 'UNKNOWN', message: text };
}

/** A script's error carries that of the command in it; Redis 5 and 6 put their own words around it. */
function replyCode(message: string): string {
	if (/can't (?:run this|access at least)|no permissions/i.test(message)) return 'NOPERM';
	const inScript = /@user_script: ?\d+: -?([A-Z]{2,}) /.exec(message);
	return inScript?.[1] ?? /^[A-Z]+/.exec(message)?.[0] ?? 'ERR';
}
