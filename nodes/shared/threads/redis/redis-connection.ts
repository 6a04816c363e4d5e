import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisLink } from './redis-client';
import { RedisFailure } from './redis-failure';
import { lengthened, type RedisOutage } from './redis-outage';
import type { RedisReply } from './redis-reply';
import type { RedisScript } from './redis-script';
import type { RedisSettings } from './redis-settings';
import { redisUnavailable } from './redis-unavailable';
import { before, clockOffsetOf, runRedisScript } from './run-redis-script';

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
					return await before(deadline, runRedisScript(link, script, keys, args, times));
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
				return await before(deadline, this.connected());
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
			link = await connectRedis(this.settings, this.timeouts.connectMs);
			const latest = performance.now() + this.timeouts.connectMs;
			const clockOffset = await before(latest, clockOffsetOf(link));
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
		await sleep(wait, undefined, { signal: this.closing.signal }).catch(() => {
			throw closed();
		});
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
