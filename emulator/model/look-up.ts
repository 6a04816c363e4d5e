import { spoken, type Fact } from './prompt-facts';
import { meaning, overlap } from './words';

/** A kind of question: how it is asked, and by what an answer to it is known. */
interface Kind {
	readonly asks: RegExp;
	/** The weight of the first that is found counts. */
	readonly tells: ReadonlyArray<readonly [RegExp, number]>;
}

const DAY = /\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|weekends?|weekdays?)\b/i;

const KINDS: readonly Kind[] = [
	{
		asks: /\b(?:open(?:ing)?|hours|clos(?:e|es|ed|ing)|shut)\b|\bwhat times?\b|\bwhen (?:are|do|can)\b/i,
		tells: [
			[/\bopen(?:ing)?\b|\bhours\b|\bclosed\b|\b24\/7\b|\bday and night\b/i, 2],
			[DAY, 1],
		],
	},
	{
		asks: /\bhow much\b|\b(?:pric(?:e|es|ing)|costs?|charges?|fees?|rates?|expensive|quote)\b/i,
		tells: [
			[/[$€£] ?\d|\d ?(?:€|dollars|euros)|\b(?:costs?|prices?|fees?|charges?)\b/i, 2],
			[/\bfree\b|\bquotes?\b/i, 1],
		],
	},
	{
		asks: /\bhow long\b/i,
		tells: [[/\b\d+ ?(?:minutes?|mins?|hours?|days?|weeks?)\b|\ban hour\b/i, 1]],
	},
	{
		asks: /\bwhere\b|\baddress\b|\blocat(?:ed|ion)\b|\bdirections\b|\bfind you\b/i,
		tells: [
			[
				/\baddress\b|\blocated\b|\bfind us\b|\b\d+ (?:\p{Lu}\p{L}+ )+(?:St|Ave|Av|Road|Rd|Lane)/u,
				2,
			],
			[/\b(?:in|at|on) \p{Lu}/u, 1],
		],
	},
	{
		asks: /\b(?:tele)?phone\b|\bnumber\b|\be-?mail\b|\bwebsite\b|\bcall you\b|\breach you\b/i,
		tells: [[/\b(?:tele)?phone\b|\be-?mail\b|\bwebsite\b|\bwww\.|\S@\S|\d{3}[ .-]\d{4}/i, 1]],
	},
	{
		asks: /\bwho (?:are|is) (?:you|this)\b|\byour name\b|\bwho am i\b|\bwhat (?:is this|company|business)\b/i,
		tells: [
			[/\b[Yy]ou(?:'re| are) (?:\p{Lu}|an? |the )/u, 2],
			[/\b(?:business|company):/i, 1],
		],
	},
	{
		asks: /\bwhat (?:else )?(?:do|can) you (?:do|offer|sell|make)\b|\bwhat (?:services|treatments)\b/i,
		tells: [
			[/\b(?:we|you) (?:offer|do|sell|make|fix|repair)\b|\bservices?\b/i, 2],
			[/[$€£] ?\d/, 1],
		],
	},
];

/** Words of time, which say when and not what: a fact about the hours need not repeat them. */
const TIME =
	/^(?:\d+|[ap]m|today|tonight|tomorrow|now|morn|afternoon|even|week|weekend|month|day|time|late|early|dat|(?:mon|tu|wedn|thur|fri|satur|sun)(?:e?s)?day|noon)$/;
const QUESTION =
	/\?\s*$|^\W*(?:who|what|when|where|which|why|how|is|are|do|does|did|can|could|will|would|may|have you)\b/i;
const MOST_FACTS = 3;

export type Finding =
	/** What the prompt says to it, ready to be said. */
	| { readonly kind: 'known'; readonly words: readonly string[] }
	/** The prompt speaks of such things, but not of the one that was asked for. */
	| { readonly kind: 'near'; readonly words: readonly string[] }
	| { readonly kind: 'unknown' }
	/** Nothing was asked. */
	| { readonly kind: 'nothingAsked' };

/** Several questions of one text, apart. */
export function questionsIn(text: string): string[] {
	return text
		.split(
			/(?<=[.!?])\s+|\n+|,? (?:and|also|&) (?=(?:how|what|when|where|which|who|is|are|do|does|can|could)\b)/i,
		)
		.map((part) => part.trim())
		.filter((part) => part !== '');
}

/** The facts that answer one question best. Says so where none does. */
export function lookUp(facts: readonly Fact[], question: string): Finding {
	const all = [...meaning(question)];
	const times = new Set(all.filter((word) => TIME.test(word)));
	const kind = KINDS.find(({ asks }) => asks.test(question));
	if (!kind) return lookUpWords(facts, question, new Set(all.filter((word) => !times.has(word))));

	// What remains beside the words of the kind is the thing that is asked about.
	const asking = meaning((question.match(new RegExp(kind.asks, 'gi')) ?? []).join(' '));
	const about = new Set(all.filter((word) => !times.has(word) && !asking.has(word)));
	const scored = facts
		.map((fact) => ({ fact, weight: weightOf(fact, kind), same: overlap(about, fact.meaning) }))
		.filter(({ weight }) => weight > 0)
		.map((each) => ({
			...each,
			score: each.weight + 3 * each.same + overlap(times, each.fact.meaning),
		}));
	if (scored.length === 0) return { kind: 'unknown' };
	const best = Math.max(...scored.map(({ score }) => score));
	const chosen = scored.filter(({ score }) => score === best);
	const isAnswer = about.size === 0 || chosen.some(({ same }) => same > 0);
	return { kind: isAnswer ? 'known' : 'near', words: say(chosen.map(({ fact }) => fact)) };
}

/** No kind is known: at least half of what is asked about must be in a fact. */
function lookUpWords(
	facts: readonly Fact[],
	question: string,
	about: ReadonlySet<string>,
): Finding {
	const isQuestion = QUESTION.test(question);
	const most = Math.max(0, ...facts.map((fact) => overlap(about, fact.meaning)));
	if (most === 0 || most < about.size / 2) {
		return { kind: isQuestion ? 'unknown' : 'nothingAsked' };
	}
	return {
		kind: 'known',
		words: say(facts.filter((fact) => overlap(about, fact.meaning) === most)),
	};
}

function weightOf(fact: Fact, { tells }: Kind): number {
	return tells.find(([pattern]) => pattern.test(`${fact.heading}: ${fact.text}`))?.[1] ?? 0;
}

function say(facts: readonly Fact[]): string[] {
	return facts.slice(0, MOST_FACTS).map(spoken);
}
