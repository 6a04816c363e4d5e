import { z } from 'zod';
import { holdsReasoning, withoutFence, withoutReasoning } from '../composing/artefacts';
import { MalformedCompositionError } from '../composing/model-error';
import type { FormAnswer, FormRequest } from '../composing/reply-composer';
import { withoutKeys } from '../messaging/reason-of';
import { beginningOf, LONGEST_ANSWER } from '../messaging/text-bounds';

/** Something that the builder wants to know of a contact. */
export interface WantedFact {
	/** Under which it is kept with the contact. */
	name: string;
	/** What is meant, for the model; may be empty. */
	description: string;
	kind: 'text' | 'number' | 'yesNo' | 'choice';
	/** With the kind `choice` alone. */
	choices: readonly string[];
}

/** What a conversation that ended is asked for, beside its summary. */
export interface MemoryForm {
	/** One of which says how it ended; empty where the builder has none. */
	dispositions: readonly string[];
	facts: readonly WantedFact[];
}

/** What a model has told of a conversation; what was not said is left out. */
export interface ToldMemory {
	summary: string;
	/** Empty where none of the builder's fits. */
	disposition: string;
	/** By name. */
	facts: Record<string, string>;
}

/** Characters; it is shown with every later text. */
export const LONGEST_SUMMARY = 1_000;
/** Characters of what was said about one fact. */
const LONGEST_VALUE = 500;

/** What the model fills in for each fact; its name, where that makes one. */
function keysOf({ facts }: MemoryForm): Array<[key: string, fact: WantedFact]> {
	const taken = new Set<string>();
	return facts.map((fact, index) => {
		const plain = fact.name
			.toLowerCase()
			.split(/[^a-z0-9]+/)
			.filter((part) => part !== '')
			.join('_');
		const key = plain === '' || taken.has(plain) ? `fact_${index + 1}` : plain;
		taken.add(key);
		return [key, fact];
	});
}

/** The form as words, for models that heed no schema. */
export function formWords(form: MemoryForm, shown: (words: string) => string): string {
	const facts = keysOf(form).map(([key, fact]) => {
		const about = fact.description === '' ? '' : `: ${shown(fact.description)}`;
		return `  "${key}": ${valueWords(fact, shown)} - ${shown(fact.name)}${about}`;
	});
	return [
		'Answer with one JSON object and nothing around it:',
		`"summary": <text of ${LONGEST_SUMMARY} characters at most>,`,
		...(form.dispositions.length > 0
			? [`"disposition": ${oneOf(form.dispositions, shown)} - how the conversation ended`]
			: []),
		...(facts.length > 0 ? ['"facts": an object with all of these names:', ...facts] : []),
	].join('\n');
}

function valueWords({ kind, choices }: WantedFact, shown: (words: string) => string): string {
	switch (kind) {
		case 'text':
			return '<text, or null>';
		case 'number':
			return '<number, or null>';
		case 'yesNo':
			return '<true, false or null>';
		case 'choice':
			return oneOf(choices, shown);
	}
}

function oneOf(choices: readonly string[], shown: (words: string) => string): string {
	return `<one of ${choices.map((choice) => JSON.stringify(shown(choice))).join(', ')}, or null>`;
}

/** The same as a schema. */
export function formSchema(form: MemoryForm): FormRequest['form'] {
	const facts = keysOf(form).map(([key, fact]) => [key, valueSchema(fact)] as const);
	const properties = {
		summary: { type: 'string' },
		...(form.dispositions.length > 0 ? { disposition: choiceSchema(form.dispositions) } : {}),
		...(facts.length > 0 ? { facts: objectSchema(Object.fromEntries(facts)) } : {}),
	};
	return { name: 'contact_memory', schema: objectSchema(properties) };
}

function objectSchema(properties: Record<string, unknown>): Record<string, unknown> {
	const required = Object.keys(properties);
	return { type: 'object', properties, required, additionalProperties: false };
}

function valueSchema({ kind, choices }: WantedFact): Record<string, unknown> {
	switch (kind) {
		case 'text':
			return { type: ['string', 'null'] };
		case 'number':
			return { type: ['number', 'null'] };
		case 'yesNo':
			return { type: ['boolean', 'null'] };
		case 'choice':
			return choiceSchema(choices);
	}
}

function choiceSchema(choices: readonly string[]): Record<string, unknown> {
	return { type: ['string', 'null'], enum: [...choices, null] };
}

const answerSchema = z.object({
	summary: z.string().trim().min(1),
	disposition: z.unknown(),
	facts: z.record(z.unknown()).catch({}),
});

/**
 * What a model filled in. What is not of its kind, not among the choices or not said is left out; a
 * form without a summary is none. Throws MalformedCompositionError.
 */
export function readMemory(form: MemoryForm, { text, cutOff }: FormAnswer): ToldMemory {
	const parsed = answerSchema.safeParse(jsonIn(text, cutOff));
	if (!parsed.success) {
		throw new MalformedCompositionError('The answer is not of the agreed form', {
			cause: parsed.error,
		});
	}
	const { summary, disposition, facts } = parsed.data;
	const said = keysOf(form).flatMap(([key, fact]) => {
		const value = valueOf(fact, facts[key]);
		return value === undefined ? [] : [[fact.name, value] as const];
	});
	return {
		// A gateway that puts a key into its answer must not have it kept.
		summary: withoutKeys(beginningOf(summary, LONGEST_SUMMARY)),
		disposition: chosen(form.dispositions, disposition) ?? '',
		facts: Object.fromEntries(said),
	};
}

/** The one JSON object of the answer. */
function jsonIn(answer: string, cutOff: boolean): unknown {
	const text = withoutFence(withoutReasoning(beginningOf(answer, LONGEST_ANSWER)));
	const object = text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1);
	try {
		if (!holdsReasoning(text)) return JSON.parse(object);
	} catch {
		// Told below.
	}
	throw new MalformedCompositionError(
		cutOff ? 'The answer was cut off' : 'The answer is not of the agreed form',
	);
}

/** What models write where they should write null. */
const NOT_SAID =
	/^(?:null|none|n\/?a|unknown|unclear|undefined|not (?:said|mentioned|given|provided|specified|stated|known|available|discussed|applicable))\.?$/i;

const KINDS = {
	text: z
		.string()
		.trim()
		.min(1)
		.refine((value) => !NOT_SAID.test(value))
		.transform((value) => withoutKeys(beginningOf(value, LONGEST_VALUE))),
	number: z
		.union([
			z.number().finite(),
			z
				.string()
				.trim()
				.regex(/^-?\d{1,15}(?:\.\d{1,15})?$/),
		])
		.transform(String),
	yesNo: z
		.union([z.boolean(), z.string().trim().toLowerCase()])
		.transform((value) => YES_NO.get(value))
		.pipe(z.enum(['yes', 'no'])),
} as const;

const YES_NO = new Map<boolean | string, 'yes' | 'no'>([
	...([
		[true, 'yes'],
		['true', 'yes'],
		['yes', 'yes'],
	] as const),
	...([
		[false, 'no'],
		['false', 'no'],
		['no', 'no'],
	] as const),
]);

/** As it is kept; undefined where it was not said, or is of another kind. */
function valueOf({ kind, choices }: WantedFact, given: unknown): string | undefined {
	if (kind === 'choice') return chosen(choices, given);
	const read = KINDS[kind].safeParse(given);
	return read.success ? read.data : undefined;
}

/** In the builder's words. */
function chosen(choices: readonly string[], given: unknown): string | undefined {
	if (typeof given !== 'string') return undefined;
	const plain = (words: string) => words.trim().toLowerCase();
	return choices.find((choice) => plain(choice) === plain(given));
}
