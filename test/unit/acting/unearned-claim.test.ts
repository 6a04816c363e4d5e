import { describe, expect, it } from '@jest/globals';
import { tellsOfDeed } from '../../../nodes/shared/acting/deeds';
import { unearnedClaim } from '../../../nodes/shared/acting/unearned-claim';
import type { Action, ActionState } from '../../../nodes/shared/threads/actions';
import { notTold } from '../../fixtures/deeds/not-told.json';
import { told } from '../../fixtures/deeds/told.json';

const action = (id: string, state: ActionState): Action => ({
	...{ id, state, tool: 'book_visit', arguments: '{}', key: id, result: '' },
	at: '2026-11-26T12:00:00.000Z',
});

describe('a reply that names no action', () => {
	it('is held back where it tells of a deed, in a hundred wordings of six languages', () => {
		expect(told.length).toBeGreaterThan(100);
		expect(told.filter((text) => !tellsOfDeed(text))).toEqual([]);
		expect(unearnedClaim({ text: "You're booked for 3pm." }, [])).toMatch('no action');
	});

	it('goes out where it offers, asks, plans or denies', () => {
		expect(notTold.filter(tellsOfDeed)).toEqual([]);
	});
});

describe('a reply that names its actions', () => {
	const text = "You're booked for 3pm.";
	const actions = [action('a1', 'done'), action('a2', 'failed'), action('a3', 'uncertain')];

	it('goes out where they were done', () => {
		expect(unearnedClaim({ text, restsOn: ['a1'] }, actions)).toBeUndefined();
	});

	it.each([
		['a2', 'failed'],
		['a3', 'nobody knows'],
		['a9', 'there is not'],
	])('is held back for %s, which %s', (id, why) => {
		expect(unearnedClaim({ text, restsOn: ['a1', id] }, actions)).toMatch(why);
	});
});
