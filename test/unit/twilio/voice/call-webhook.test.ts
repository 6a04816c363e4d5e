import { describe, expect, it } from '@jest/globals';
import { hasEnded, parseCallForm } from '../../../../nodes/shared/twilio/voice/call-webhook';
import { MalformedWebhookError } from '../../../../nodes/shared/twilio/inbound/inbound-webhook';

const CALL = { CallSid: `CA${'1'.repeat(32)}`, CallStatus: 'ringing', From: '+14155550123' };

describe('parseCallForm', () => {
	it('reads what there is, and takes what is not there for empty', () => {
		expect(parseCallForm(CALL)).toEqual({
			callSid: CALL.CallSid,
			callStatus: 'ringing',
			from: '+14155550123',
			to: '',
			dialCallStatus: '',
			dialBridged: undefined,
			digits: '',
			recording: undefined,
			failedUrl: undefined,
		});
	});

	it.each([{}, { CallSid: 'SM1' }, undefined, 'CallSid=CA1'])('refuses %j', (form) => {
		expect(() => parseCallForm(form)).toThrow(MalformedWebhookError);
	});

	it('reads a recording, unless Twilio says there is none', () => {
		const recorded = { ...CALL, RecordingUrl: 'https://a.example/RE1', RecordingSid: 'RE1' };
		expect(parseCallForm({ ...recorded, RecordingDuration: '12' }).recording).toEqual({
			url: 'https://a.example/RE1',
			sid: 'RE1',
			seconds: 12,
		});
		expect(parseCallForm(recorded).recording?.seconds).toBe(0);
		const absent = { ...recorded, RecordingStatus: 'absent' };
		expect(parseCallForm(absent).recording).toBeUndefined();
	});

	it.each([
		['ringing', false],
		['in-progress', false],
		['', false],
		['completed', true],
		['no-answer', true],
		['canceled', true],
		['busy', true],
		['failed', true],
	])('of a call that is "%s" has ended: %s', (CallStatus, ended) => {
		expect(hasEnded(parseCallForm({ ...CALL, CallStatus }))).toBe(ended);
	});
});
