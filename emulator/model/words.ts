/** Different words that ask for the same; each stands for the first of its row. */
const SYNONYMS: readonly string[][] = [
	['child', 'children', 'kid'],
	['pay', 'payment', 'card', 'cash', 'credit'],
	['book', 'appointment', 'visit', 'reservation', 'reserve', 'schedule', 'availability'],
	['phone', 'telephone', 'call'],
	['email', 'mail'],
];

/** Say nothing about what a sentence is about. */
const EMPTY = new Set(
	`a about accept all also am an and any anything are as at be been but by can come could did do does for
	from get give go good got had has have he hello help here hey hi how i i'd i'll i'm i've if in is it its
	just know like look looking made make many may me more much my need next no not of offer ok okay on one
	or our out people please possible quick quickly say she should so some something still take tell than thank
	thanks that that's the their them then there they thing things this to too up us very want was way we well
	were what what's when where which while who whose why will with work would yes you your`.split(
		/\s+/,
	),
);

/** The words of a text that carry its meaning, so reduced that forms of one word are equal. */
export function meaning(text: string): Set<string> {
	const found = text
		.toLowerCase()
		.replaceAll('’', "'")
		.match(/[\p{L}\p{N}]+(?:['-]\p{L}+)*/gu);
	const parts = (found ?? []).flatMap((word) =>
		word.includes('-') ? [word.replaceAll('-', ''), ...word.split('-')] : [word],
	);
	return new Set(parts.filter((word) => !EMPTY.has(word)).map(stem));
}

/** How many of `words` are among the others. */
export function overlap(words: ReadonlySet<string>, others: ReadonlySet<string>): number {
	return [...words].filter((word) => others.has(word)).length;
}

const CANONICAL = new Map(
	SYNONYMS.flatMap(([first = '', ...others]) =>
		others.map((word) => [withoutEnding(word), withoutEnding(first)] as const),
	),
);

function stem(word: string): string {
	const short = withoutEnding(word);
	return CANONICAL.get(short) ?? short;
}

function withoutEnding(word: string): string {
	const bare = word.replace(/'s$/, '');
	if (bare.length < 4) return bare;
	return bare
		.replace(/(?:ings?|ed|es|s)$/, '')
		.replace(/([^aeiouls])\1$/, '$1')
		.replace(/e$/, '');
}
