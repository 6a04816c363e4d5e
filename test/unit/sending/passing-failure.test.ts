import { describe, expect, it } from '@jest/globals';
import { NoAnswerError } from '../../../nodes/shared/http/http-client';
import { passingFailure } from '../../../nodes/shared/sending/passing-failure';
import { OutcomeUnknownError, SendHeldError } from '../../../nodes/shared/sending/send-errors';
import { ClaimLostError, StoreUnavailableError } from '../../../nodes/shared/threads/thread-store';
import { TwilioApiError } from '../../../nodes/shared/twilio/api/twilio-client';

const NOW = Date.parse('2026-01-15T12:00:00.000Z');
const refused = (status: number, code?: number, retryAfterMs?: number) =>
	new TwilioApiError({ status, code, message: 'no', retryAfterMs });

describe('passingFailure', () => {
	it.each<[string, unknown, object]>([
		['too many requests', refused(429, 20429), { why: 'notSent', notBefore: NOW }],
		['a full queue', refused(429, 21611), { why: 'notSent', notBefore: NOW }],
		[
			'a wish for a longer wait',
			refused(429, 20429, 60_000),
			{ why: 'notSent', notBefore: NOW + 60_000 },
		],
		[
			'a Twilio that is not there',
			new NoAnswerError('api.twilio.com', 'ECONNREFUSED'),
			{ why: 'notSent', notBefore: NOW },
		],
		[
			'an answer that was lost half a minute ago',
			new OutcomeUnknownError({ to: '+1', since: '2026-01-15T11:59:30.000Z' }),
			{ why: 'uncertain', notBefore: NOW + 90_000 },
		],
	])('knows %s', (_, error, failure) => {
		expect(passingFailure(error, NOW)).toEqual(failure);
	});

	it.each([
		refused(400, 21211),
		refused(401, 20003),
		refused(403, 30034),
		new StoreUnavailableError('Redis', 'fix'),
		new ClaimLostError('lease'),
		new SendHeldError(),
		new Error('other'),
	])('makes nothing of %s', (error) => {
		expect(passingFailure(error, NOW)).toBeUndefined();
	});
});
