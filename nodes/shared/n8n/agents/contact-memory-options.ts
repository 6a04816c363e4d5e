import type { INodeProperties } from 'n8n-workflow';

/** What holds where the builder leaves the hours alone, once one of the options is added. */
export const USUAL_MEMORY_HOURS = 24;

export const SILENCE = 'memoryHours';
export const DISPOSITIONS = 'memoryDispositions';
export const FACTS = 'memoryFacts';

/** For the "Options" collection of Agent Reply. Any of them has contacts remembered. */
export const contactMemoryOptions: INodeProperties[] = [
	{
		displayName: 'Contact Memory (Hours)',
		name: SILENCE,
		type: 'number',
		noDataExpression: true,
		typeOptions: { minValue: 0, maxValue: 720 },
		default: USUAL_MEMORY_HOURS,
		description:
			'Once a conversation has been silent for so many hours, or is closed with SMS Agent, the model is asked once for a summary, which is kept with the contact and shown to the agent the next time. The trigger starts the workflow for it, and the item leaves at No Reply; nothing is texted. 0: only when it is closed.',
	},
	{
		displayName: 'Contact Memory: Endings',
		name: DISPOSITIONS,
		type: 'string',
		default: '',
		placeholder: 'e.g. booked, call back, not interested',
		description:
			'How a conversation may have ended, separated by commas. The model chooses one of them, or none; the item has it as disposition.',
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
