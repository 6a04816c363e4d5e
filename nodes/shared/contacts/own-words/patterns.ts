import { plain, wordsIn, type TextWord } from './text-words';

/** One place of a pattern: any of these words, or any word at all. */
interface Place {
	/** By their first words. Undefined: up to three words, whichever. */
	options: ReadonlyMap<string, readonly (readonly string[])[]> | undefined;
	isOptional: boolean;
}

const GAP_WORDS = 3;

/** Patterns of one kind, by the words that they may begin with. */
export class Patterns {
	private readonly byFirst = new Map<string, Place[][]>();
	readonly vocabulary = new Set<string>();

	/** @param umlauts whether "ä" is written "ae" too. */
	add(
		pattern: string,
		groups: Readonly<Record<string, readonly string[]>> = {},
		umlauts = false,
	): void {
		const places = pattern.split(/\s+/).flatMap((part) => placesOf(part, groups, umlauts));
		for (const { options } of places) {
			for (const word of [...(options?.values() ?? [])].flat(2)) this.vocabulary.add(word);
		}
		const certain = places.findIndex(({ isOptional }) => !isOptional);
		const firsts = places
			.slice(0, certain + 1)
			.flatMap(({ options }) => [...(options?.keys() ?? [])]);
		for (const first of new Set(firsts)) {
			const known = this.byFirst.get(first);
			if (known) known.push(places);
			else this.byFirst.set(first, [places]);
		}
	}

	/** The longest that begins at this word, as the place behind its last; within one sentence. */
	longestAt(words: readonly TextWord[], at: number): number | undefined {
		const candidates = this.byFirst.get(words[at]?.word ?? '');
		if (!candidates) return undefined;
		const ends = candidates.flatMap((places) => [...endsOf(places, words, at)]);
		const longest = Math.max(at, ...ends);
		return longest > at ? longest : undefined;
	}
}

/** An apostrophe parts a word in two places. */
function placesOf(
	part: string,
	groups: Readonly<Record<string, readonly string[]>>,
	umlauts: boolean,
): Place[] {
	if (part === '_') return [{ options: undefined, isOptional: false }];
	const isOptional = part.endsWith('?');
	const name = isOptional ? part.slice(0, -1) : part;
	const group = /^<(.*)>$/.exec(name)?.[1];
	const written = group === undefined ? [name] : groups[group];
	if (!written) throw new Error(`The group ${name} of the opt-out words does not exist`);
	const options = written.flatMap((words) =>
		umlauts && /[äöü]/i.test(words)
			? [splitUp(words), splitUp(spelled(words))]
			: [splitUp(words)],
	);
	const byFirst = new Map<string, string[][]>();
	for (const option of options) {
		const first = option[0] ?? '';
		byFirst.set(first, [...(byFirst.get(first) ?? []), option]);
	}
	return [{ options: byFirst, isOptional }];
}

function splitUp(words: string): string[] {
	return wordsIn(words).map(({ word }) => word);
}

function spelled(words: string): string {
	return plain(words.replace(/([äöü])/gi, '$1e'));
}

/** Bounded by the pattern, however long the text is. */
function endsOf(places: readonly Place[], words: readonly TextWord[], at: number): Set<number> {
	const sentence = words[at]?.sentence;
	const isWithin = (place: number) => words[place]?.sentence === sentence;
	let ends = new Set([at]);
	for (const { options, isOptional } of places) {
		const next = new Set<number>(isOptional ? ends : []);
		for (const end of ends) {
			if (!options) {
				for (let skipped = 0; skipped <= GAP_WORDS; skipped += 1) {
					next.add(end + skipped);
					if (!isWithin(end + skipped)) break;
				}
			}
			for (const option of options?.get(words[end]?.word ?? '') ?? []) {
				const fits = option.every(
					(word, index) => words[end + index]?.word === word && isWithin(end + index),
				);
				if (fits) next.add(end + option.length);
			}
		}
		if (next.size === 0) return next;
		ends = next;
	}
	return ends;
}
