import { describe, expect, it } from '@jest/globals';
import { outcomeOf } from '../../../../nodes/shared/twilio/voice/call-webhook';

const FREE = { asked: false, accepted: false };
const ASKED = { asked: true, accepted: false };
const ACCEPTED = { asked: true, accepted: true };

describe('a call whose phones are connected as they pick up', () => {
	it.each([
		['completed', true],
		['completed', undefined],
		['answered', undefined],
	])('is taken where Twilio says %s (bridged: %s)', (dialCallStatus, dialBridged) => {
		expect(outcomeOf({ dialCallStatus, dialBridged }, FREE)).toEqual({ answered: true });
	});

	it.each([
		['no-answer', undefined, 'no-answer'],
		['busy', false, 'busy'],
		['failed', false, 'failed'],
		['canceled', undefined, 'canceled'],
		['completed', false, 'no-answer'],
	])('is missed where Twilio says %s (bridged: %s)', (dialCallStatus, dialBridged, told) => {
		const outcome = { answered: false, dialCallStatus: told };
		expect(outcomeOf({ dialCallStatus, dialBridged }, FREE)).toEqual(outcome);
	});
});

describe('a call whose phones are asked for a key', () => {
	it.each([
		['completed', undefined],
		['completed', false],
		['no-answer', undefined],
	])('is missed without one, whatever Twilio says (%s, bridged: %s)', (status, dialBridged) => {
		const form = { dialCallStatus: status, dialBridged };
		expect(outcomeOf(form, ASKED)).toEqual({ answered: false, dialCallStatus: 'no-answer' });
	});

	it('is taken by the key', () => {
		const form = { dialCallStatus: 'completed', dialBridged: undefined };
		expect(outcomeOf(form, ACCEPTED)).toEqual({ answered: true });
	});

	it('is taken where Twilio connected it, the key having been forgotten', () => {
		const form = { dialCallStatus: 'completed', dialBridged: true };
		expect(outcomeOf(form, ASKED)).toEqual({ answered: true });
	});
});
