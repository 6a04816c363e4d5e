import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ClaimLedger } from '../../../nodes/shared/threads/claim-ledger';
import { takeClaim } from '../../../nodes/shared/threads/held-claim';
import { ManualClock } from '../../support/manual-clock';
import { memoryThreadStore } from '../../support/memory-thread-store';

const KEY = 'reply:thread:SM1';
const HOLD_MS = 30_000;
const sending = { phase: 'sending', since: '', to: '', body: 'Hello' };

let clock: ManualClock;
let claims: ClaimLedger;

beforeEach(() => {
	clock = new ManualClock();
	({ claims } = memoryThreadStore(clock));
});

async function takenClaim() {
	const taken = await takeClaim(claims, KEY, HOLD_MS);
	if (taken.status !== 'claimed') throw new Error('The claim is not free');
	return taken.claim;
}

describe('a held claim', () => {
	it('holds on for as long as the work takes, and half a minute longer', async () => {
		const working = (await takenClaim()).whileRenewing(clock, () => clock.sleep(4 * HOLD_MS));
		await clock.advance(4 * HOLD_MS - 1_000);
		expect(await claims.claim(KEY, 1)).toMatchObject({ status: 'held' });
		await clock.advance(1_000);
		await working;
		expect(await claims.claim(KEY, 1)).toMatchObject({ status: 'held' });
		await clock.advance(HOLD_MS);
		expect(await claims.claim(KEY, 1)).toMatchObject({ status: 'claimed' });
	});

	it('lets no renewal undo what the holder writes down afterwards', async () => {
		const { note } = claims;
		claims.note = async (...all) => {
			await clock.sleep(5_000);
			await note(...all);
		};
		const claim = await takenClaim();
		// A renewal begins one second before the work ends, and takes five.
		const working = claim.whileRenewing(clock, () => clock.sleep(11_000));
		const written = working.then(() => claim.note(sending, HOLD_MS));
		await clock.advance(20_000);
		await written;
		expect(await claims.claim(KEY, 1)).toEqual({ status: 'held', record: sending });
	});

	it('lets no renewal undo what the holder writes down meanwhile', async () => {
		const { note } = claims;
		let calls = 0;
		claims.note = async (...all) => {
			if (++calls === 1) await clock.sleep(5_000);
			await note(...all);
		};
		const claim = await takenClaim();
		// The one renewal, under way when the holder notes something, ends after that began.
		const working = claim.whileRenewing(clock, async () => {
			await clock.sleep(11_000);
			await claim.note(sending, HOLD_MS);
		});
		await clock.advance(18_000);
		await working;
		expect(await claims.look(KEY)).toEqual({ status: 'held', record: sending });
	});

	it('passes on what the work resulted in, though renewing fails', async () => {
		claims.note = async () => await Promise.reject(new Error('down'));
		const working = (await takenClaim()).whileRenewing(clock, async () => {
			await clock.sleep(15_000);
			return 'done';
		});
		await clock.advance(15_000);
		expect(await working).toBe('done');
	});

	it('keeps what a holder that died left behind, until something else is noted', async () => {
		const dead = await takenClaim();
		await dead.note(sending, 1_000);
		await clock.advance(1_000);
		const claim = await takenClaim();
		const working = claim.whileRenewing(clock, () => clock.sleep(25_000));
		await clock.advance(25_000);
		await working;
		expect(await claims.look(KEY)).toEqual({ status: 'held', record: sending });
		await claim.clear();
		expect(await claims.look(KEY)).toEqual({ status: 'held', record: {} });
	});

	it('that was left to the next stays so, whoever releases it afterwards', async () => {
		const claim = await takenClaim();
		const working = claim.whileRenewing(clock, async () => {
			await claim.leave(sending);
			await clock.sleep(25_000);
		});
		await clock.advance(25_000);
		await working;
		await claim.release();
		expect(await claims.look(KEY)).toEqual({ status: 'free', previous: sending });
	});
});
