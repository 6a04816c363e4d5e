import type { Clock } from '../../../messaging/clock';
import { redisUnavailable } from './explain-redis-error';
import type { RedisLink } from './redis-client';
import { RedisFailure, silence } from './redis-failure';
import { listIn, type RedisReply, type RedisScript, textIn } from './redis-scripts';
import type { RedisSettings } from './redis-settings';

export interface RedisTimeouts {
	/** To connect and authenticate once. */
	connectMs: number;
	/** For one call, waiting for the connection included. */
	commandMs: number;
	/** A call waits for the end of an outage younger than this; during an older one it fails at once. */
	bridgeMs: number;
}

export const DEFAULT_TIMEOUTS: RedisTimeouts = {
	connectMs: 5_000,
	commandMs: 5_000,
	bridgeMs: 5_000,
};

interface Standing {
	link: RedisLink;
	clockOffset: number;
}

/**
 * One connection for any number of callers; their commands share it. It is made on first use and
 * again after an outage, when somebody asks: nothing runs in the background.
 */
export class RedisConnection {
	private standing: Promise<Standing> | undefined;
	private outage: RedisOutage | undefined;
	private readonly closing = new AbortController();

	constructor(
		readonly settings: RedisSettings,
		private readonly clock: Clock,
		private readonly timeouts: RedisTimeouts = DEFAULT_TIMEOUTS,
	) {}

	/**
	 * Runs a script within the time for one call. Rejects with StoreUnavailableError: then a script
	 * that writes has done nothing and never will, unless the connection broke while it was under
	 * way; what it did then is not known.
	 */
	async run(
		script: RedisScript,
		keys: readonly string[],
		args: ReadonlyArray<string | Buffer>,
	): Promise<RedisReply> {
		const deadline = performance.now() + this.timeouts.commandMs;
		try {
			for (;;) {
				const standing = await this.standingBy(deadline);
				try {
					const { link, clockOffset } = standing;
					const times = { deadline, clockOffset };
					return await this.before(
						deadline,
						runRedisScript(link, script, keys, args, times),
					);
				} catch (error) {
					if (!(error instanceof RedisFailure)) throw error;
					if (error.endsConnection) standing.link.destroy();
					// Reading twice is harmless; a write may have been done before the connection broke.
					const again = error.didNothing || (!script.writes && error.endsConnection);
					if (!again || performance.now() >= deadline) throw error;
					this.noteFailure(error);
				}
			}
		} catch (error) {
			throw redisUnavailable(this.settings, error);
		}
	}

	/** Resolves once nothing of the connection is left. May be called twice. */
	async close(): Promise<void> {
		this.closing.abort();
		const standing = await this.standing?.catch(() => undefined);
		standing?.link.destroy();
	}

	private async standingBy(deadline: number): Promise<Standing> {
		for (;;) {
			try {
				return await this.before(deadline, this.connected());
			} catch (error) {
				const passing = error instanceof RedisFailure && error.isPassing;
				const stillTime = performance.now() < deadline && this.outageIsYoung();
				if (!passing || !stillTime) throw this.outage?.last ?? error;
			}
		}
	}

	/** One attempt for all who ask meanwhile. */
	private async connected(): Promise<Standing> {
		for (;;) {
			const attempt = (this.standing ??= this.connect());
			try {
				const standing = await attempt;
				if (!standing.link.ended) return standing;
			} catch (error) {
				if (this.standing === attempt) this.standing = undefined;
				throw error;
			}
			if (this.standing === attempt) this.standing = undefined;
		}
	}

	private async connect(): Promise<Standing> {
		await this.pause();
		let link: RedisLink | undefined;
		try {
			const { connectRedis } = await import('./redis-client.js');
			link = await connectRedis(this.settings, this.clock, this.timeouts.connectMs);
			const latest = performance.now() + this.timeouts.connectMs;
			const clockOffset = await this.before(latest, clockOffsetOf(link));
			if (this.closing.signal.aborted) throw closed();
			this.outage = undefined;
			return { link, clockOffset };
		} catch (error) {
			link?.destroy();
			this.noteFailure(error);
			throw error;
		}
	}

	/** Keeps attempts apart; rejects at once where nobody should wait for the next. */
	private async pause(): Promise<void> {
		if (this.closing.signal.aborted) throw closed();
		const { outage } = this;
		const wait = outage ? outage.nextAt - performance.now() : 0;
		if (!outage || wait <= 0) return;
		if (!this.outageIsYoung()) throw outage.last;
		await this.clock.sleep(wait, this.closing.signal).catch(() => {
			throw closed();
		});
	}

	/** Rejects with a RedisFailure at the deadline; the work goes on unheeded. */
	private async before<T>(deadline: number, work: Promise<T>): Promise<T> {
		let stopWaiting = () => {};
		const late = new Promise<never>((_, reject) => {
			const left = Math.max(0, deadline - performance.now());
			stopWaiting = this.clock.after(left, () => reject(silence()));
		});
		try {
			return await Promise.race([work, late]);
		} finally {
			stopWaiting();
		}
	}

	private outageIsYoung(): boolean {
		const { outage } = this;
		return !outage || performance.now() - outage.since < this.timeouts.bridgeMs;
	}

	private noteFailure(error: unknown): void {
		if (error instanceof RedisFailure) this.outage = lengthened(this.outage, error);
	}
}

function closed(): RedisFailure {
	return new RedisFailure('CLOSED', 'the connection was closed');
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/** Failed attempts in a row. Times are those of `performance.now()`. */
interface RedisOutage {
	since: number;
	attempts: number;
	/** No attempt is made before. */
	nextAt: number;
	last: RedisFailure;
}

/** The outage after one more failure; each pause is twice the one before, up to two seconds. */
function lengthened(outage: RedisOutage | undefined, last: RedisFailure): RedisOutage {
	const now = performance.now();
	const { since = now, attempts = 0 } = outage ?? {};
	const pause = Math.min(FIRST_PAUSE_MS * 2 ** attempts, LONGEST_PAUSE_MS);
	return { since, attempts: attempts + 1, nextAt: now + pause, last };
}

/**
 * Runs a script on a connection in one round trip. Times are those of `performance.now()`.
 *
 * @param clockOffset see `clockOffsetOf`.
 */
async function runRedisScript(
	link: RedisLink,
	{ lua, sha1, writes }: RedisScript,
	keys: readonly string[],
	args: ReadonlyArray<string | Buffer>,
	{ deadline, clockOffset }: { deadline: number; clockOffset: number },
): Promise<RedisReply> {
	const latest = writes ? [String(Math.floor(deadline + clockOffset))] : [];
	const rest = [String(keys.length), ...keys, ...latest, ...args];
	try {
		return await link.send(['EVALSHA', sha1, ...rest]);
	} catch (error) {
		// A server that was restarted, or never saw the script, learns it from the whole text.
		if (!(error instanceof RedisFailure && error.code === 'NOSCRIPT')) throw error;
		return await link.send(['EVAL', lua, ...rest]);
	}
}

/** Milliseconds from `performance.now()` to the server's clock; at most too small, never too large. */
async function clockOffsetOf(link: RedisLink): Promise<number> {
	const [seconds, micros] = listIn(await link.send(['TIME']));
	return Number(textIn(seconds)) * 1_000 + Number(textIn(micros)) / 1_000 - performance.now();
}
