import { describe, expect, it } from '@jest/globals';
import {
	ADOPTION_HOLD_MS,
	CERTAIN_AFTER_MS,
	CLOCK_SKEW_MS,
	FIRST_RETRY_MS,
	LEASE_ASK_AGAIN_MS,
	LEASE_HOLD_MS,
	LEASE_WAIT_MS,
	LIST_HOLD_MS,
	LIST_WAITS_MS,
	LONGEST_BACKOFF_MS,
	LONGEST_RETRY_MS,
	LONGEST_RETRY_AFTER_MS,
	MODEL_RETRIES_MS,
	NOTE_LASTS_MS,
	RENEW_MS,
	RUN_STARTS_WITHIN_MS,
	SEND_HOLD_MS,
	WRITE_HOLD_MS,
} from '../../../nodes/shared/threads/timing';
import { USUAL_TIMEOUT } from '../../../nodes/shared/n8n/models/model-fields';
import { DEFAULT_TIMEOUT_MS } from '../../../nodes/shared/twilio/api/twilio-client';
import { DEFAULT_TIMEOUTS } from '../../../nodes/shared/threads/stores/redis/redis-connection';

const STORE_CALL_MS = DEFAULT_TIMEOUTS.commandMs;
const sum = (waits: readonly number[]) => waits.reduce((total, wait) => total + wait, 0);
/** Reading the thread and Twilio's list, and adopting what was found. */
const LOOK_MS = 2 * STORE_CALL_MS + DEFAULT_TIMEOUT_MS;

describe('a run', () => {
	it('keeps its contact though one renewal fails', () => {
		expect(LEASE_HOLD_MS).toBeGreaterThan(2 * RENEW_MS + STORE_CALL_MS);
	});

	it('hears that the contact is free long before the hold of the next could end', () => {
		expect(LEASE_ASK_AGAIN_MS).toBeLessThan(RENEW_MS);
	});

	it('waits longer than a run that died can hold the contact, whatever it was at', () => {
		const longestHold = Math.max(LEASE_HOLD_MS, SEND_HOLD_MS, LIST_HOLD_MS);
		expect(LEASE_WAIT_MS).toBeGreaterThan(longestHold + LEASE_ASK_AGAIN_MS);
	});

	it('is not taken for dead before one that died would have given its contact back', () => {
		expect(RUN_STARTS_WITHIN_MS).toBeGreaterThan(LEASE_HOLD_MS);
	});
});

describe('a send', () => {
	it('holds on for one try with the longest answer of Twilio, and the wait before the next', () => {
		const longestWait = Math.max(LONGEST_BACKOFF_MS, LONGEST_RETRY_AFTER_MS);
		const longest = NOTE_LASTS_MS + DEFAULT_TIMEOUT_MS + longestWait + STORE_CALL_MS;
		expect(SEND_HOLD_MS).toBeGreaterThan(longest);
	});

	it('gives a model longer than the time-out it has unless the builder sets one', () => {
		expect(WRITE_HOLD_MS).toBeGreaterThan(USUAL_TIMEOUT * 1_000 + STORE_CALL_MS);
	});

	it('that died is certain to be in the list, or nowhere, once its hold has ended', () => {
		expect(CERTAIN_AFTER_MS).toBeLessThanOrEqual(SEND_HOLD_MS);
	});

	it('is certain not to have happened only long after Twilio must have had it', () => {
		const longest = NOTE_LASTS_MS + DEFAULT_TIMEOUT_MS + sum(LIST_WAITS_MS);
		expect(CERTAIN_AFTER_MS).toBeGreaterThan(longest);
	});
});

describe('a look for a lost text', () => {
	it('is over, all of it, before the hold ends', () => {
		const longest = sum(LIST_WAITS_MS) + LIST_WAITS_MS.length * LOOK_MS;
		expect(LIST_HOLD_MS).toBeGreaterThan(longest);
	});

	it('keeps what it found until the thread shows it', () => {
		expect(ADOPTION_HOLD_MS).toBeGreaterThan(2 * STORE_CALL_MS);
	});

	it('allows for a clock that differs by less than it takes to be certain', () => {
		expect(CLOCK_SKEW_MS).toBeLessThan(CERTAIN_AFTER_MS);
	});
});

describe('a turn that is begun again', () => {
	it('waits longer than a send within a run would', () => {
		expect(FIRST_RETRY_MS).toBeGreaterThan(LONGEST_BACKOFF_MS);
		expect(LONGEST_RETRY_MS).toBeGreaterThan(FIRST_RETRY_MS);
	});

	it('has not been taken for dead before a model is asked again', () => {
		expect(MODEL_RETRIES_MS[0]).toBeGreaterThanOrEqual(RUN_STARTS_WITHIN_MS);
		expect([...MODEL_RETRIES_MS].sort((one, other) => one - other)).toEqual(MODEL_RETRIES_MS);
	});
});
