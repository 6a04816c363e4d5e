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

	it.each([[{}], [{ step: 'other' }], [{ step: ['dialed', 'dialed'] }]])(
		'is none in the query %j',
		(query) => {
			expect(readStep(query)).toBeUndefined();
		},
	);

	it('has round 0 where the query says nonsense', () => {
		expect(readStep({ step: 'dialed', round: '-1' })?.round).toBe(0);
		expect(readStep({ step: 'dialed', round: 'x' })?.round).toBe(0);
	});
});
