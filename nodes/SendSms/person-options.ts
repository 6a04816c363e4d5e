import type { INodeProperties } from 'n8n-workflow';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import { assertBounded } from '../shared/messaging/text-bounds';
import { USUAL_PAUSE_HOURS, type TakesOver } from '../shared/threads/takeover';

const AI_ANSWERS = 'AI Answers Replies';
const AS_A_PERSON = 'Send as a Person';
const WRITTEN_BY = 'Written By';
const PERSON_KEEPS = 'Person Keeps It (Hours)';

/** Characters of a person's name. */
const LONGEST_NAME = 100;
/** Hours; whoever is away for longer releases the conversation, or never does. */
const LONGEST_PAUSE = 8_760;

/** A tool sends what a model says, in the middle of its conversation. */
const AS_A_STEP = { '@tool': [false] };
/** Nobody but a model writes in the other mode. */
const OWN_WORDS = { show: { ...AS_A_STEP, '/mode': ['raw'] } };

export const aiAnswersOption: INodeProperties = {
	displayName: AI_ANSWERS,
	name: 'aiAnswersReplies',
	type: 'boolean',
	displayOptions: { show: AS_A_STEP },
	default: true,
	description:
		'Whether the agent answers what the contact texts back. Switched off, a person has the conversation once this text is out: what the contact answers leaves Agent Reply at Needs Human, with the reason code takenOver, until somebody releases the conversation. Further texts of a Send SMS with this switched off go out all the same.',
};

export const personOptions: INodeProperties[] = [
	{
		displayName: AS_A_PERSON,
		name: 'asPerson',
		type: 'boolean',
		displayOptions: OWN_WORDS,
		default: true,
		description:
			'Whether a person has written this text, in a chat or an inbox of yours. They have the conversation from then on: the agent stays silent, also with what it is just writing, and knows later which texts are theirs.',
	},
	{
		displayName: PERSON_KEEPS,
		name: 'personKeepsHours',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: LONGEST_PAUSE, numberPrecision: 1 },
		displayOptions: OWN_WORDS,
		default: USUAL_PAUSE_HOURS,
		description: `With ${AS_A_PERSON}: how long after their last text the agent stays silent. 0 is until somebody releases the conversation.`,
	},
	{
		displayName: WRITTEN_BY,
		name: 'writtenBy',
		type: 'string',
		displayOptions: OWN_WORDS,
		default: '',
		placeholder: 'e.g. Maria',
		description: `With ${AS_A_PERSON}: who has written it. It is kept with the conversation, for your people.`,
	},
];

/** What the builder left alone is not there; an expression may give what its field would not take. */
export interface GivenSpeaks {
	aiAnswersReplies?: boolean;
	asPerson?: boolean;
	personKeepsHours?: number;
	writtenBy?: unknown;
}

const ANSWERS_TO: TakesOver = {
	by: 'Send SMS',
	why: `${AI_ANSWERS} is off`,
	pauseMs: null,
};

/** Who has the conversation with this text, and after it. */
export interface WhoSpeaks {
	/** The person who wrote it. */
	person: TakesOver | undefined;
	/** Who gets the answers; undefined for the agent. */
	answersTo: TakesOver | undefined;
}

/** Throws InvalidInputError naming the option that cannot be used. */
export function readWhoSpeaks(given: GivenSpeaks): WhoSpeaks {
	return {
		person: given.asPerson === true ? personIn(given) : undefined,
		answersTo: given.aiAnswersReplies === false ? ANSWERS_TO : undefined,
	};
}

function personIn({
	writtenBy,
	personKeepsHours: hours = USUAL_PAUSE_HOURS,
}: GivenSpeaks): TakesOver {
	const name = typeof writtenBy === 'string' ? writtenBy.trim() : '';
	assertBounded(name, WRITTEN_BY, LONGEST_NAME);
	if (!(hours >= 0 && hours <= LONGEST_PAUSE)) {
		throw new InvalidInputError({
			field: PERSON_KEEPS,
			cause: `${hours} is not a number from 0 to ${LONGEST_PAUSE}`,
			fix: 'Enter for how many hours the agent stays silent after each text of the person, for example 12, or 0 for until somebody releases the conversation.',
		});
	}
	return {
		by: name || 'a person',
		why: 'texted with Send SMS',
		pauseMs: hours === 0 ? null : hours * 3_600_000,
	};
}
