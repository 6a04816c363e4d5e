import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

export const FROM = 'From';

const LEAVE_EMPTY = 'Leave empty: the number that was texted';

const field = {
	displayName: FROM,
	name: 'from',
	description:
		'One of your Twilio numbers, a short code or a Messaging Service SID. When empty: the number the contact wrote to; when there is none, the first number of the agent (Only for These Numbers), else the Messaging Service of the credential.',
} as const;

/**
 * What a text goes out from: a list to choose from in a step, where a number can be typed too; plain
 * text for a tool, whose fields a model may fill in. What was stored as plain text stays good.
 */
export const fromFields: INodeProperties[] = [
	{
		...field,
		type: 'resourceLocator',
		displayOptions: { show: { '@tool': [false] } },
		default: { mode: 'list', value: '' },
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				placeholder: LEAVE_EMPTY,
				typeOptions: { searchListMethod: 'searchSenders', searchable: true },
			},
			{
				displayName: 'By Number or SID',
				name: 'id',
				type: 'string',
				placeholder: 'e.g. +14155550100',
			},
		],
	},
	{
		...field,
		type: 'string',
		displayOptions: { show: { '@tool': [true] } },
		default: '',
		placeholder: LEAVE_EMPTY,
	},
];

/** As chosen or typed. */
export function fromIn(context: IExecuteFunctions, itemIndex: number): unknown {
	return context.getNodeParameter('from', itemIndex, '', { extractValue: true });
}
