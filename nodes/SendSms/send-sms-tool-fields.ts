import type { INodeProperties } from 'n8n-workflow';

const TOOL = { '@tool': [true] };

/** What the editor recognises as "the model fills this in". */
const byModel = (key: string, description: string) =>
	`={{ /*n8n-auto-generated-fromAI-override*/ $fromAI('${key}', \`${description}\`, 'string') }}`;

/** What a model is told and may do when it calls this node as a tool. */
export const sendSmsToolFields: INodeProperties[] = [
	{
		displayName: 'Description',
		name: 'toolDescription',
		type: 'string',
		typeOptions: { rows: 4 },
		displayOptions: { show: TOOL },
		default:
			'Sends one text message (SMS) to the phone of the contact. Call it only when a text should really go out: it cannot be taken back, and calling it again with other words sends another text. The same words to the same contact are sent once only ("repeated": true means they had been sent before). Plain text without markdown, 300 characters at most. On an error nothing was sent, unless the error says otherwise; do not try again when the contact has opted out.',
		description: 'What the model is told about this tool',
	},
	{
		displayName: 'Allowed Recipients',
		name: 'allowedRecipients',
		type: 'options',
		// The model must not be able to decide this.
		noDataExpression: true,
		displayOptions: { show: TOOL },
		default: 'contact',
		description: 'Whom the model can text with this tool, whatever it is talked into',
		options: [
			{
				name: 'Only the Contact of This Conversation',
				value: 'contact',
				description: 'The person whose text started this run',
			},
			{ name: 'Only These Numbers', value: 'list' },
			{
				name: 'Anyone',
				value: 'anyone',
				description:
					'Anybody who texts your agent may get it to text strangers at your cost',
			},
		],
	},
	{
		displayName:
			'A stranger who texts your agent may talk it into texting other people at your cost.',
		name: 'anyoneNotice',
		type: 'notice',
		displayOptions: { show: { ...TOOL, allowedRecipients: ['anyone'] } },
		default: '',
	},
	{
		displayName: 'Allowed Numbers',
		name: 'allowedNumbers',
		type: 'string',
		noDataExpression: true,
		displayOptions: { show: { ...TOOL, allowedRecipients: ['list'] } },
		default: '',
		placeholder: 'e.g. +14155550123, +14155550124',
		description: 'With country code, separated by commas',
	},
	{
		displayName: 'To',
		name: 'to',
		type: 'string',
		displayOptions: { show: { ...TOOL, allowedRecipients: ['list', 'anyone'] } },
		default: byModel('To', 'Phone number to text, with country code, such as +14155550123'),
		description: 'The phone number to text, with country code',
	},
	{
		displayName: 'Message',
		name: 'body',
		type: 'string',
		typeOptions: { rows: 3 },
		displayOptions: { show: TOOL },
		default: byModel('Message', 'The words of the text message, plain text'),
		description: 'The words to send',
	},
];
