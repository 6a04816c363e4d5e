import { describe, expect, it } from '@jest/globals';
import { NoAnswerError } from '../../../nodes/shared/http/http-client';
import { systemClock } from '../../../nodes/shared/n8n/host/system-clock';
import { keepTrying } from '../../../nodes/shared/sending/keep-trying';
import {
	OutcomeUnknownError,
	SendHeldError,
	SentButNotRecordedError,
} from '../../../nodes/shared/sending/send-errors';
import { StoreUnavailableError } from '../../../nodes/shared/threads/thread-store';
import { TwilioApiError } from '../../../nodes/shared/twilio/api/twilio-client';
import { FakeClock } from '../../support/fake-clock';

const MINUTE = 60_000;
const unreachable = new NoAnswerError('api.twilio.com', 'ECONNREFUSED');
const refused = new TwilioApiError({ status: 400, code: 21614, message: 'Not a mobile number' });
const tooMany = (retryAfterMs?: number) =>
	new TwilioApiError({ status: 429, code: 20429, message: 'Too many requests', retryAfterMs });
const held = new SendHeldError();
const storeAway = new StoreUnavailableError('Redis', 'Look after it.');

/** Tries that fail with these, one after the other, the last one for ever; `undefined` sends. */
function failing(...errors: Array<Error | undefined>) {
	const clock = new FakeClock();
	let tries = 0;
	const send = async () => {
		const error = errors[Math.min(tries++, errors.length - 1)];
		if (error) throw error;
		return 'sent';
	};
	return {
		clock,
		tries: () => tries,
		minutes: () => clock.sleeps.map((ms) => ms / MINUTE),
		keepTrying: async (minutes: number) => await keepTrying({ clock }, minutes * MINUTE, send),
	};
}

describe('keepTrying', () => {
	it('waits half a minute, then twice as long each time, up to ten minutes', async () => {
		const desk = failing(...Array<Error>(7).fill(unreachable), undefined);
		expect(await desk.keepTrying(120)).toBe('sent');
		expect(desk.minutes()).toEqual([0.5, 1, 2, 4, 8, 10, 10]);
	});

	it('tries for the last time when the time is over, and then says how long it was tried', async () => {
		const desk = failing(unreachable);
		await expect(desk.keepTrying(10)).rejects.toMatchObject({
			name: 'TriedInVainError',
			message: 'api.twilio.com did not answer (ECONNREFUSED) (tried 6 times in 10 minutes)',
			last: unreachable,
		});
		expect(desk.minutes()).toEqual([0.5, 1, 2, 4, 2.5]);
	});

	it('tries once where it is off', async () => {
		const desk = failing(unreachable);
		await expect(desk.keepTrying(0)).rejects.toBe(unreachable);
		expect(desk.tries()).toBe(1);
	});

	it('gives up at once where waiting would not help, also later', async () => {
		const first = failing(refused);
		await expect(first.keepTrying(60)).rejects.toBe(refused);
		expect(first.tries()).toBe(1);
		const later = failing(unreachable, refused);
		await expect(later.keepTrying(60)).rejects.toBe(refused);
		expect(later.tries()).toBe(2);
	});

	it('does not send once more what went out and was not written down', async () => {
		const out = new SentButNotRecordedError('SM1');
		const desk = failing(unreachable, out);
		await expect(desk.keepTrying(60)).rejects.toBe(out);
		expect(desk.tries()).toBe(2);
	});

	it('waits as long as Twilio asks', async () => {
		const desk = failing(tooMany(5 * MINUTE), tooMany(), undefined);
		expect(await desk.keepTrying(60)).toBe('sent');
		expect(desk.minutes()).toEqual([5, 1]);
	});

	it('waits until it is certain what became of a text of which the answer was lost', async () => {
		const clock = new FakeClock();
		const since = new Date(clock.now() - 20_000).toISOString();
		const unknown = new OutcomeUnknownError({ to: '+14155550123', since });
		const desk = failing(unknown, undefined);
		expect(await desk.keepTrying(60)).toBe('sent');
		expect(desk.clock.sleeps).toEqual([100_000]);
	});

	it.each([
		['another run is at the same text', held],
		['the store is away', storeAway],
	])('goes on where %s, once Twilio has failed', async (_, error) => {
		const later = failing(unreachable, error, undefined);
		expect(await later.keepTrying(60)).toBe('sent');
		const first = failing(error);
		await expect(first.keepTrying(60)).rejects.toBe(error);
	});

	it('stops waiting as soon as the execution is stopped', async () => {
		const stop = new AbortController();
		let tries = 0;
		const trying = keepTrying({ clock: systemClock, signal: stop.signal }, 60_000, async () => {
			tries++;
			throw unreachable;
		});
		setTimeout(() => stop.abort(), 10);
		await expect(trying).rejects.toMatchObject({ name: 'AbortError' });
		expect(tries).toBe(1);
	});
});
