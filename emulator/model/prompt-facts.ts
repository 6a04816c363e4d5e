import { meaning, overlap } from './words';

/** One thing that the prompt says is so. */
export interface Fact {
	/** In the prompt's words. */
	readonly text: string;
	/** The one above it; empty where there is none. */
	readonly heading: string;
	/** What it is about; the heading counts. */
	readonly meaning: ReadonlySet<string>;
}

export interface PromptFacts {
	/** In the prompt's order. */
	readonly facts: readonly Fact[];
	/** What the prompt leaves to a person: each entry is the words that must all be there. */
	readonly forPeople: ReadonlyArray<ReadonlySet<string>>;
}

/** Sections that say how to answer, and not what is so. */
const RULES = /\b(?:rules?|instructions?|guidelines?|format|style|tone|when not|next text)\b/i;
/** About the text to write, and not about the business. */
const ASIDE =
	/^(?:you (?:answer|write) text messages|today|date and time|this answer is late|the time now|information, not)\b|\{"/i;
const ORDER =
	/^(?:please |always |then |and )*(?:answer|ask|at most|be|book|collect|confirm|decide|do|don't|find out|friendly|give|greet|hand|help|keep|let|listen|make|mention|never|no markdown|offer|plain text|refer|reply|respond|say|send|speak|start|stay|suggest|take down|tell|thank|try|use|what people write|write)\b/i;
/** "For pain or swelling, hand over": a case, and what to do in it. */
const CASE = /^(?:for|if|when|in case of|with) ([^,]+), *(.+)$/i;
const HAND_OVER =
	/\b(?:hand (?:\w+ )?over|(?:pass|transfer|connect) (?:\w+ )*to a (?:person|human|colleague))\b/i;
/** What the agent is told to say is so; but "that you will check" is a promise, and not for a script. */
const TOLD_TO_SAY =
	/\b(?:say|answer|explain|mention|tell (?:them|people|the \w+)) that (?!you\b)(.+)$/i;
const CASE_AFTER = /\b(?:for|if|when|in case of) ([^.]+)$/i;
/** Of a case, what names the one who has it, and how it comes up. */
const WHOEVER = meaning(
	'someone somebody contact customer caller person people ask mention report',
);

/** Takes a prompt in prose apart. Orders to the agent are no facts: nobody wants to be told them. */
export function readPrompt(instructions: string): PromptFacts {
	const lines = instructions.split('\n').map((each) => each.trim());
	const facts: Fact[] = [];
	const forPeople: Array<ReadonlySet<string>> = [];
	/** The title above, and what it still is the heading of: its first paragraph. */
	let title = '';
	let heading = '';
	for (const [at, line] of lines.entries()) {
		const found = titleIn(line);
		if (found !== undefined) {
			title = heading = found;
			continue;
		}
		if (line === '' && titleIn(lines[at - 1] ?? '') === undefined) heading = '';
		if (RULES.test(title)) continue;
		for (const text of clausesOf(line)) {
			const order = orderIn(text);
			const said = order === null ? text : TOLD_TO_SAY.exec(text)?.[1];
			if (said !== undefined) {
				facts.push({ text: said, heading, meaning: meaning(`${heading} ${text}`) });
			}
			if (order?.when && HAND_OVER.test(order.what)) {
				forPeople.push(...alternatives(order.when));
			}
		}
	}
	return { facts, forPeople };
}

/** Whether the prompt wants a person for this. */
export function isForPeople({ forPeople }: PromptFacts, text: string): boolean {
	const words = meaning(text);
	return forPeople.some((needed) => overlap(needed, words) === needed.size);
}

/** A fact as the agent says it of itself. */
export function spoken({ text }: Fact): string {
	const ours = text
		.replace(/^you are\b/i, "I'm")
		.replace(/^you're\b/i, "I'm")
		.replace(/\byour\b/g, 'our')
		.replace(/\byou\b/g, 'we')
		.replace(/^You\b/, 'We')
		.replace(/^Your\b/, 'Our');
	const sentence = `${ours[0]?.toUpperCase() ?? ''}${ours.slice(1)}`;
	return /[.!?]$/.test(sentence) ? sentence : `${sentence.replace(/[,:]$/, '')}.`;
}

function titleIn(line: string): string | undefined {
	const [, marked, plain] = /^#+\s*(.+)$|^([^.:]{1,40}):$/.exec(line) ?? [];
	return marked ?? plain;
}

function clausesOf(line: string): string[] {
	return line
		.replace(/^(?:[-*•]|\d+[.)])\s+/, '')
		.split(/(?<!\b(?:Dr|Mr|Mrs|Ms|St|No|a\.m|p\.m))(?<=[.!?])\s+|;\s*/)
		.map((clause) => clause.trim())
		.filter((clause) => /\p{L}/u.test(clause) && !ASIDE.test(clause));
}

/** Null for what is no order. */
function orderIn(clause: string): { what: string; when: string | null } | null {
	const [, when = null, what = ''] = CASE.exec(clause) ?? [];
	if (ORDER.test(what)) return { what, when };
	if (!ORDER.test(clause)) return null;
	return { what: clause, when: CASE_AFTER.exec(clause)?.[1] ?? null };
}

function alternatives(when: string): Array<Set<string>> {
	return when
		.split(/\bor\b|,/)
		.map((each) => new Set([...meaning(each)].filter((word) => !WHOEVER.has(word))))
		.filter(({ size }) => size > 0);
}
