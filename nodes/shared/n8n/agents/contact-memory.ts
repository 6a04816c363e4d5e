import type { IDataObject, INodeProperties } from 'n8n-workflow';
import type { MemoryForm, WantedFact } from '../../remembering/memory-form';
import { namesBehind, runningAfter } from '../host/connected-to';
import type { TriggerContext } from '../host/field-value';

/** What holds where the builder leaves these options alone, once one of them is added. */
const USUAL_HOURS = 24;
const HOUR_MS = 3_600_000;
/** Of facts, and of choices; each is shown to the model. */
const MOST_ASKED = 30;

const SILENCE = 'memoryHours';
const DISPOSITIONS = 'memoryDispositions';
const FACTS = 'memoryFacts';

/** For the "Options" collection of Agent Reply. Any of them has contacts remembered. */
export const contactMemoryOptions: INodeProperties[] = [
	{
		displayName: 'Contact Memory (Hours)',
		name: SILENCE,
		type: 'number',
		noDataExpression: true,
		typeOptions: { minValue: 0, maxValue: 720 },
		default: USUAL_HOURS,
		description:
			'Once a conversation has been silent for so many hours, or is closed with SMS Agent, the model is asked once for a summary, which is kept with the contact and shown to the agent the next time. The trigger starts the workflow for it, and the item leaves at No Reply; nothing is texted. 0: only when it is closed.',
	},
	{
		displayName: 'Contact Memory: Dispositions',
		name: DISPOSITIONS,
		type: 'string',
		default: '',
		placeholder: 'e.g. booked, call back, not interested',
		description:
			'How a conversation may have ended, separated by commas. The model chooses one of them, or none.',
	},
	{
		displayName: 'Contact Memory: Facts',
		name: FACTS,
		type: 'fixedCollection',
		typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Fact' },
		placeholder: 'Add Fact',
		default: {},
		description:
			'What the model should note of the contact when a conversation has ended. What was not said stays as it was known.',
		options: [
			{
				name: 'fact',
				displayName: 'Fact',
				values: [
					{
						displayName: 'Name',
						name: 'name',
						type: 'string',
						default: '',
						placeholder: 'e.g. Preferred day',
						description: 'Under which it is kept with the contact',
					},
					{
						displayName: 'Kind',
						name: 'kind',
						type: 'options',
						default: 'text',
						options: [
							{ name: 'Number', value: 'number' },
							{ name: 'One of a List', value: 'choice' },
							{ name: 'Text', value: 'text' },
							{ name: 'Yes or No', value: 'yesNo' },
						],
					},
					{
						displayName: 'List',
						name: 'choices',
						type: 'string',
						default: '',
						displayOptions: { show: { kind: ['choice'] } },
						placeholder: 'e.g. morning, afternoon, evening',
						description: 'What it may be, separated by commas',
					},
					{
						displayName: 'What Is Meant',
						name: 'description',
						type: 'string',
						default: '',
						placeholder: 'e.g. The day of the week that suits them best',
						description: 'For the model, where the name alone does not say it',
					},
				],
			},
		],
	},
];

/** What is asked for when a conversation has ended; undefined where nobody wants to remember. */
export function memoryFormIn(options: IDataObject): MemoryForm | undefined {
	if (!remembers(options)) return undefined;
	const { fact = [] } = (options[FACTS] ?? {}) as { fact?: IDataObject[] };
	const facts = new Map<string, WantedFact>();
	for (const one of fact.slice(0, MOST_ASKED)) {
		const wanted = wantedFactOf(one);
		if (wanted.name !== '') facts.set(wanted.name, wanted);
	}
	return { dispositions: listIn(options[DISPOSITIONS]), facts: [...facts.values()] };
}

function wantedFactOf({ name, description, kind, choices }: IDataObject): WantedFact {
	const listed = listIn(choices);
	const isKnown =
		kind === 'number' || kind === 'yesNo' || (kind === 'choice' && listed.length > 0);
	return {
		name: wordsIn(name).slice(0, 100),
		description: wordsIn(description).slice(0, 500),
		kind: isKnown ? kind : 'text',
		choices: listed,
	};
}

/**
 * By output of this trigger, milliseconds of silence after which a conversation has ended for an Agent
 * Reply behind it that remembers; Infinity where only closing ends it, undefined where nobody remembers.
 */
export function silenceBehind(
	context: TriggerContext,
	outputs: readonly number[],
): Array<number | undefined> {
	const remembering = runningAfter(context, 'agentReply').flatMap(({ name, parameters }) => {
		const options = (parameters?.['options'] ?? {}) as IDataObject;
		return remembers(options) ? [{ name, silentMs: silenceIn(options) }] : [];
	});
	// Asked with every text, so what follows is for those who use it.
	if (remembering.length === 0) return outputs.map(() => undefined);
	return outputs.map((output) => {
		const behind = namesBehind(context, output);
		const waits = remembering
			.filter(({ name }) => behind === undefined || behind.includes(name))
			.map(({ silentMs }) => silentMs);
		return waits.length === 0 ? undefined : Math.min(...waits);
	});
}

function remembers(options: IDataObject): boolean {
	return [SILENCE, DISPOSITIONS, FACTS].some((name) => options[name] !== undefined);
}

function silenceIn(options: IDataObject): number {
	const given = options[SILENCE] ?? USUAL_HOURS;
	// Nobody works out an expression for a trigger.
	const hours = typeof given === 'number' && given >= 0 ? given : USUAL_HOURS;
	return hours === 0 ? Infinity : hours * HOUR_MS;
}

function wordsIn(value: unknown): string {
	return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
}

function listIn(value: unknown): string[] {
	const words = wordsIn(value).split(/[,\n]/);
	return words.flatMap((word) => word.trim().slice(0, 100) || []).slice(0, MOST_ASKED);
}
