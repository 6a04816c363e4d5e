import { beginningOf, LONGEST_TEXT } from '../../messaging/text-bounds';
import { Patterns } from './patterns';
import { wordsIn, type TextWord } from './text-words';
import { Typos } from './typos';
import { WORD_LISTS, type WordList } from './word-lists';

/** What a text says about being texted any more; `words` stand in the text as they are. */
export type OwnWords =
	| { kind: 'optOut'; words: string }
	/** It may mean it: nothing should be answered before a person has looked. */
	| { kind: 'doubtful'; words: string };

/** Characters of the contact's words that are kept, and that a phrase of the builder's may have. */
const LONGEST_WORDS = 300;

/**
 * Whether a contact opts out in words of its own ("please stop texting me", "Désabonnez-moi"), in
 * English, Spanish, French, Portuguese, German or Italian. Undefined for an ordinary text, and for
 * one that is longer than Twilio's longest. The keywords themselves count too, so that their like in
 * these languages do; what Twilio acts on is `consentWordOf`'s.
 *
 * @param extra words and phrases of the builder's; one opts out where the text says nothing else.
 */
export function ownWordsOf(body: string, extra: readonly string[] = []): OwnWords | undefined {
	if (body.length > LONGEST_TEXT) return undefined;
	const written = wordsIn(body);
	if (written.length === 0) return undefined;
	const words = written.map((one) => ({ ...one, word: TYPOS.meant(one.word) }));
	const own = new Patterns();
	for (const phrase of extra) {
		const pattern = phrase.length > LONGEST_WORDS ? '' : asPattern(phrase);
		if (pattern !== '') own.add(pattern);
	}
	return (
		saidAlone(body, words, own) ??
		saidInPhrase(body, words) ??
		saidInKeyword(body, words) ??
		saidDoubtfully(body, words)
	);
}

type Kind = Exclude<keyof WordList, 'language' | 'groups' | 'typos' | 'unlessAbout'>;

const KINDS = [
	...['keywords', 'ambiguous', 'phrases', 'closing', 'alone', 'onlyAlone'],
	...['doubtfulAlone', 'doubtful', 'courtesy', 'closers', 'support'],
	...['unlessAfter', 'limits', 'unlessBefore'],
] as Kind[];

const PATTERNS = Object.fromEntries(KINDS.map((kind) => [kind, patternsOf(kind)])) as Record<
	Kind,
	Patterns
>;

const OTHERS: ReadonlySet<string> = new Set(
	WORD_LISTS.flatMap(({ unlessAbout }) => unlessAbout).flatMap((words) =>
		wordsIn(words).map(({ word }) => word),
	),
);

const TYPOS = new Typos(
	WORD_LISTS.flatMap(({ typos }) => typos.of),
	new Set(KINDS.flatMap((kind) => [...PATTERNS[kind].vocabulary])),
	new Set(WORD_LISTS.flatMap(({ typos }) => typos.not)),
);

/** Somebody who laughs says "stop" to a friend. */
const LAUGHS =
	/[😂🤣😅😆😹]|\b(?:ha(?:ha)+|lo+l|lmao|ja(?:ja)+|k{3,}|mdr|ptdr|a?hah(?:ah)*a?|rs(?:rs)+)\b/iu;

function patternsOf(kind: Kind): Patterns {
	const patterns = new Patterns();
	for (const list of WORD_LISTS) {
		for (const line of list[kind]) {
			for (const pattern of typeof line === 'string' ? [line] : line.words) {
				patterns.add(pattern, list.groups, list.language === 'de');
			}
		}
	}
	return patterns;
}

/** The builder's words are words, whatever they mean in a pattern. */
function asPattern(phrase: string): string {
	return wordsIn(phrase)
		.map(({ word }) => word)
		.join(' ');
}

/** The whole text is an opt-out with courtesy around it. */
function saidAlone(body: string, words: readonly TextWord[], own: Patterns): OwnWords | undefined {
	const found = new Set<Kind | 'extra'>();
	for (let at = 0; at < words.length;) {
		const fits = [
			{ kind: 'extra' as const, end: own.longestAt(words, at) },
			...COVERING.map((kind) => ({ kind, end: PATTERNS[kind].longestAt(words, at) })),
		];
		const longest = fits.reduce((one, other) =>
			(other.end ?? 0) > (one.end ?? 0) ? other : one,
		);
		if (longest.end === undefined) return undefined;
		const saysSomething = longest.kind !== 'courtesy' && longest.kind !== 'support';
		if (saysSomething && isTurnedAround(words, at)) return undefined;
		found.add(longest.kind);
		at = longest.end;
	}
	const has = (...kinds: Array<Kind | 'extra'>) => kinds.some((kind) => found.has(kind));
	const said = beginningOf(body.trim(), LONGEST_WORDS);
	if (has('phrases', 'closing', 'alone', 'onlyAlone', 'extra'))
		return { kind: 'optOut', words: said };
	if (has('keywords')) {
		const asks = found.size === 1 && body.includes('?');
		return { kind: asks ? 'doubtful' : 'optOut', words: said };
	}
	if (has('ambiguous')) {
		const isAlone = found.size === 1 && !body.includes('?');
		return { kind: isAlone || has('support') ? 'optOut' : 'doubtful', words: said };
	}
	return has('doubtful', 'doubtfulAlone') ? { kind: 'doubtful', words: said } : undefined;
}

/** What a text may consist of that says nothing but one thing; of two that fit equally, the first. */
const COVERING: readonly Kind[] = [
	...([
		'phrases',
		'closing',
		'keywords',
		'ambiguous',
		'alone',
		'onlyAlone',
		'doubtfulAlone',
		'doubtful',
	] as const),
	...(['support', 'courtesy'] as const),
];

/** A phrase that is clear wherever it stands, where nothing before it turns it around. */
function saidInPhrase(body: string, words: readonly TextWord[]): OwnWords | undefined {
	let doubtfulAt: number | undefined;
	for (const kind of ['phrases', 'closing'] as const) {
		for (const { at, end } of placesOf(PATTERNS[kind], words)) {
			const isLimit = isLimited(words, end);
			if (kind === 'closing' && !isLimit && !closes(words, end)) continue;
			if (isTurnedAround(words, at)) continue;
			if (!isLimit) return { kind: 'optOut', words: sentenceAround(body, words, at) };
			doubtfulAt ??= at;
		}
	}
	return doubtIn(body, words, doubtfulAt);
}

/** A keyword that stands by itself within a text of more words. */
function saidInKeyword(body: string, words: readonly TextWord[]): OwnWords | undefined {
	if (LAUGHS.test(body)) return undefined;
	const shouts = words.every(({ isCapitals }, at) => isCapitals || at === 0);
	const hasSupport = !placesOf(PATTERNS.support, words).next().done;
	let doubtfulAt: number | undefined;
	for (const { at, end } of placesOf(PATTERNS.keywords, words)) {
		const isCommon = PATTERNS.unlessBefore.longestAt(words, end) !== undefined;
		const isApart =
			words[at - 1]?.clause !== words[at]?.clause &&
			(words[end]?.clause !== words[end - 1]?.clause ||
				(!isCommon && PATTERNS.closers.longestAt(words, end) !== undefined));
		const isLoud = words.slice(at, end).every(({ isCapitals }) => isCapitals) && !shouts;
		const isAtAnEnd = at === 0 || end === words.length;
		if ((isCommon && !isApart) || isTurnedAround(words, at)) continue;
		if ((isLoud && isAtAnEnd) || (isApart && hasSupport)) {
			return { kind: 'optOut', words: sentenceAround(body, words, at) };
		}
		if (isApart || isLoud) doubtfulAt ??= at;
	}
	return doubtIn(body, words, doubtfulAt);
}

function saidDoubtfully(body: string, words: readonly TextWord[]): OwnWords | undefined {
	if (LAUGHS.test(body)) return undefined;
	for (const kind of ['alone', 'doubtful'] as const) {
		for (const { at } of placesOf(PATTERNS[kind], words)) {
			if (!isTurnedAround(words, at)) return doubtIn(body, words, at);
		}
	}
	return undefined;
}

function doubtIn(body: string, words: readonly TextWord[], at?: number): OwnWords | undefined {
	if (at === undefined) return undefined;
	return { kind: 'doubtful', words: sentenceAround(body, words, at) };
}

function* placesOf(patterns: Patterns, words: readonly TextWord[]) {
	for (let at = 0; at < words.length; at += 1) {
		const end = patterns.longestAt(words, at);
		if (end !== undefined) yield { at, end };
	}
}

/** Words before a phrase that are looked at for whom it is about. */
const LOOK_BACK = 6;
const LOOK_AHEAD = 12;
const LONGEST_TURN = 4;

function isTurnedAround(words: readonly TextWord[], at: number): boolean {
	const sentence = words[at]?.sentence;
	for (let back = 1; back <= LOOK_BACK; back += 1) {
		const before = words[at - back];
		if (before === undefined || before.sentence !== sentence) return false;
		if (OTHERS.has(before.word)) return true;
		const isNear = back <= LONGEST_TURN && before.clause === words[at]?.clause;
		if (isNear && PATTERNS.unlessAfter.longestAt(words, at - back) === at) return true;
	}
	return false;
}

/** Nothing follows in this part of the sentence, but for courtesy. */
function closes(words: readonly TextWord[], end: number): boolean {
	const clause = words[end - 1]?.clause;
	let at = end;
	while (words[at]?.clause === clause) {
		if (PATTERNS.closers.longestAt(words, at) !== undefined) return true;
		const next = PATTERNS.courtesy.longestAt(words, at);
		if (next === undefined || next - end > LOOK_AHEAD) return false;
		at = next;
	}
	return true;
}

function isLimited(words: readonly TextWord[], end: number): boolean {
	const sentence = words[end - 1]?.sentence;
	for (let at = end; at < end + LOOK_AHEAD && words[at]?.sentence === sentence; at += 1) {
		if (PATTERNS.limits.longestAt(words, at) !== undefined) return true;
	}
	return false;
}

function sentenceAround(body: string, words: readonly TextWord[], at: number): string {
	const same = words.filter(({ sentence }) => sentence === words[at]?.sentence);
	const start = same[0]?.start ?? 0;
	return beginningOf(body.slice(start, same.at(-1)?.end), LONGEST_WORDS);
}

/**
 * Whether words that a model quotes stand in one of these texts, one behind the other. Capitals,
 * accents, blanks and signs may differ; a model that invents or rewords them is not believed.
 */
export function isQuotedFrom(words: string, texts: readonly string[]): boolean {
	const quote = asLine(words);
	return quote.trim() !== '' && texts.some((text) => asLine(text).includes(quote));
}

function asLine(text: string): string {
	const words = text.length > LONGEST_TEXT ? [] : wordsIn(text);
	return ` ${words.map(({ word }) => word).join(' ')} `;
}
