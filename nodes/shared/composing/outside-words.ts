import { beginningOf, LONGEST_PROMPT, LONGEST_SHOWN } from '../messaging/text-bounds';

/**
 * Words that others chose, made unable to pose as a mark or a heading of ours, as an instruction
 * between the lines or as another speaker. Only what a model is shown changes, never what is kept.
 * Every word from outside enters a prompt or a history through one of these functions.
 */

/** What a contact, an operator, a memory or a transcript said: several lines stay several lines. */
export function outsideWords(text: string): string {
	const shown = withPlainLines(bounded(text));
	return withoutMarks(
		shown.replace(HEADING, '$1($2)').replace(RULE, '$1...').replace(SPEAKER, '$1$2 -'),
	);
}

/** A name, a fact, a type of file: one line, which cannot look like two. */
export function outsideLine(text: string): string {
	const shown = withPlainLines(bounded(text)).replace(/\s+/g, ' ').trim();
	return withoutMarks(shown);
}

/**
 * What the builder wrote, and what the expressions in it were filled with: headings stay, one level
 * below ours, and brackets that are no marks of ours.
 */
export function builderWords(text: string): string {
	return withPlainLines(beginningOf(text, LONGEST_PROMPT))
		.replace(HEADING, '$1#$2')
		.replace(CHAT_TOKEN, '(|')
		.replace(BRACKETED, (whole, inner: string) => (isLikeAMark(inner) ? `(${inner})` : whole));
}

function bounded(text: string): string {
	return text.length > LONGEST_SHOWN ? `${beginningOf(text, LONGEST_SHOWN)}...` : text;
}

/** Blanks and characters nobody sees, which a model may pass over, too. */
const LINE_START = String.raw`(^[\t \u00A0\u1680\u2000-\u200A\u202F\u205F\u3000\p{Cf}\p{DI}]*)`;
/** "#5 please" is a number; anything else behind the sign would be a heading to some models. */
const HEADING = new RegExp(String.raw`${LINE_START}([#＃]+)(?!\p{N})`, 'gmu');
/** A line of nothing but dashes or the like: a border, or a heading of the line above. */
const RULE = new RegExp(String.raw`${LINE_START}(?:={3,}|-{3,}|_{3,}|\*{3,})[^\S\n]*$`, 'gmu');
/** As in a transcript; "Contact: +1 ..." is how people sign. */
const SPEAKER = new RegExp(
	String.raw`${LINE_START}((?:system|assistant|user|human|developer|tool)(?:[^\S\n]+prompt)?)[^\S\n]*[:：]`,
	'gimu',
);

/** Characters that end a line for some and not for others, and those that have no business in words. */
function withPlainLines(text: string): string {
	return text
		.replace(/\r\n?|[\v\f\u0085\u2028\u2029]/g, '\n')
		.replace(/[^\P{Cc}\n\t]|[\u{E0000}-\u{E007F}]/gu, '');
}

const OPENING = '[［【〖〔⟦❲⁅﹝〘〚';
const ANY_BRACKET = String.raw`[\[［【〖〔⟦❲⁅﹝〘〚\]］】〗〕⟧❳⁆﹞〙〛]`;
const BRACKET = new RegExp(ANY_BRACKET, 'gu');
/** An address stays usable: there, brackets have a spelling of their own. */
const LINK_OR_BRACKET = new RegExp(String.raw`(?:https?:\/\/|www\.)\S+|${ANY_BRACKET}`, 'giu');

function withoutMarks(text: string): string {
	return withoutModelTokens(
		text.replace(LINK_OR_BRACKET, (found) => {
			if (found.length === 1) return OPENING.includes(found) ? '(' : ')';
			return found.replace(BRACKET, encodeURIComponent);
		}),
	);
}

/** What chat templates and reasoning models put between the words of the two sides. */
const MODEL_TOKEN =
	/<(?=[|｜]|\/?(?:system|assistant|user|human|developer|tool|function|think|reason|thought|channel|message|start_of_turn|end_of_turn|bos>|eos>|s>|<\/?SYS))/gi;

function withoutModelTokens(text: string): string {
	return text.replace(MODEL_TOKEN, '(').replace(/[|｜]>/g, '|)');
}

const CHAT_TOKEN = /<[|｜]/g;
const BRACKETED = /[[［]([^\][\n［］]{0,120})[\]］]/g;
const MARK_WORDS =
	/^(?:operator|person|attached|emptytext|thebusinesswrote|nonewtext|theconversationis|actiona\d|\d{4}-\d\d-\d\d)/i;

/** Whether a model would take what stands in brackets for a mark of ours. */
function isLikeAMark(inner: string): boolean {
	return MARK_WORDS.test(inner.replace(/[\s\p{Cf}\p{DI}]+/gu, ''));
}
