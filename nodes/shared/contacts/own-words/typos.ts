/** Shorter words are too easily another word. */
const SHORTEST = 4;

/** Finds the word that somebody meant who wrote one letter wrong, too much, too few, or two turned around. */
export class Typos {
	/** Words by what is left of them when one letter is cut out. */
	private readonly byRest = new Map<string, string[]>();

	constructor(
		words: Iterable<string>,
		/** Words that are looked for. */
		private readonly wanted: ReadonlySet<string>,
		/** Words that are no mistake. */
		private readonly others: ReadonlySet<string>,
	) {
		for (const word of words) {
			for (const rest of restsOf(word)) {
				this.byRest.set(rest, [...(this.byRest.get(rest) ?? []), word]);
			}
		}
	}

	/** The word itself where it is one, or nothing like one. */
	meant(word: string): string {
		if (this.wanted.has(word) || word.length < SHORTEST - 1) return word;
		for (const short of shortened(word)) if (this.wanted.has(short)) return short;
		if (this.others.has(word)) return word;
		for (const rest of restsOf(word)) {
			const found = this.byRest.get(rest)?.find((other) => isOneAway(word, other));
			if (found !== undefined) return found;
		}
		return word;
	}
}

/** "stoooop" is "stop", and "stopppp" may be "stopp". */
function shortened(word: string): string[] {
	const drawnOut = /(.)\1{2,}/gu;
	if (word.search(drawnOut) < 0) return [];
	return [word.replace(drawnOut, '$1'), word.replace(drawnOut, '$1$1')];
}

function restsOf(word: string): Set<string> {
	const rests = Array.from(word, (_, at) => word.slice(0, at) + word.slice(at + 1));
	return new Set([word, ...rests]);
}

function isOneAway(written: string, word: string): boolean {
	const from = [...written].findIndex((letter, at) => letter !== word[at]);
	if (from < 0) return true;
	const [a, b] = [written.slice(from), word.slice(from)];
	return (
		a.slice(1) === b || // One too many
		a === b.slice(1) || // One too few
		a.slice(1) === b.slice(1) || // Another one
		(a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2)) // Two turned around
	);
}
