import { randomBytes } from 'node:crypto';
import type { Claim, ClaimLedger, ClaimLook, ClaimRecord } from '../../claim-ledger';
import { ClaimLostError } from '../../thread-store';
import { parsed, readOfClaim, recordIn } from '../stored-data';
import type { RedisConnection } from './redis-connection';
import { redisServerName } from './redis-settings';
import type { RedisKeys } from './redis-keys';
import { listIn, type RedisReply, SCRIPTS, textIn } from './redis-scripts';

/** Twice the day that a settled claim is promised to be kept; an unfinished one as long after its hold. */
const KEPT_MS = 2 * 86_400_000;

/** Claims in Redis, by Redis' own clock: those of the n8n processes need not agree. */
export function redisClaims(connection: RedisConnection, keys: RedisKeys): ClaimLedger {
	const store = redisServerName(connection.settings);
	const write = async (
		key: string,
		token: string,
		record: ClaimRecord,
		[hold, keep]: [hold: string, keep: number],
	) => {
		const written = await connection.run(
			SCRIPTS.writeClaim,
			[keys.ofClaim(key)],
			[token, hold, String(keep), JSON.stringify(record)],
		);
		if (written !== 1) throw new ClaimLostError(key);
	};

	return {
		claim: async (key, holdMs, record = {}): Promise<Claim> => {
			const token = randomBytes(16).toString('base64url');
			const reply = await connection.run(
				SCRIPTS.takeClaim,
				[keys.ofClaim(key)],
				[token, String(wholeMs(holdMs)), String(KEPT_MS), JSON.stringify(record)],
			);
			const present = lookIn(store, key, reply);
			if (present.status !== 'free') return present;
			const { previous } = present;
			return { status: 'claimed', token, ...(previous ? { previous } : {}) };
		},

		look: async (key) =>
			lookIn(store, key, await connection.run(SCRIPTS.lookAtClaim, [keys.ofClaim(key)], [])),

		note: async (key, token, record, holdMs) => {
			const hold = wholeMs(holdMs);
			await write(key, token, record, [String(hold), hold + KEPT_MS]);
		},

		settle: async (key, token, record) => {
			await write(key, token, record, ['settled', KEPT_MS]);
		},

		release: async (key, token) => {
			await connection.run(SCRIPTS.releaseClaim, [keys.ofClaim(key)], [token]);
		},
	};
}

function wholeMs(ms: number): number {
	return Math.max(0, Math.ceil(ms));
}

/** What the scripts say of a claim: how it stood, then its record, if it had one. */
function lookIn(store: string, key: string, reply: RedisReply): ClaimLook {
	const [status, stored] = listIn(reply);
	if (stored === undefined) return { status: 'free' };
	const record = readOfClaim(store, key, () => recordIn(parsed(textIn(stored))));
	switch (textIn(status)) {
		case 'settled':
			return { status: 'settled', record };
		case 'held':
			return { status: 'held', record };
		default:
			return { status: 'free', previous: record };
	}
}
