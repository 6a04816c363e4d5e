import { describe, expect, it } from '@jest/globals';
import { parseCommand, parseOwnersWords } from '../../../nodes/shared/owners/commands';

const read = (body: string) => parseCommand(body, {});

describe("an owner's text", () => {
	it.each([
		['2 I will call you at five', 2, 'I will call you at five'],
		[' #2: On my way \n', 2, 'On my way'],
		['12, yes', 12, 'yes'],
		['2) ok', 2, 'ok'],
		['99\nFirst line\nSecond line', 99, 'First line\nSecond line'],
		['2 list of what we have', 2, 'list of what we have'],
		['2 STOP by tomorrow', 2, 'STOP by tomorrow'],
		['\u200E2\u00A0Gerne', 2, 'Gerne'],
	])('%j goes to the contact of its number', (body, number, words) => {
		expect(read(body)).toEqual({ kind: 'relay', number, words });
	});

	it.each([
		['take 2', { kind: 'take', number: 2 }],
		['Take #2!', { kind: 'take', number: 2 }],
		['2 take', { kind: 'take', number: 2 }],
		[' RELEASE   12 ', { kind: 'release', number: 12 }],
		['2 release', { kind: 'release', number: 2 }],
		['List', { kind: 'list' }],
		['pause  ALL', { kind: 'pauseAll' }],
		['resume all', { kind: 'resumeAll' }],
	])('%j is a command', (body, command) => {
		expect(read(body)).toEqual(command);
	});

	it.each([
		...['', '2', 'help', '?', 'I will call you', 'take', 'take it', 'take 0', 'take 100'],
		...[
			'0 hello',
			'100 hello',
			'2.5 hours',
			'2:30 works',
			'2nd floor',
			'2 list',
			'2 pause all',
		],
		...['14155550123 hello', 'release all', 'x'.repeat(10_000)],
	])('%j goes to nobody', (body) => {
		expect(read(body)).toEqual({ kind: 'help' });
	});

	it("is in the builder's words, and then in no others", () => {
		const ownersWords = parseOwnersWords({ take: 'Nimm', pauseAll: 'alles aus', list: '' });
		const german = (body: string) =>
			parseCommand(body, { ...(ownersWords && { ownersWords }) });
		expect(german('nimm 3')).toEqual({ kind: 'take', number: 3 });
		expect(german('Alles  aus')).toEqual({ kind: 'pauseAll' });
		expect(german('list')).toEqual({ kind: 'list' });
		expect(german('take 3')).toEqual({ kind: 'help' });
		expect(german('3 take')).toEqual({ kind: 'relay', number: 3, words: 'take' });
	});

	it('counts with the PIN in front alone, where one is asked for', () => {
		const pinned = (body: string) => parseCommand(body, { ownersPin: 'Ab4711' });
		expect(pinned('ab4711 2 On my way')).toEqual({
			kind: 'relay',
			number: 2,
			words: 'On my way',
		});
		expect(pinned('Ab4711\nlist')).toEqual({ kind: 'list' });
		expect(pinned('Ab4711')).toEqual({ kind: 'help' });
		for (const body of ['2 On my way', 'Ab47112 hi', 'list Ab4711', '', '4711 list']) {
			expect(pinned(body)).toEqual({ kind: 'refused' });
		}
	});
});

describe("the builder's words", () => {
	it('are none where all are the usual ones', () => {
		expect(parseOwnersWords({})).toBeUndefined();
		expect(parseOwnersWords({ take: ' take ' })).toBeUndefined();
	});

	it.each([
		[{ take: 'RELEASE' }, 'Release: "release" stands for something else'],
		[{ list: '2' }, 'List: "2" does not begin with a letter'],
		[{ pauseAll: 'Stop!' }, 'Pause All: "Stop!" is a word of consent'],
		[{ take: 'x'.repeat(31) }, 'Take Over: "x+" is longer'],
	])('%j could not be told apart', (given, why) => {
		expect(() => parseOwnersWords(given)).toThrow(new RegExp(why));
	});
});
