import { describe, expect, it } from '@jest/globals';
import {
	readStep,
	stepUrl,
	type CallStep,
} from '../../../../nodes/shared/twilio/voice/call-webhook';

const STEP: CallStep = {
	name: 'recording',
	callSid: `CA${'1'.repeat(32)}`,
	caller: '+14155550123',
	called: 'sip:ava&co=?#@example.com',
	round: 2,
	dialCallStatus: 'no-answer',
};

describe('a step of a call', () => {
	it('comes back from its URL as it went in, the awkward characters too', () => {
		const url = new URL(stepUrl('https://n8n.example/webhook/1/twilio', STEP));
		expect(url.pathname).toBe('/webhook/1/twilio');
		expect(readStep(Object.fromEntries(url.searchParams))).toEqual(STEP);
	});

	it('is none where the query has nothing of one', () => {
		expect(readStep({})).toBeUndefined();
		expect(readStep({ other: 'x' })).toBeUndefined();
	});

	const query = Object.fromEntries(new URL(stepUrl('https://n8n.example', STEP)).searchParams);

	it.each([
		[{ call: 'C' }],
		[{ ...query, step: 'other' }],
		[{ ...query, step: ['dialed', 'dialed'] }],
		[{ ...query, call: STEP.callSid.slice(0, 20) }],
		[{ ...query, to: undefined }],
	])('is refused where the query has a part of it: %j', (part) => {
		expect(() => readStep(part)).toThrow('no step of a call');
	});

	it('has round 0 where the query says nonsense', () => {
		expect(readStep({ ...query, round: '-1' })?.round).toBe(0);
		expect(readStep({ ...query, round: 'x' })?.round).toBe(0);
	});
});
