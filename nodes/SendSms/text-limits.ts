import { limitOption, readLimit, type LimitOption } from '../shared/n8n/limits/limit-option';

/** A model decides how often it calls. */
const AS_A_TOOL = { show: { '@tool': [true] } };

const perContact = limitOption({
	displayName: 'Most Texts per Contact and Hour',
	name: 'textsPerContact',
	default: 20,
	description:
		'How many texts this node may send to one number within an hour. One more fails and is not sent. Raise it where one phone is to get a text for every lead.',
});

const perRun = limitOption({
	displayName: 'Most Texts per Run',
	name: 'textsPerRun',
	default: 5,
	displayOptions: AS_A_TOOL,
	description:
		'How many texts the model may send in one run of the workflow. It is told of one more that it was not sent.',
});

const perHour = limitOption({
	displayName: 'Most Texts per Hour',
	name: 'textsPerHour',
	default: 60,
	displayOptions: AS_A_TOOL,
	description:
		'How many texts this tool may send within an hour, in all runs together. The model is told of one more that it was not sent.',
});

/** A list of leads may be as long as it likes: a step has no limit for all. */
export const textLimits = { perContact, perRun, perHour };

/** How many texts there may be. */
export interface TextAllowance {
	perContact: number;
	perRun: number;
	perHour: number;
}

/** Throws InvalidInputError. */
export function readTextLimits(given: object): TextAllowance {
	const read = (option: LimitOption) =>
		readLimit((given as Record<string, unknown>)[option.name], option);
	return { perContact: read(perContact), perRun: read(perRun), perHour: read(perHour) };
}
