import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { USUAL_PAUSE_HOURS } from '../shared/threads/takeover';
import {
	factsField,
	fileFields,
	limitFields,
	operationField,
	personField,
	shownFor,
	simplifyField,
	STEP,
} from './common-fields';

const RESOURCE = 'thread';

const OPERATIONS: INodePropertyOptions[] = [
	{
		name: 'Add Note',
		value: 'addNote',
		action: 'Add a note to a thread',
		description:
			'Write something down for the people who read this conversation. It is never texted, and no AI sees it.',
	},
	{
		name: 'Close',
		value: 'close',
		action: 'Close a thread',
		description:
			"End a conversation until the contact writes again. Its texts stay, nothing is sent, and the contact's next text opens it. It ends a task, and takes the contact back who was passed to another agent.",
	},
	{
		name: 'Delete',
		value: 'delete',
		action: 'Delete a thread',
		description:
			'Forget the texts, facts and notes of one conversation. What the contact said about being texted stays.',
	},
	{
		name: 'Export',
		value: 'export',
		action: 'Export a thread',
		description: 'All texts of a conversation as a file',
	},
	{
		name: 'Get',
		value: 'get',
		action: 'Get a thread',
		description: 'The texts of a conversation, who speaks, facts and notes',
	},
	{
		name: 'Get Many',
		value: 'getAll',
		action: 'Get many threads',
		description: 'List conversations, the newest first',
	},
	{
		name: 'Release',
		value: 'release',
		action: 'Release a thread',
		description: 'Let the agent speak again',
	},
	{
		name: 'Set Facts',
		value: 'setFacts',
		action: 'Set facts of a thread',
		description: 'Keep a booking, an order or anything else with this conversation',
	},
	{
		name: 'Take Over',
		value: 'takeOver',
		action: 'Take over a thread',
		description: 'A person speaks, and the agent is silent',
	},
];

/** What a model may do with the contact of its run; the rest is for people and steps. */
export const THREAD_FOR_MODELS = ['addNote', 'get', 'setFacts', 'takeOver'];

export const threadProperties: INodeProperties[] = [
	operationField(RESOURCE, OPERATIONS, { forModels: THREAD_FOR_MODELS }),
	{
		displayName:
			'Each run <b>forgets a conversation for good</b>: texts, facts and notes. There is no way back.',
		name: 'deleteThreadNotice',
		type: 'notice',
		displayOptions: shownFor(RESOURCE, ['delete']),
		default: '',
	},
	{
		displayName: 'Thread',
		name: 'thread',
		type: 'resourceLocator',
		displayOptions: shownFor(
			RESOURCE,
			['addNote', 'close', 'delete', 'export', 'get', 'release', 'setFacts', 'takeOver'],
			STEP,
		),
		default: { mode: 'list', value: '' },
		description:
			'The conversation. When empty: that of the text or call which started this run.',
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				placeholder: 'Empty: the one that started this run',
				typeOptions: { searchListMethod: 'searchThreads', searchable: true },
			},
			{
				displayName: 'By ID',
				name: 'id',
				type: 'string',
				placeholder: 'The field threadId of an item',
			},
		],
	},
	{
		displayName: 'How Many Texts',
		name: 'texts',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 1_000 },
		displayOptions: shownFor(RESOURCE, ['get']),
		default: 50,
		description: 'The newest ones are returned, up to this number',
	},
	simplifyField(RESOURCE, ['get']),
	...limitFields(RESOURCE, ['getAll']),
	{
		displayName: 'Filters',
		name: 'filters',
		type: 'collection',
		displayOptions: shownFor(RESOURCE, ['getAll']),
		placeholder: 'Add Filter',
		default: {},
		options: [
			{
				displayName: 'Agent',
				name: 'agent',
				type: 'string',
				default: '',
				placeholder: 'e.g. Front Desk',
				description: 'Name of the agent, as in the Incoming SMS Trigger',
			},
			{
				displayName: 'Closed or Open',
				name: 'closed',
				type: 'options',
				default: 'open',
				options: [
					{ name: 'Closed', value: 'closed' },
					{ name: 'Open', value: 'open' },
				],
			},
			{
				displayName: 'Last Text Since',
				name: 'since',
				type: 'dateTime',
				default: '',
				description: 'Only conversations with a text since then',
			},
			{
				displayName: 'Only Opted Out',
				name: 'optedOut',
				type: 'boolean',
				default: true,
				description:
					'Whether to return only conversations whose contact wants no more texts',
			},
			{
				displayName: 'Only Unanswered',
				name: 'unanswered',
				type: 'boolean',
				default: true,
				description:
					'Whether to return only conversations in which nobody has answered the last text of the contact',
			},
			{
				displayName: 'Who Speaks',
				name: 'mode',
				type: 'options',
				default: 'person',
				options: [
					{ name: 'A Person', value: 'person' },
					{ name: 'The Agent', value: 'agent' },
				],
			},
		],
	},
	{
		displayName: 'For How Long',
		name: 'howLong',
		type: 'options',
		displayOptions: shownFor(RESOURCE, ['takeOver']),
		default: 'hours',
		options: [
			{
				name: 'Some Hours',
				value: 'hours',
				description: 'From now on, and again after each text of a person',
			},
			{
				name: 'Until Released',
				value: 'released',
				description: 'Until somebody uses Release, however long that takes',
			},
		],
	},
	{
		displayName: 'Hours',
		name: 'hours',
		type: 'number',
		typeOptions: { minValue: 0.1, maxValue: 8_760 },
		displayOptions: shownFor(RESOURCE, ['takeOver'], { howLong: ['hours'] }),
		default: USUAL_PAUSE_HOURS,
		description: 'How long the agent is silent',
	},
	personField('Taken Over By', RESOURCE, ['takeOver']),
	personField('Closed By', RESOURCE, ['close']),
	{
		displayName: 'Why',
		name: 'why',
		type: 'string',
		displayOptions: shownFor(RESOURCE, ['takeOver']),
		default: '',
		placeholder: 'e.g. Wants to talk about the bill',
		description: 'For the people who read the conversation',
	},
	{
		displayName: 'Note',
		name: 'note',
		type: 'string',
		typeOptions: { rows: 3 },
		displayOptions: shownFor(RESOURCE, ['addNote']),
		default: '',
		required: true,
		placeholder: 'e.g. Called her, she comes on Friday',
	},
	personField('Written By', RESOURCE, ['addNote']),
	factsField(RESOURCE, ['setFacts']),
	...fileFields(RESOURCE, ['export']),
];
