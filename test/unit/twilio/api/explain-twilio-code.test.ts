import { describe, expect, it } from '@jest/globals';
import { explainTwilioCode } from '../../../../nodes/shared/twilio/api/explain-twilio-code';

/** What Twilio refuses a text with, and what a text fails with later. */
const REFUSALS = [
	20003, 20005, 20404, 20429, 20500, 21211, 21212, 21265, 21266, 21408, 21602, 21603, 21604,
	21606, 21608, 21609, 21610, 21611, 21612, 21614, 21617, 21620, 21635, 21654, 21655, 21656,
	21659, 21660, 21701, 21657, 21661, 21703, 21704, 21705, 21710, 21711, 21712, 572002, 572005,
	35111, 35114, 35115, 35117, 35118, 35125,
];
const FAILURES = [
	30001, 30002, 30003, 30004, 30005, 30006, 30007, 30008, 30022, 30023, 30027, 30032, 30034,
	30035, 30036, 30038, 30039, 30042, 30044, 30450, 63016,
];

describe('explainTwilioCode', () => {
	it.each([...REFUSALS, ...FAILURES])('gives a cause and a fix for %d', (code) => {
		const { cause, fix } = explainTwilioCode(code) ?? { cause: '', fix: '' };
		expect(cause).toMatch(/^[A-Z].*[^.]$/);
		expect(fix).toMatch(/^[A-Z].*\.$/);
	});

	it('has nothing to say about other codes', () => {
		expect(explainTwilioCode(99999)).toBeUndefined();
		expect(explainTwilioCode(undefined)).toBeUndefined();
	});
});
