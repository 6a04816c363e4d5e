import { expect, it } from '@jest/globals';
import { isWithheld } from '../../../nodes/shared/calls/missed-call';

it.each(['', ' ', '+266696687', '266696687', 'anonymous', 'Anonymous', '+7378742833', '+2562533'])(
	'"%s" stands for a withheld number',
	(caller) => {
		expect(isWithheld(caller)).toBe(true);
	},
);

it.each(['+14155550123', '+86566961234', 'sip:anonymous@example.com'])(
	'"%s" does not',
	(caller) => {
		expect(isWithheld(caller)).toBe(false);
	},
);
