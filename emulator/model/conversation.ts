import type { ChatMessage } from './chat-request';

/** What can be read off the messages a model is given. */
export interface Conversation {
	readonly instructions: string;
	readonly userTexts: readonly string[];
	/** Everything the contact said since the last answer. */
	readonly turn: string;
	readonly last: string;
	readonly lastReply: string;
	readonly contactName: string | null;
	readonly agentName: string | null;
	readonly business: string | null;
	/** The newest texts came with something that cannot be read. */
	readonly sentPicture: boolean;
	/** True when the agent is to speak first. */
	readonly opens: boolean;
}

const SAID_NAME = /\b(?:[Mm]y name(?:'s| is) (\p{L}[\p{L}'-]*)|I'm (\p{Lu}\p{Ll}[\p{L}'-]*))/gu;
const OPENING =
	/\b(?:write|compose|send|start|begin)\b[^.]*\b(?:opener|opening|first (?:text|message|sms)|conversation)\b/i;

/** What somebody answers who was asked for the name: "Sam", "Sam Carter." */
const BARE_NAME = /^(\p{L}[\p{L}'-]*)(?: \p{L}[\p{L}'-]*){0,2}[.!]?$/u;

/** One model message can hold several texts, each behind a mark such as `[2026-01-15 09:30]`, and lines about what the agent did. */
function textsIn(content: string): string[] {
	return content
		.replace(/^\[action [^\n]*$/gm, '')
		.split(/^(?=\[\d{4}-\d\d-\d\d )/m)
		.map((text) => text.replace(/^(?:\[[^\]\n]*\]\s*)+/, '').trim())
		.filter((text) => text !== '');
}

export function readConversation(
	messages: ReadonlyArray<Pick<ChatMessage, 'role' | 'text'>>,
): Conversation {
	const textsOf = (...roles: string[]): string[] =>
		messages.filter(({ role }) => roles.includes(role)).map(({ text }) => text);
	const instructions = textsOf('system', 'developer').join('\n');
	const userTexts = textsOf('user').flatMap(textsIn);
	const replies = textsOf('assistant').filter((text) => text !== '');
	const lastAnswer = messages.findLastIndex(({ role }) => role === 'assistant');
	const newest = messages.slice(lastAnswer + 1).filter(({ role }) => role === 'user');
	const turn = newest.flatMap(({ text }) => textsIn(text));
	const last = userTexts.at(-1) ?? '';
	const said = messages.flatMap(({ role, text }, at) =>
		role === 'user' ? namesIn(text, messages[at - 1]?.text ?? '') : [],
	);
	const persona =
		/\bYou are (\p{Lu}[\p{L}'-]*),?[^.\n]*?\b(?:of|from|at|for|with) (\p{Lu}[^.,;\n]*)/u.exec(
			instructions,
		);
	return {
		instructions,
		userTexts,
		turn: turn.join('\n'),
		last,
		lastReply: replies.at(-1) ?? '',
		sentPicture: newest.some(({ text }) => /\[attached: /.test(text)),
		contactName: said.at(-1) ?? null,
		agentName: persona?.[1] ?? null,
		business:
			/^\s*Business(?: name)?:\s*(.+?)\s*$/im.exec(instructions)?.[1] ??
			persona?.[2]?.trim() ??
			null,
		opens:
			userTexts.length === 0 ||
			(userTexts.length === 1 && replies.length === 0 && OPENING.test(last)),
	};
}

/** @param before what was said before it: a question for the name makes a bare name one. */
function namesIn(content: string, before: string): string[] {
	return textsIn(content).flatMap((text) => {
		const bare = before.endsWith('your name?') ? BARE_NAME.exec(text)?.[1] : undefined;
		const named = [...text.matchAll(SAID_NAME)].flatMap(
			([, long, short]) => long ?? short ?? [],
		);
		return bare ? [bare] : named;
	});
}
