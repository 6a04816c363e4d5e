import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import {
	factsField,
	fileFields,
	limitFields,
	operationField,
	shownFor,
	STEP,
} from './common-fields';

const RESOURCE = 'contact';

const OPERATIONS: INodePropertyOptions[] = [
	{
		name: 'Delete',
		value: 'delete',
		action: 'Delete a contact',
		description:
			'Erase a person: texts, facts, notes and name. If they opted out, only that stays, without the number.',
	},
	{
		name: 'Export Consents',
		value: 'exportConsents',
		action: 'Export the consents of contacts',
		description: 'Who may be texted and who said no, with their words, as a file',
	},
	{
		name: 'Get',
		value: 'get',
		action: 'Get a contact',
		description: 'Name, facts, conversations, and whether they may be texted',
	},
	{
		name: 'Get Many',
		value: 'getAll',
		action: 'Get many contacts',
		description: 'List contacts',
	},
	{
		name: 'Opt In',
		value: 'optIn',
		action: 'Opt in a contact',
		description: 'They may be texted again. You need to say how they agreed.',
	},
	{
		name: 'Opt Out',
		value: 'optOut',
		action: 'Opt out a contact',
		description: 'No agent of the brand texts them any more',
	},
	{
		name: 'Set',
		value: 'set',
		action: 'Set details of a contact',
		description: 'Keep name, time zone and facts, of somebody new too',
	},
];

/** What a model may do with the contact of its run; the rest is for people and steps. */
export const CONTACT_FOR_MODELS = ['get', 'optOut', 'set'];

export const contactProperties: INodeProperties[] = [
	operationField(RESOURCE, OPERATIONS),
	{
		displayName: 'Contact',
		name: 'contact',
		type: 'resourceLocator',
		displayOptions: shownFor(RESOURCE, ['delete', 'get', 'optIn', 'optOut', 'set'], STEP),
		default: { mode: 'list', value: '' },
		description: 'The person. When empty: the contact whose text or call started this run.',
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				placeholder: 'Empty: the one of this run',
				typeOptions: { searchListMethod: 'searchContacts', searchable: true },
			},
			{
				displayName: 'By Number',
				name: 'id',
				type: 'string',
				placeholder: 'e.g. +14155550123',
			},
		],
	},
	{
		displayName: 'Brand',
		name: 'brand',
		type: 'string',
		displayOptions: shownFor(RESOURCE, ['delete', 'get', 'optIn', 'optOut', 'set'], STEP),
		default: '',
		placeholder: 'Empty: the one of this run, or none',
		description:
			'As named with the agent in the Incoming SMS Trigger. Each brand knows its own contacts.',
	},
	...limitFields(RESOURCE, ['getAll']),
	{
		displayName: 'Filters',
		name: 'filters',
		type: 'collection',
		displayOptions: shownFor(RESOURCE, ['exportConsents', 'getAll']),
		placeholder: 'Add Filter',
		default: {},
		options: [
			{
				displayName: 'Brand',
				name: 'brand',
				type: 'string',
				default: '',
				description: 'As named with the agent. When empty: the agents without one.',
			},
			{
				displayName: 'May Be Texted',
				name: 'status',
				type: 'options',
				displayOptions: { show: { '/operation': ['getAll'] } },
				default: 'optedOut',
				options: [
					{ name: 'Never Said', value: 'unknown' },
					{ name: 'Opted In', value: 'optedIn' },
					{ name: 'Opted Out', value: 'optedOut' },
				],
			},
		],
	},
	{
		displayName: 'Evidence',
		name: 'evidence',
		type: 'string',
		displayOptions: shownFor(RESOURCE, ['optIn']),
		default: '',
		required: true,
		placeholder: 'e.g. Ticked the box on our web form on May 3',
		description: 'How and where they agreed. It is kept, for the day somebody asks.',
	},
	{
		displayName: 'How They Said It',
		name: 'evidence',
		type: 'string',
		displayOptions: shownFor(RESOURCE, ['optOut']),
		default: '',
		placeholder: 'e.g. Asked on the phone for no more texts',
		description: 'It is kept, for the day somebody asks',
	},
	{
		displayName: 'Details',
		name: 'details',
		type: 'collection',
		displayOptions: shownFor(RESOURCE, ['set']),
		placeholder: 'Add Detail',
		default: {},
		options: [
			{
				displayName: 'Name',
				name: 'name',
				type: 'string',
				default: '',
				placeholder: 'e.g. Ann Miller',
				description: 'Empty takes the name away',
			},
			{
				displayName: 'Time Zone',
				name: 'timeZone',
				type: 'string',
				default: '',
				placeholder: 'e.g. America/New_York',
				description: 'Empty takes the time zone away',
			},
		],
	},
	factsField(RESOURCE, ['set']),
	...fileFields(RESOURCE, ['exportConsents']),
	{
		displayName: 'Options',
		name: 'consentOptions',
		type: 'collection',
		displayOptions: shownFor(RESOURCE, ['optIn', 'optOut'], STEP),
		placeholder: 'Add Option',
		default: {},
		options: [
			{
				displayName: 'Comes From',
				name: 'how',
				type: 'options',
				default: 'import',
				options: [
					{
						name: 'A List',
						value: 'import',
						description: 'Brought along from elsewhere',
					},
					{ name: 'A Person', value: 'person', description: 'Somebody wrote it down' },
				],
			},
			{
				displayName: 'When',
				name: 'since',
				type: 'dateTime',
				default: '',
				description:
					'When they said so. What they have said since then stays. When empty: now.',
			},
		],
	},
];
