import { describe, expect, it } from '@jest/globals';
import { UNKNOWN_CONTACT } from '../../../nodes/shared/contacts/contact';
import { factsOf } from '../../../nodes/shared/contacts/facts';

const contact = {
	...UNKNOWN_CONTACT,
	name: 'Maria',
	timeZone: 'Europe/Berlin',
	facts: { plan: 'basic', pet: 'Rex', empty: '' },
};

describe('the facts for a text', () => {
	it('are those of the contact, of the conversation and of the field, the last of a name holding', () => {
		const state = { metadata: { Plan: 'gold', order: 'A1' } };
		expect(factsOf({ contact, state }, { ORDER: 'B2' })).toEqual({
			'Name of the contact': 'Maria',
			'Time zone of the contact': 'Europe/Berlin',
			Plan: 'gold',
			pet: 'Rex',
			ORDER: 'B2',
		});
	});

	it('are none of a contact of whom nothing is known', () => {
		expect(factsOf({ contact: UNKNOWN_CONTACT, state: { metadata: {} } }, {})).toEqual({});
	});
});
