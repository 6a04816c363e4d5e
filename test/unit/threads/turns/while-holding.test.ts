import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ClaimLedger } from '../../../../nodes/shared/threads/claim-ledger';
import { HOLD_MS, whileHolding } from '../../../../nodes/shared/threads/turns/thread-lease';
import { ManualClock } from '../../../support/manual-clock';
import { memoryThreadStore } from '../../../support/memory-thread-store';

const KEY = 'reply:thread:SM1';

let clock: ManualClock;
let claims: ClaimLedger;

beforeEach(() => {
	jest.useFakeTimers({ doNotFake: ['setImmediate'] });
	clock = new ManualClock();
	({ claims } = memoryThreadStore(clock));
});
afterEach(() => {
	jest.useRealTimers();
});

async function claimed() {
	const claim = await claims.claim(KEY, HOLD_MS);
	if (claim.status !== 'claimed') throw new Error('The claim is not free');
	return { key: KEY, token: claim.token };
}

async function pass(ms: number) {
	for (let passed = 0; passed < ms; passed += 1_000) {
		jest.advanceTimersByTime(1_000);
		await clock.advance(1_000);
	}
}

describe('whileHolding', () => {
	it('holds on for as long as the work takes, and half a minute longer', async () => {
		const working = whileHolding(claims, await claimed(), () => clock.sleep(4 * HOLD_MS));
		await pass(4 * HOLD_MS - 1_000);
		expect(await claims.claim(KEY, 1)).toMatchObject({ status: 'held' });
		await pass(1_000);
		await working;
		expect(await claims.claim(KEY, 1)).toMatchObject({ status: 'held' });
		await pass(HOLD_MS);
		expect(await claims.claim(KEY, 1)).toMatchObject({ status: 'claimed' });
	});

	it('lets no renewal undo what the holder writes down afterwards', async () => {
		const { note } = claims;
		claims.note = async (...all) => {
			await clock.sleep(5_000);
			await note(...all);
		};
		const claim = await claimed();
		// A renewal begins one second before the work ends, and takes five.
		const working = whileHolding(claims, claim, () => clock.sleep(11_000));
		const sending = { phase: 'sending', since: '', to: '', body: 'Hello' } as const;
		const written = working.then(() => note(claim.key, claim.token, sending, HOLD_MS));
		await pass(20_000);
		await written;
		expect(await claims.claim(KEY, 1)).toEqual({ status: 'held', record: sending });
	});

	it('passes on what the work resulted in, though renewing fails', async () => {
		claims.note = async () => await Promise.reject(new Error('down'));
		const working = whileHolding(claims, await claimed(), async () => {
			await clock.sleep(15_000);
			return 'done';
		});
		await pass(15_000);
		expect(await working).toBe('done');
	});
});
