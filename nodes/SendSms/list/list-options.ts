import type { INodeProperties } from 'n8n-workflow';

export const AT_ONCE = 'At the Same Time';
export const CHECK_FIRST = 'Check Everything First';
export const TO_ME_FIRST = 'Send to Me First';

/** From so many items on it is a list, whose mistakes cost more than a look beforehand. */
export const LIST_FROM = 20;

/** Texts side by side where the builder does not say. A model is slower, and counts requests by the minute. */
export const USUAL_AT_ONCE = { raw: 10, ai: 5 };
export const MOST_AT_ONCE = 50;

/** A tool sends what a model says, one text at a time. */
const AS_A_STEP = { show: { '@tool': [false] } };

export const atOnceOption: INodeProperties = {
	displayName: AT_ONCE,
	name: 'atOnce',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: MOST_AT_ONCE },
	displayOptions: AS_A_STEP,
	default: USUAL_AT_ONCE.raw,
	description:
		'How many texts are on their way to Twilio at once. Without this option 10, and 5 where AI writes. The texts of one contact always go one after the other, and the items come out in their order.',
};

export const checkFirstOption: INodeProperties = {
	displayName: CHECK_FIRST,
	name: 'checkFirst',
	type: 'boolean',
	displayOptions: AS_A_STEP,
	default: true,
	description:
		'Whether to look through all items before the first text: numbers, empty texts, expressions that find nothing, texts longer than Maximum Segments. One mistake, and nothing is sent. Without this option it is done from 20 items on.',
};

export const toMeFirstOption: INodeProperties = {
	displayName: TO_ME_FIRST,
	name: 'toMeFirst',
	type: 'string',
	displayOptions: AS_A_STEP,
	default: '',
	placeholder: 'e.g. +14155550123',
	description:
		'Your own number, for a trial: it gets the text of the first item, marked as a trial, nobody else gets one, and the run ends here. Take the option out to text everybody.',
};
