import { describe, expect, it } from '@jest/globals';
import { consentWordOf } from '../../../nodes/shared/messaging/consent-keywords';

describe('consentWordOf', () => {
	it.each([
		'STOP',
		'stop',
		' Stop ',
		'STOPALL',
		'Unsubscribe',
		'cancel',
		'END',
		'quit',
		'revoke',
		'OptOut',
	])('reads %j as an opt-out', (body) => {
		expect(consentWordOf(body, undefined, false)).toBe('stop');
	});

	it.each(['stop by at noon', 'please do not stop', 'the end', '', 'ok'])(
		'reads %j as a text',
		(body) => {
			expect(consentWordOf(body, undefined, false)).toBeUndefined();
		},
	);

	it('takes YES for an opt-in only from somebody who opted out', () => {
		expect(consentWordOf('YES', undefined, false)).toBeUndefined();
		expect(consentWordOf('yes', undefined, true)).toBe('start');
	});

	it('reads HELP and INFO as a call for help, which Twilio answers', () => {
		expect(consentWordOf('help', undefined, false)).toBe('help');
		expect(consentWordOf('Info', undefined, false)).toBe('help');
	});

	it("follows Twilio's own verdict over the words", () => {
		expect(consentWordOf('no more please', 'STOP', false)).toBe('stop');
		expect(consentWordOf('weiter', 'START', true)).toBe('start');
		expect(consentWordOf('hilfe', 'HELP', false)).toBe('help');
	});

	it("takes Twilio's START, too, only from somebody who opted out", () => {
		expect(consentWordOf('Yes', 'START', false)).toBeUndefined();
	});
});
