import { beginningOf, LONGEST_ANSWER } from '../messaging/text-bounds';
import { OWN_HEADINGS, OWN_RULES } from './prompt';

/**
 * What models, their servers and n8n's agents leave in a text and no contact may see: reasoning,
 * calls of tools, tokens of chat templates, wrappings, role labels, our own rules. What can be cut
 * so that the words are whole is cut; with what cannot be, the answer is a bad one.
 */
export type CleanedWords =
	| { kind: 'clean'; text: string }
	/** Not to be sent; `reason` says what is in it, without repeating it. */
	| { kind: 'unfit'; reason: string };

/** Looks at the beginning alone of a text that is much longer than any that can be sent. */
export function withoutArtefacts(words: string): CleanedWords {
	const text = withoutLabels(unwrapped(visible(beginningOf(spokenPart(words))))).trim();
	const reason = whyUnfit(text);
	return reason === undefined ? { kind: 'clean', text } : { kind: 'unfit', reason };
}

/** The text without what a model thought aloud or said to its server, as far as that has an end. */
export function spokenPart(text: string): string {
	return finalChannel(withoutReasoning(beginningOf(text, LONGEST_ANSWER)));
}

/** The text without thinking that begins and ends in it. */
export function withoutReasoning(text: string): string {
	return text.replace(REASONING, '');
}

/** Whether there is thinking in it that begins or ends elsewhere. */
export function holdsReasoning(text: string): boolean {
	return STRAY_REASONING.test(text);
}

const THOUGHTS =
	'think|thinking|thought|thoughts|reason|reasoning|reflection|analysis|scratchpad|inner_monologue|chain_of_thought';
const REASONING = new RegExp(
	String.raw`<(${THOUGHTS})>(?:(?!<\/?\1>)[\s\S])*<\/\1>[^\S\n]*\n*`,
	'gi',
);
const STRAY_REASONING = new RegExp(String.raw`<\/?(?:${THOUGHTS})\b[^<>]{0,40}>`, 'i');

/** Marks that steer how a script is read; natural beside letters that are written from right to left. */
const DIRECTION_MARKS = /[\u200E\u200F\u061C\u202A-\u202C\u2066-\u2069]/g;
const RIGHT_TO_LEFT =
	/[\p{sc=Hebrew}\p{sc=Arabic}\p{sc=Syriac}\p{sc=Thaana}\p{sc=Nko}\p{sc=Adlam}]/u;
/** They turn the order of letters that have an order of their own. */
const OVERRIDES = /[\u202D\u202E]/g;
/** Between the parts of one emoji, and in scripts that join letters. */
const USELESS_JOINER =
	/(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F\p{M}\p{Lo}])\u200D/gu;
/** In scripts without blanks it says where a line may break. */
const USELESS_BLANK = /(?<![\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}\p{M}])\u200B/gu;
/** Letters nobody sees. Behind a black flag they make the flag of a region. */
const HIDDEN_LETTERS = /(?<![\u{1F3F4}\u{E0000}-\u{E007F}])[\u{E0000}-\u{E007F}]+/gu;

/** The characters that a phone shows, and those that belong to them. */
function visible(text: string): string {
	const plain = text
		.replace(/\r\n?|[\u2028\u2029\u0085\v\f]/g, '\n')
		.replace(/\t/g, ' ')
		.replace(/[^\P{Cc}\n]|[\uFFFD\uFFFE\uFFFF\u2060]|\p{Surrogate}/gu, '')
		.replace(/^\uFEFF/, '')
		.replace(HIDDEN_LETTERS, '')
		.replace(OVERRIDES, '')
		.replace(USELESS_JOINER, '')
		.replace(USELESS_BLANK, '');
	return RIGHT_TO_LEFT.test(plain) ? plain : plain.replace(DIRECTION_MARKS, '');
}

/** Before it the model thought, or spoke to its tools. */
const FINAL_CHANNEL =
	/<[|｜]channel[|｜]>\s*final\s*(?:<[|｜][^|｜<>]{1,30}[|｜]>[^<]{0,30}){0,3}?<[|｜]message[|｜]>/i;
/** The words end here; a model that goes on plays the other side too. */
const END_OF_ANSWER =
	/<[|｜](?:im_end|end|eot_id|eom_id|endoftext|end_of_text|return|eos|end▁of▁sentence|im_start|start|start_header_id|User|Assistant|user|assistant|system)[|｜]>|<\/s>|<end_of_turn>|<eos>|\[\/?INST\]/i;
const BEGIN_OF_ANSWER =
	/^\s*(?:(?:<[|｜](?:im_start|start|start_header_id|begin_of_text|Assistant|assistant)[|｜]>|<s>|<bos>|<start_of_turn>|\[\/INST\])\s*(?:assistant|model)?\s*(?:<[|｜](?:end_header_id|message)[|｜]>)?\s*)+/i;

/** What stands in the channel for the contact, where the model speaks in channels. */
function finalChannel(text: string): string {
	const final = FINAL_CHANNEL.exec(text);
	const spoken = final ? text.slice(final.index + final[0].length) : text;
	const begun = spoken.replace(BEGIN_OF_ANSWER, '');
	const end = END_OF_ANSWER.exec(begun);
	return end ? begun.slice(0, end.index) : begun;
}

const FENCED = /^```[a-z]{0,12}[^\S\n]*\n([\s\S]+?)\n?```$/i;
const TAGGED =
	/^<(answer|final_answer|reply|response|output|message|sms|text|final)>([\s\S]+)<\/\1>$/i;

/** The words alone where the whole of the text stands in a fence, a tag or the agreed form. */
function unwrapped(text: string): string {
	const unfenced = withoutFence(text);
	const inner = TAGGED.exec(unfenced)?.[2]?.trim() ?? unfenced;
	const words = inner.replace(EMPTY_VALUE, '');
	return agreedReply(words) ?? (words.includes('{') ? words : words.replace(LEFT_OF_JSON, ''));
}

/** What stands in a code fence, where nothing stands outside of it. */
export function withoutFence(text: string): string {
	const whole = text.trim();
	return FENCED.exec(whole)?.[1]?.trim() ?? whole;
}

/** The value that a model begins with before it thinks better of it. */
const EMPTY_VALUE = /^(?:(?:\[\]|\{\})\s*)+/;
/** Of the agreed form whose beginning was lost. */
const LEFT_OF_JSON = /"\s*\}$/;

function agreedReply(text: string): string | undefined {
	if (!text.startsWith('{') || !text.endsWith('}')) return undefined;
	try {
		const { kind, reply } = JSON.parse(text) as { kind?: unknown; reply?: unknown };
		return kind === 'reply' && typeof reply === 'string' ? reply.trim() : undefined;
	} catch {
		return undefined;
	}
}

const ROLE_LABEL =
	/^(?:\*\*|__)?(?:ai assistant|assistant|ai|chatbot|bot|chatgpt|final answer|reply|response|sms reply)(?:\*\*|__)?[^\S\n]*[:：](?:\*\*|__)?\s*/i;
/** The model goes on as the contact. A login, too, has a line that begins with "User:". */
const OTHER_SIDE = /\n(?:\*\*)?(?:user|human|contact|customer)(?:\*\*)?[^\S\n]*[:：]/i;
const OWN_SIDE = /^(?:\*\*)?(?:ai assistant|assistant|chatbot|bot)(?:\*\*)?[^\S\n]*[:：]/im;

function withoutLabels(text: string): string {
	const own = text.trim().replace(ROLE_LABEL, '');
	const other = OTHER_SIDE.exec(own);
	if (!other) return own;
	const isDialogue = OWN_SIDE.test(text) || other[0].toLowerCase().includes('human');
	return isDialogue ? own.slice(0, other.index) : own;
}

/** Undefined where all of it is words. */
function whyUnfit(text: string): string | undefined {
	return UNFIT.find(({ is }) => is(text))?.reason;
}

/** What stands for no answer; as a word in a sentence it is one. */
const NO_WORDS = new Set([
	...['', 'null', 'undefined', 'nan', 'nil', 'noreply', 'needshuman', 'emptystring', 'emptytext'],
	...['objectobject', 'none'],
]);

function isNothing(text: string): boolean {
	const letters = text.replace(/[^\p{L}\p{N}]+/gu, '').toLowerCase();
	if (letters === '') return /^[\s"'`.…_*{}[\]()-]*$/.test(text);
	// "None." and "No reply!" may well answer a question.
	const isSentence = /^(?:none|no reply)[.!]/i.test(text);
	return NO_WORDS.has(letters) && !isSentence;
}

/** Of a value that was not there, where a name or an answer belongs. */
const UNFILLED =
	/\[object (?:Object|Undefined|Null|Promise)\]|^(?:hi|hello|hey|dear)\s+(?:undefined|null)\b/i;
/** Somebody may be called Nan. */
const UNFILLED_NUMBER = /^(?:[Hh]i|[Hh]ello|[Hh]ey|[Dd]ear)\s+NaN\b/;
const TOOL_CALL =
	/<\/?(?:tool_?calls?|tool_?use|tool_?response|tool_?result|function_?calls?|function_?response|function_?results?|invoke|parameter|tools?|antml:[a-z_]+)\b|<function=|\[TOOL_CALLS\]|\[TOOL_RESULTS?\]|^(?:functions\.|tool_code\b|print\(default_api)/im;
const TEMPLATE_TOKEN =
	/<[|｜]|[|｜]>|<\/?s>|<\/?(?:start|end)_of_turn>|<(?:bos|eos|pad|unk)>|\[\/?INST\]|<<\/?SYS>>/i;
const JSON_LEFT =
	/^[{[]\s*["{[]|\{\s*"[a-z_]{1,40}"\s*:|"(?:kind|reply|reason|arguments|parameters)"\s*:/i;
/** What n8n's AI Agent gives in place of an answer. */
const STOPPED_AGENT = /^agent stopped due to (?:max iterations|iteration limit or time limit)\.?$/i;

const UNFIT: ReadonlyArray<{ is: (text: string) => boolean; reason: string }> = [
	{ is: isNothing, reason: 'The model answered with no words.' },
	{ is: matches(UNFILLED), reason: 'The words hold a value that was not there ("undefined").' },
	{
		is: matches(UNFILLED_NUMBER),
		reason: 'The words hold a value that was not there ("NaN").',
	},
	{ is: holdsReasoning, reason: 'The words hold what the model thought aloud.' },
	{ is: matches(TOOL_CALL), reason: 'The model wrote the call of a tool in place of words.' },
	{ is: matches(TEMPLATE_TOKEN), reason: "The words hold tokens of the model's own." },
	{ is: matches(JSON_LEFT), reason: 'The words hold JSON.' },
	{ is: matches(/^```/m), reason: 'The words hold a block of code.' },
	{ is: matches(OWN_SIDE), reason: 'The words are a dialogue of several speakers.' },
	{ is: matches(STOPPED_AGENT), reason: 'The AI Agent stopped before it had an answer.' },
	{ is: quotesRules, reason: "The words quote the agent's instructions." },
];

function matches(pattern: RegExp): (text: string) => boolean {
	return (text) => pattern.test(text);
}

/** So many words in a row are a quotation, and no chance. */
const QUOTED_WORDS = 8;

const OWN_RUNS = new Set(OWN_RULES.flatMap(runsOf));

function quotesRules(text: string): boolean {
	const isHeading = (line: string) => OWN_HEADINGS.includes(line.replace(/^[#\s*]+/, '').trim());
	return runsOf(text).some((run) => OWN_RUNS.has(run)) || text.split('\n').some(isHeading);
}

/** Each run of words, without what punctuation and case make of them. */
function runsOf(text: string): string[] {
	const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
	return words
		.slice(QUOTED_WORDS - 1)
		.map((_, at) => words.slice(at, at + QUOTED_WORDS).join(' '));
}
