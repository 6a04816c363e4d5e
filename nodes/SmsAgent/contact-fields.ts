import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { defaultCountryOption } from '../shared/n8n/agents/default-country-option';
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
		description: 'List contacts: all, or those who opted out, for example',
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
		name: 'Set Details',
		value: 'set',
		action: 'Set details of a contact',
		description: 'Keep name, time zone and facts, also of somebody who has never texted',
	},
];

/** Those that are about one person. */
const ONE_PERSON = ['delete', 'get', 'optIn', 'optOut', 'set'];

/** What a model may do with the contact of its run; the rest is for people and steps. */
export const CONTACT_FOR_MODELS = ['get', 'optOut', 'set'];

export const contactProperties: INodeProperties[] = [
	operationField(RESOURCE, OPERATIONS, { forModels: CONTACT_FOR_MODELS }),
	{
		displayName:
			'Each run <b>erases somebody for good</b>: their conversations with every agent of the brand, notes, name and facts. There is no way back.',
		name: 'deleteContactNotice',
		type: 'notice',
		displayOptions: shownFor(RESOURCE, ['delete']),
		default: '',
	},
	{
		displayName: 'Contact',
		name: 'contact',
		type: 'resourceLocator',
		displayOptions: shownFor(RESOURCE, ONE_PERSON, STEP),
		default: { mode: 'list', value: '' },
		description: 'The person. When empty: the contact whose text or call started this run.',
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				placeholder: 'Empty: the one who started this run',
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
		displayOptions: shownFor(RESOURCE, ONE_PERSON, STEP),
		default: '',
		placeholder: 'e.g. Bright Dental',
		description:
			'As named with the agent in the Incoming SMS Trigger; each brand knows its own contacts. When empty: the brand of this run, or none.',
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
				placeholder: 'e.g. Bright Dental',
				description:
					'As named with the agent in the Incoming SMS Trigger. When empty: the agents without one.',
			},
			{
				displayName: 'Consent',
				name: 'status',
				type: 'options',
				displayOptions: { show: { '/operation': ['getAll'] } },
				default: 'optedOut',
				description: 'What they last said about being texted',
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
];

/** Below where conversations are, as in the other nodes. */
export const contactOptions: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	displayOptions: shownFor(RESOURCE, ONE_PERSON, STEP),
	placeholder: 'Add Option',
	default: {},
	options: [
		defaultCountryOption,
		{
			displayName: 'Known From',
			name: 'how',
			type: 'options',
			displayOptions: { show: { '/operation': ['optIn', 'optOut'] } },
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
			displayOptions: { show: { '/operation': ['optIn', 'optOut'] } },
			default: '',
			description:
				'When they said so. What they have said since then stays. When empty: now.',
		},
	],
};
