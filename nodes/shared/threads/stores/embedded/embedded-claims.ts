import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../../messaging/clock';
import type { Claim, ClaimLedger, ClaimLook, ClaimRecord } from '../../claim-ledger';
import { hasPassed } from '../../has-passed';
import { ClaimLostError } from '../../thread-store';
import { parsed, readOfClaim, recordIn } from '../stored-data';
import { inTransaction } from './embedded-database';
import type { WithoutPause } from './without-pause';

const KEPT_MS = 2 * 86_400_000;

interface ClaimRow {
	record: string;
	/** Null once settled. */
	held_until: number | null;
	/** When it was last written, from which its hold counts. */
	touched_at: number;
}

export function embeddedClaims(
	database: DatabaseSync,
	clock: Clock,
	store: string,
): WithoutPause<ClaimLedger> {
	const find = database.prepare(
		'SELECT record, held_until, touched_at FROM claims WHERE key = ?',
	);
	const take = database.prepare(
		`INSERT INTO claims (key, token, record, held_until, touched_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET token = excluded.token, held_until = excluded.held_until,
			touched_at = excluded.touched_at`,
	);
	const rewrite = database.prepare(
		`UPDATE claims SET record = ?, held_until = ?, touched_at = ?
		WHERE key = ? AND token = ? AND held_until IS NOT NULL`,
	);
	const drop = database.prepare(
		'DELETE FROM claims WHERE key = ? AND token = ? AND held_until IS NOT NULL',
	);
	const forgetOld = database.prepare(
		`DELETE FROM claims WHERE key IN
			(SELECT key FROM claims WHERE touched_at < ? ORDER BY touched_at LIMIT 20)`,
	);

	const rewriteHeld = (
		key: string,
		token: string,
		record: ClaimRecord,
		heldUntil: number | null,
	) => {
		const { changes } = rewrite.run(JSON.stringify(record), heldUntil, clock.now(), key, token);
		if (changes === 0) throw new ClaimLostError(key);
	};

	const look = (key: string, now: number): ClaimLook => {
		const row = find.get(key) as unknown as ClaimRow | undefined;
		if (row === undefined) return { status: 'free' };
		const record = readOfClaim(store, key, () => recordIn(parsed(row.record)));
		if (row.held_until === null) return { status: 'settled', record };
		const { held_until: heldUntil, touched_at: touchedAt } = row;
		const isOver = hasPassed(touchedAt, heldUntil - touchedAt, now);
		if (!isOver) return { status: 'held', record };
		return { status: 'free', previous: record };
	};

	return {
		claim: (key, holdMs, record = {}) =>
			inTransaction(database, (): Claim => {
				const now = clock.now();
				const present = look(key, now);
				if (present.status !== 'free') return present;
				const { previous } = present;
				const token = randomUUID();
				take.run(key, token, JSON.stringify(record), now + holdMs, now);
				forgetOld.run(now - KEPT_MS);
				return { status: 'claimed', token, ...(previous ? { previous } : {}) };
			}),

		look: (key) => look(key, clock.now()),

		note: (key, token, record, holdMs) => {
			rewriteHeld(key, token, record, clock.now() + holdMs);
		},

		settle: (key, token, record) => {
			rewriteHeld(key, token, record, null);
		},

		release: (key, token) => {
			drop.run(key, token);
		},
	};
}
