import { describe, expect, it } from '@jest/globals';
import { parseAnswer } from '../../../nodes/shared/composing/parse-answer';
import { isQuotedFrom, ownWordsOf } from '../../../nodes/shared/contacts/own-words/own-words';
import { WORD_LISTS } from '../../../nodes/shared/contacts/own-words/word-lists';
import { LONGEST_TEXT } from '../../../nodes/shared/messaging/text-bounds';
import nearMisses from '../../fixtures/own-words/near-misses.json';
import revocations from '../../fixtures/own-words/revocations.json';

type Fixture = Record<string, Record<string, string[]>>;

const LANGUAGES = ['en', 'es', 'fr', 'pt', 'de', 'it'];
const textsOf = (fixture: Fixture, language: string) =>
	Object.values(fixture[language] ?? {}).flat();
const allOf = (fixture: Fixture) => LANGUAGES.flatMap((language) => textsOf(fixture, language));
const kindOf = (body: string) => ownWordsOf(body)?.kind;

/** A model that understands: it is asked only where the rules see an ordinary text. */
function seenByModel(body: string): boolean {
	const answer = JSON.stringify({ kind: 'optOut', reply: null, reason: `"${body}"` });
	const decision = parseAnswer(answer, false);
	return decision.kind === 'optOut' && isQuotedFrom(decision.words, [body]);
}

describe('opting out in six languages', () => {
	it.each(LANGUAGES)(
		'has at least 50 texts each that do, and that only look like it: %s',
		(language) => {
			for (const fixture of [revocations, nearMisses]) {
				const texts = textsOf(fixture, language);
				expect(texts.length).toBeGreaterThanOrEqual(50);
				expect(new Set(texts).size).toBe(texts.length);
			}
		},
	);

	it('is seen by the rules in at least 90 of 100 texts', () => {
		const all = allOf(revocations);
		const missed = all.filter((body) => kindOf(body) !== 'optOut');
		expect(missed.length).toBeLessThanOrEqual(all.length * 0.1);
	});

	it('is seen by rules and model together in at least 99 of 100 texts', () => {
		const all = allOf(revocations);
		// No model is asked about what is doubtful: a person has to look.
		const missed = all.filter((body) => {
			const kind = kindOf(body);
			return kind === 'doubtful' || (kind === undefined && !seenByModel(body));
		});
		expect(missed.length).toBeLessThanOrEqual(all.length * 0.01);
		expect(missed).toEqual(['no más por favor', 'plus rien svp', 'não quero mais', 'já chega']);
	});

	it('is not seen in what only looks like it', () => {
		expect(allOf(nearMisses).filter((body) => kindOf(body) === 'optOut')).toEqual([]);
	});

	it('is doubted in few of those, each of which a person should see', () => {
		const all = allOf(nearMisses);
		const doubtful = all.filter((body) => kindOf(body) === 'doubtful');
		expect(doubtful.length).toBeLessThan(all.length * 0.05);
		expect(doubtful.toSorted()).toEqual(DOUBTFUL.toSorted());
	});
});

/** A limit, a list of another kind, a word that stands apart: an answer could be the wrong one. */
const DOUBTFUL = [
	'Take me off the waitlist for Tuesday and put me on Friday',
	"don't text me before 9, I work nights",
	'Can you remove me as the second driver?',
	'unsubscribe? no I want to stay',
	'No me escribas al fijo, escribe a este',
	'ne me contactez pas avant 9h svp',
	'Ne contactez pas mon assurance avant vendredi',
	'não me mande mensagem antes das 9, trabalho à noite',
	'Tira meu nome da reserva de sábado e põe no domingo',
	'Stop, que fofo',
	'non scrivetemi prima delle 9, lavoro di notte',
];

describe('ownWordsOf', () => {
	it.each([
		'stop',
		'STOP!!!',
		'Stop  please 🙏',
		'ok stop, thanks',
		'S.T.O.P!',
		'stoooop',
		'stpo',
		'Plz unsubscirbe me',
		'don’t text me anymore',
		"DON'T TEXT ME ANYMORE",
		'arrêt',
		'ARRET',
		'A\u0301LTO',
		'moechte mich abmelden',
		'Möchte mich abmelden',
	])('reads %j as an opt-out, whatever its letters and signs', (body) => {
		expect(kindOf(body)).toBe('optOut');
	});

	it.each([
		['Cancel!', 'optOut'],
		['cancel please', 'doubtful'],
		['Stop?', 'doubtful'],
		['no more, thanks', 'doubtful'],
		['no pare', undefined],
		['remove me and my wife from the booking', 'doubtful'],
		['No, stop texting me', 'optOut'],
		['Hm. Stop. Let me think about it', 'doubtful'],
		['STOP I never asked for this', 'optOut'],
		['Stop, you are killing me 😂', undefined],
		["don't text me before 9", 'doubtful'],
		['no more texts needed about the time, 5 works', 'doubtful'],
		["please don't stop texting me", undefined],
		['my ex should stop texting me', undefined],
		['shop', undefined],
		['', undefined],
		['🙏🙏', undefined],
	])('reads %j as %s', (body, kind) => {
		expect(kindOf(body)).toBe(kind);
	});

	it('quotes the sentence that asks for it, as it was written', () => {
		const body = 'Hi there!  I moved to Ohio in May. Please STOP texting me, ok? Bye now';
		expect(ownWordsOf(body)).toEqual({ kind: 'optOut', words: 'Please STOP texting me, ok' });
		expect(isQuotedFrom(ownWordsOf(body)?.words ?? '', [body])).toBe(true);
	});

	it('reads what a builder adds, with courtesy around it and nothing else', () => {
		const extra = ['Fuera', 'no gracias <me>', ' '];
		expect(ownWordsOf('FUERA por favor!', extra)).toMatchObject({ kind: 'optOut' });
		expect(ownWordsOf('No gracias me', extra)).toMatchObject({ kind: 'optOut' });
		expect(ownWordsOf('estoy fuera hasta el lunes', extra)).toBeUndefined();
		expect(ownWordsOf('Fuera')).toBeUndefined();
	});

	it('reads no text that is longer than any that is worked on', () => {
		expect(ownWordsOf(`stop texting me ${'a'.repeat(LONGEST_TEXT)}`)).toBeUndefined();
	});
});

describe('the lists of words', () => {
	it.each(WORD_LISTS.map((list) => [list.language, list] as const))(
		'name a source for each keyword: %s',
		(_, { keywords, ambiguous }) => {
			for (const { source, words } of [...keywords, ...ambiguous]) {
				expect(source).not.toBe('');
				expect(words).not.toEqual([]);
			}
		},
	);

	it.each(WORD_LISTS.flatMap(({ keywords }) => keywords.flatMap(({ words }) => words)))(
		'hold keywords that opt out alone: %s',
		(word) => {
			expect(kindOf(word.toUpperCase())).toBe('optOut');
		},
	);
});

describe('isQuotedFrom', () => {
	const texts = ['Hi, who is this?', 'Please, don’t  write to me\nANY more. Ça suffit!'];

	it.each([
		"don't write to me any more",
		'"Don’t write to me ANY MORE."',
		'ca suffit',
		'please don’t',
	])('finds %j', (words) => {
		expect(isQuotedFrom(words, texts)).toBe(true);
	});

	it.each(['never write to me', 'write me any more', 'is this please', 'rite to me', '', '"…"'])(
		'does not find %j',
		(words) => {
			expect(isQuotedFrom(words, texts)).toBe(false);
		},
	);
});
