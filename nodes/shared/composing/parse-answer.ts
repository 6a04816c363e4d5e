import { z } from 'zod';
import { withoutKeys } from '../messaging/reason-of';
import { beginningOf, LONGEST_ANSWER, LONGEST_TEXT } from '../messaging/text-bounds';
import {
	holdsReasoning,
	spokenPart,
	withoutArtefacts,
	withoutFence,
	withoutReasoning,
} from './artefacts';
import { MalformedCompositionError } from './model-error';

/** What the model decided, whoever carried the question. */
type Decision = { taskDone?: true } &
	/** `restsOn`: the actions that the text reports, by their ids, as the model says. */
	(
		| { kind: 'reply'; text: string; restsOn?: readonly string[] }
		/** A person has to look at it; `reason` is for that person, never for the contact. */
		| { kind: 'needsHuman'; reason: string }
		/** There is nothing to answer. */
		| { kind: 'noReply'; reason: string }
		/** Another agent is to answer, one of those that were offered. */
		| { kind: 'transfer'; to: string; reason: string }
		/** The contact wants no more texts; `words` are theirs, as the model quotes them. */
		| { kind: 'optOut'; words: string }
	);

const answerSchema = z.object({
	kind: z.enum(['reply', 'needsHuman', 'noReply', 'optOut', 'transfer']),
	to: z.string().nullish().catch(null),
	taskDone: z.boolean().nullish().catch(null),
	reply: z.string().nullish(),
	reason: z.string().nullish(),
	actions: z.array(z.coerce.string()).nullish().catch(null),
});

/** An answer names no more actions than a thread remembers. */
const MOST_NAMED = 50;

const NO_REASON = 'The model gave no reason.';
const NO_WORDS =
	'The contact may have asked not to be texted any more; the model does not quote the words.';
/** Characters; a person is to read it. */
const LONGEST_REASON = 1_000;

/**
 * Reads a model's answer: the agreed JSON or, from a model without structured output, the plain
 * words of the reply. Half-broken JSON is never taken for words: a contact must not see it.
 *
 * @param cutOff whether the model stopped because it ran out of tokens.
 * @param asked the form that it was asked for, where that is more than the usual one.
 * Throws MalformedCompositionError.
 */
export function parseAnswer(answer: string, cutOff: boolean, asked: AskedForm = {}): Decision {
	const decision = decisionIn(answer, cutOff, asked);
	// It is texted and shown: a gateway that puts a key into it must not tell anybody.
	switch (decision.kind) {
		case 'reply':
			return { ...decision, text: withoutKeys(decision.text) };
		case 'optOut':
			return { ...decision, words: withoutKeys(decision.words) };
		case 'needsHuman':
		case 'noReply':
		case 'transfer':
			return { ...decision, reason: withoutKeys(decision.reason) };
	}
}

function decisionIn(answer: string, cutOff: boolean, asked: AskedForm): Decision {
	if (answer.length > LONGEST_ANSWER) {
		throw new MalformedCompositionError(
			`The answer has ${answer.length} characters, far more than a text can have`,
		);
	}
	const thought = withoutFence(withoutReasoning(answer));
	// Within the agreed form, the end of the words is not the end of the form.
	const isForm = thought.startsWith('{') && thought.endsWith('}');
	const text = isForm ? thought : withoutFence(spokenPart(answer));
	if (holdsReasoning(text)) {
		throw new MalformedCompositionError('The model was cut off while it was still reasoning');
	}
	if (text === '') throw new MalformedCompositionError('The model answered with no words');
	if (looksStructured(text)) return structuredDecision(text, asked);
	if (cutOff && !endsSentence(text)) {
		throw new MalformedCompositionError('The answer was cut off in the middle of a sentence');
	}
	return replyOf(unquoted(text));
}

/** The words as the model wrote them, where nothing is left in them that a contact must not see. */
function replyOf(words: string): Extract<Decision, { kind: 'reply' }> {
	const cleaned = withoutArtefacts(words);
	if (cleaned.kind === 'unfit') {
		throw new MalformedCompositionError(cleaned.reason.replace(/\.$/, ''));
	}
	// How long it is decides what becomes of it, later.
	return { kind: 'reply', text: words.length > LONGEST_TEXT ? words : cleaned.text };
}

function looksStructured(text: string): boolean {
	return /^(?:\{|\[\s*[{"])|```|"(?:kind|reply|reason)"\s*:/.test(text);
}

function structuredDecision(text: string, asked: AskedForm): Decision {
	const parsed = answerSchema.safeParse(jsonIn(text));
	if (!parsed.success) {
		throw new MalformedCompositionError('The answer is not of the agreed form', {
			cause: parsed.error,
		});
	}
	const decision = decisionOf(parsed.data, asked);
	return asked.taskOn && parsed.data.taskDone ? { ...decision, taskDone: true } : decision;
}

function decisionOf(
	{ kind, reply, reason, actions, to }: z.infer<typeof answerSchema>,
	{ passTo = [] }: AskedForm,
): Decision {
	switch (kind) {
		case 'needsHuman':
		case 'noReply':
			return { kind, reason: beginningOf(reason?.trim() || NO_REASON, LONGEST_REASON) };
		case 'transfer': {
			const meant = to?.trim().toLowerCase();
			const agent = passTo.find((name) => name.toLowerCase() === meant);
			const why = beginningOf(reason?.trim() || NO_REASON, LONGEST_REASON);
			if (agent !== undefined) return { kind, to: agent, reason: why };
			return {
				kind: 'needsHuman',
				reason: `The model wanted to pass the contact on to an agent that it may not pass to: ${why}`,
			};
		}
		case 'optOut': {
			const words = beginningOf(quotedIn(reason?.trim() ?? ''), LONGEST_REASON).trim();
			return words === '' ? { kind: 'needsHuman', reason: NO_WORDS } : { kind, words };
		}
		case 'reply': {
			const text = reply?.trim() ?? '';
			if (text === '') {
				throw new MalformedCompositionError('The answer holds no words for the contact');
			}
			const decision = replyOf(text);
			if (!actions || actions.length === 0) return decision;
			return { ...decision, restsOn: actions.slice(0, MOST_NAMED) };
		}
	}
}

/** The one JSON object of the text; some models wrap it in a code fence or a sentence. */
function jsonIn(text: string): unknown {
	const object = text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1);
	try {
		return JSON.parse(object);
	} catch (cause) {
		throw new MalformedCompositionError('The answer is broken JSON', { cause });
	}
}

function endsSentence(text: string): boolean {
	return /[.!?…。！？]["'”’)]*$/u.test(text);
}

function unquoted(text: string): string {
	return /^"([^"]+)"$/.exec(text)?.[1] ?? text;
}

/** Without the signs that a quotation stands in. */
function quotedIn(text: string): string {
	return /^["“„«'‘]([^"“”„«»]+)["”“»'’]\.?$/.exec(text)?.[1] ?? text;
}

/** What a model may answer beside the usual. */
export interface AskedForm {
	/** Names of the agents that it may pass the contact on to. */
	passTo?: readonly string[] | undefined;
	/** Whether it is on a task, and says whether that is done. */
	taskOn?: boolean | undefined;
	/** Whether it is offered tools: then a reply says which actions it rests on. */
	acts?: boolean;
}

/** How the answer is asked for. */
export interface AnswerForm {
	/** Asked for by words as well, because not every provider heeds a schema. */
	format: string;
	/** The same form as JSON Schema, in the subset that strict structured output accepts. */
	schema: Readonly<Record<string, unknown>>;
}

const OTHER_ANSWERS = `{"kind": "needsHuman", "reply": null, "reason": "<why>"} to hand over to a person,
{"kind": "noReply", "reply": null, "reason": "<why>"} to stay silent,
{"kind": "optOut", "reply": null, "reason": "<their words, quoted exactly>"} when the contact asks not to be texted any more.`;

const FORMAT = `Answer with one JSON object and nothing around it:
{"kind": "reply", "reply": "<the words of the text>", "reason": null} to reply,
${OTHER_ANSWERS}`;

const ACTING_FORMAT = `Call the tools you need first. Then answer with one JSON object and nothing around it:
{"kind": "reply", "reply": "<the words of the text>", "reason": null, "actions": ["<the id of every action that the text tells of, as a1>"]} to reply,
${OTHER_ANSWERS}`;

const KINDS = ['reply', 'needsHuman', 'noReply', 'optOut'];

const PROPERTIES = {
	kind: {
		type: 'string',
		enum: KINDS,
		description: "What to do about the contact's newest texts",
	},
	reply: {
		type: ['string', 'null'],
		description: 'The words of the text to the contact; null unless kind is reply',
	},
	reason: {
		type: ['string', 'null'],
		description:
			"Why a person is needed, or why no reply is; for optOut the contact's words that ask for it, quoted exactly; null when kind is reply",
	},
} as const;

const ACTIONS = {
	type: ['array', 'null'],
	items: { type: 'string' },
	description:
		'The ids (a1, a2) of all actions that the reply tells of or rests on; empty where it tells of none, null when kind is not reply',
} as const;

const TASK_DONE = {
	type: 'boolean',
	description: 'Whether the task you are on is done with this answer, or given up',
} as const;

const TASK_FORMAT = `
To each of these add "taskDone": true if with it the task you are on is done, or nothing can come of it any more; else "taskDone": false.`;

/** Costs no token more than what is asked for. */
export function answerForm({ acts = false, passTo = [], taskOn = false }: AskedForm): AnswerForm {
	const passes = passTo.length > 0;
	const properties = {
		...PROPERTIES,
		...(acts ? { actions: ACTIONS } : {}),
		...(passes
			? {
					kind: { ...PROPERTIES.kind, enum: [...KINDS, 'transfer'] },
					to: {
						type: ['string', 'null'],
						enum: [...passTo, null],
						description:
							'The agent to pass the contact on to; null unless kind is transfer',
					},
				}
			: {}),
		...(taskOn ? { taskDone: TASK_DONE } : {}),
	};
	return {
		format: `${acts ? ACTING_FORMAT : FORMAT}${passes ? transferFormat(passTo) : ''}${taskOn ? TASK_FORMAT : ''}`,
		schema: {
			type: 'object',
			properties,
			required: Object.keys(properties),
			additionalProperties: false,
		},
	};
}

function transferFormat(names: readonly string[]): string {
	const listed = names.map((name) => JSON.stringify(name)).join(', ');
	return `
{"kind": "transfer", "reply": null, "reason": "<what the contact needs>", "to": "<the agent>"} to pass the contact on to another agent of the business, who answers this text and the next ones. When to do so says the agent's description below. The agents are: ${listed}.`;
}

/** Tokens as the provider counted them. */
export interface TokenUsage {
	promptTokens: number;
	completionTokens: number;
	totalTokens: number;
}

/** What each answer of a model tells beside its words. */
export interface Told {
	/** Null where the provider does not say. */
	usage: TokenUsage | null;
	/** The model that answered, in the provider's words. */
	model: string;
}

/** What a composer decided about a turn. Nothing has been sent. */
export type Composition = Decision & Told;
