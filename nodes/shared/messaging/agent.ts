import { createHash } from 'node:crypto';
import { InvalidInputError } from './invalid-input-error';
import { parsePhoneNumbers, parseSenders } from './phone-number';
import { countSegments, toLookalikes } from './segments';
import { assertBounded, beginningOf, LONGEST_PROMPT, LONGEST_TEXT, quoted } from './text-bounds';
import { assertAgentId, LONGEST_AGENT_ID } from './thread-id';
import { webAddressOf } from './web-address';

/** What happens when a text comes in: start the workflow, tell a web address, or both. */
export type OnText = 'reply' | 'notify' | 'both';

/** What an owner's phone texts, beside the number of a hand-over and words for its contact. */
export interface OwnersWords {
	/** Before the number of a hand-over: the agent is silent there. */
	take: string;
	/** Before the number of a hand-over: the agent speaks there again. */
	release: string;
	/** Which hand-overs are open. */
	list: string;
	/** All agents of the brand are silent. */
	pauseAll: string;
	resumeAll: string;
}

export interface AgentName {
	/** Threads belong to it; changing it starts new ones. */
	id: string;
	name: string;
}

/** Something that an agent is to see through with a contact. */
export interface AgentTask {
	name: string;
	/** What it is to do, beside its SMS prompt. */
	instructions: string;
	/** The text that begins it; empty for none. */
	opening: string;
}

export interface Agent extends AgentName {
	smsPrompt: string;
	/** E.164 numbers, short codes and Messaging Service SIDs; empty takes what no other agent claims. */
	senders: string[];
	/** Its part of the new contacts of what other agents claim too, beside theirs; absent where it has none. */
	share?: number;
	onText: OnText;
	/** Where `notify` and `both` post to; empty for `reply`. */
	webhookUrl: string;
	/** Whose name it texts in, as part of a key; empty for that of the whole account. */
	brand: string;
	/** Absent for none. */
	tasks?: AgentTask[];
	/** To whom it may pass a contact on in the middle of a conversation; absent for nobody. */
	mayPassTo?: AgentName[];
	/** Others may pass contacts to it, and it takes no texts of its own. */
	onlyPassed?: true;
	/** E.164. Phones of people who are told of hand-overs, and may command the agent by text. */
	ownersPhones: string[];
	/** What every text of theirs has to begin with; absent where none is asked for. Never kept in a store. */
	ownersPin?: string;
	/** In the builder's words; absent for the usual ones. */
	ownersWords?: OwnersWords;
	/** Said once, with the first text that a contact gets from the brand; absent for nothing. */
	firstText?: string;
	/** What is said in its conversations is remembered when they end. */
	remembers?: true;
}

/** An agent as the builder typed it. */
export interface AgentInput {
	id: string;
	name: string;
	smsPrompt: string;
	/** Separated by commas or line breaks. */
	numbers: string;
	/** A number; empty or 0 for none. */
	share?: string | undefined;
	tasks?: readonly AgentTask[] | undefined;
	/** Names of other agents of the list, separated by commas or line breaks. */
	mayPassTo?: string | undefined;
	onText: OnText;
	webhookUrl: string;
	/** In words. */
	brand: string;
	/** Separated by commas or line breaks. */
	ownersPhones: string;
	ownersPin?: string | undefined;
	ownersWords?: OwnersWords | undefined;
	firstText?: string | undefined;
}

/** Labels of an agent's fields, as the editor has them. */
export const PERMANENT_NAME = 'Permanent Name';
export const ONLY_NUMBERS = 'Only for These Numbers';
export const MAY_PASS_TO = 'May Pass To';
export const TASKS = 'Tasks';
export const SHARE = 'Share of New Contacts';
export const OWNERS_PHONES = "Owner's Phones";
export const OWNERS_PIN = "Owner's PIN";
export const FIRST_TEXT = 'First Text Says';

/** Characters of an agent's name. */
const LONGEST_NAME = 200;
const HIGHEST_SHARE = 1_000;
const WEBHOOK_FIX =
	'Enter the address that shall get the texts, starting with https://, or set When a Text Comes In to Reply.';
/** Characters of what the first text says: two segments, beside the words that it comes with. */
const LONGEST_FIRST_TEXT = 300;

/**
 * One agent by itself; what it has to do with the others is not looked at. Throws InvalidInputError naming
 * the agent and the field.
 *
 * @param label how errors call the agent.
 * @param country as of `parseAgents`.
 */
export function parseAgent(input: AgentInput, label: string, country: string | undefined): Agent {
	assertBounded(input.name, `${label}, Name`, LONGEST_NAME);
	const name = input.name.trim();
	const id = input.id.trim() || agentIdFromName(name);
	if (id === '') {
		throw new InvalidInputError({
			field: `${label}, ${PERMANENT_NAME}`,
			cause:
				name === ''
					? 'the agent has no name'
					: `none can be made of the name ${quoted(name)}`,
			fix: 'Enter one of lower-case letters, digits and hyphens, for example "front-desk".',
		});
	}
	assertAgentId(id, `${label}, ${PERMANENT_NAME}`);
	const notifies = input.onText !== 'reply';
	return {
		id,
		name: name || id,
		smsPrompt: input.smsPrompt,
		senders: parseSenders(input.numbers, country, `${label} (${name || id}), ${ONLY_NUMBERS}`),
		...shareOf(input.share ?? '', `${label} (${name || id}), ${SHARE}`),
		...tasksOf(input.tasks ?? [], `${label} (${name || id}), ${TASKS}`),
		onText: input.onText,
		webhookUrl: notifies
			? webAddressOf(input.webhookUrl, `${label} (${name || id}), Webhook URL`, WEBHOOK_FIX)
			: '',
		brand: brandOf(input.brand, `${label} (${name || id}), Brand`),
		ownersPhones: parsePhoneNumbers(
			input.ownersPhones,
			country,
			`${label} (${name || id}), ${OWNERS_PHONES}`,
		),
		...ownersPinOf(input.ownersPin ?? '', `${label} (${name || id}), ${OWNERS_PIN}`),
		...(input.ownersWords ? { ownersWords: input.ownersWords } : {}),
		...firstTextOf(input.firstText ?? '', `${label} (${name || id}), ${FIRST_TEXT}`),
	};
}

function tasksOf(typed: readonly AgentTask[], field: string): Pick<Agent, 'tasks'> {
	const tasks = typed.map((task, index): AgentTask => {
		const of = `${field}, ${task.name.trim() || index + 1}`;
		const name = task.name.trim();
		assertBounded(name, of, LONGEST_NAME);
		const instructions = task.instructions.trim();
		assertBounded(instructions, of, LONGEST_PROMPT);
		const opening = task.opening.trim();
		assertBounded(opening, of, LONGEST_TEXT);
		const fault =
			name === ''
				? { cause: 'it has no name', fix: 'Enter one, by which Send SMS finds it.' }
				: instructions === ''
					? {
							cause: 'it has no instructions',
							fix: 'Say what the agent is to do, and when that is done.',
						}
					: undefined;
		if (fault) throw new InvalidInputError({ field: of, ...fault });
		if (/\{\{|\}\}/.test(opening)) {
			throw new InvalidInputError({
				field: of,
				cause: 'its opening text has curly brackets, which would be texted as they are',
				fix: 'Use fixed words, or write the text in Send SMS, where expressions work.',
			});
		}
		return { name, instructions, opening };
	});
	const names = tasks.map(({ name }) => name.toLowerCase());
	const twice = tasks.find((_, index) => names.indexOf(names[index] ?? '') < index);
	if (twice === undefined) return tasks.length > 0 ? { tasks } : {};
	throw new InvalidInputError({
		field,
		cause: `two are called ${quoted(twice.name)}`,
		fix: 'Give each a name of its own.',
	});
}

function shareOf(text: string, field: string): Pick<Agent, 'share'> {
	const share = Number(text);
	if (share === 0) return {};
	if (share > 0 && share <= HIGHEST_SHARE) return { share };
	throw new InvalidInputError({
		field,
		cause: `${quoted(text)} is not a number from 0 to ${HIGHEST_SHARE}`,
		fix: 'Enter a number, for example 3 here and 1 in the other agent: then this one gets three of four new contacts.',
	});
}

/** Curly quotes and the like are made plain where that helps: one makes the whole text dearer. */
function firstTextOf(text: string, field: string): Pick<Agent, 'firstText'> {
	const typed = beginningOf(text.trim()).normalize('NFC');
	const plain = toLookalikes(typed);
	const firstText = countSegments(plain).encoding === 'GSM-7' ? plain : typed;
	if (firstText === '') return {};
	if (firstText.length > LONGEST_FIRST_TEXT) {
		throw new InvalidInputError({
			field,
			cause: `it has ${text.trim().length} characters; ${LONGEST_FIRST_TEXT} are the most`,
			fix: 'Say in one or two sentences who texts and how to opt out.',
		});
	}
	if (!/\{\{|\}\}/.test(firstText)) return { firstText };
	throw new InvalidInputError({
		field,
		cause: 'it has curly brackets, which would be texted as they are',
		fix: 'Use fixed words: nothing is filled in here.',
	});
}

/** Throws InvalidInputError, which does not say the PIN. */
function ownersPinOf(text: string, field: string): Pick<Agent, 'ownersPin'> {
	const ownersPin = text.trim();
	if (ownersPin === '') return {};
	if (/^[\p{L}\p{N}]{4,20}$/u.test(ownersPin)) return { ownersPin };
	throw new InvalidInputError({
		field,
		cause: 'it is too short, too long, or has other characters than letters and digits',
		fix: 'Use 4 to 20 letters and digits, for example six digits.',
	});
}

/** "Bright Dental" -> "bright-dental". Throws InvalidInputError for a name without a letter or digit. */
export function brandOf(name: string, field = 'Brand'): string {
	assertBounded(name, field, LONGEST_NAME);
	const brand = agentIdFromName(name);
	if (brand !== '' || name.trim() === '') return brand;
	throw new InvalidInputError({
		field,
		cause: `none can be made of ${quoted(name)}`,
		fix: 'Use a name with Latin letters or digits, for example "Bright Dental".',
	});
}

/** What tells apart two names that an ID has no room for, or no letters. */
const HASH_LENGTH = 5;

/**
 * "Front Desk" -> "front-desk", always the same of one name. Where the ID cannot say the whole name,
 * because it is too long or in another script in part, a short hash of it follows: "Bright Dental
 * Hamburg" and "Bright Dental Berlin" are two agents. Empty where the name has no Latin letter and
 * no digit.
 */
export function agentIdFromName(name: string): string {
	const words = beginningOf(name)
		.normalize('NFKD')
		.replace(/\p{Mark}/gu, '')
		.toLowerCase()
		.replace(/[^\p{L}\p{N}]+/gu, '-');
	const slug = trimHyphens(words.replace(/[^a-z0-9]+/g, '-'));
	const isWhole = slug.length <= LONGEST_AGENT_ID && !OTHER_SCRIPT.test(words);
	if (slug === '' || isWhole) return slug;
	const stem = trimHyphens(slug.slice(0, LONGEST_AGENT_ID - HASH_LENGTH - 1));
	return `${stem}-${hashOf(trimHyphens(words))}`;
}

/**
 * What two names of one agent have in common: capitals, blanks, accents and punctuation do not count, as in
 * the ID that is made of a name. Where none can be made of it, capitals and the number of blanks do not.
 */
export function nameKeyOf(name: string): string {
	const plain = () => beginningOf(name).normalize('NFKC').trim().toLowerCase();
	return agentIdFromName(name) || plain().replace(/\s+/g, ' ');
}

/**
 * Whom a builder means who types a name, wherever that is: the agent of that ID (its Permanent Name, where it
 * has one) or, where there is none, each one of that name. More than one is for the caller to refuse.
 */
export function agentsNamed<One extends AgentName>(agents: readonly One[], name: string): One[] {
	const key = nameKeyOf(name);
	const ofId = agents.filter(({ id }) => nameKeyOf(id) === key);
	return ofId.length > 0 ? ofId : agents.filter((one) => nameKeyOf(one.name) === key);
}

/** For an error about a name that several agents have. */
export function severalNamed(
	name: string,
	agents: readonly AgentName[],
): { cause: string; fix: string } {
	const ids = agents.map(({ id }) => id);
	const shown = ids.length > MOST_SHOWN ? [...ids.slice(0, MOST_SHOWN), '...'] : ids;
	return {
		cause: `${ids.length} agents are called ${quoted(name)}`,
		fix: `Enter the ${PERMANENT_NAME} of the one that is meant: ${shown.join(', ')}.`,
	};
}

const MOST_SHOWN = 10;

/** Letters and digits that no ID can hold; the few Latin ones among them (Ł, ß) are merely left out. */
const OTHER_SCRIPT = /(?!\p{sc=Latin})\p{L}|(?![0-9])\p{N}/u;

function trimHyphens(text: string): string {
	return text.replace(/^-+/, '').replace(/(?<!-)-+$/, '');
}

/** Of digits and lower-case letters. */
function hashOf(text: string): string {
	const digest = createHash('sha256').update(text).digest('hex');
	return BigInt(`0x${digest}`).toString(36).slice(-HASH_LENGTH);
}

/** The agent that is there before the builder names one; its ID is made of it. */
export const DEFAULT_AGENT_NAME = 'Assistant';
