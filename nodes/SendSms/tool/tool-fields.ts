import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { InvalidInputError } from '../../shared/messaging/invalid-input-error';

// Of the step's fields too.
export const TO = 'To';
export const MESSAGE = 'Message';

export const ALLOWED_RECIPIENTS = 'Allowed Recipients';
export const ALLOWED_NUMBERS = 'Allowed Numbers';

const ONLY_CONTACT = 'contact';

const TOOL = { '@tool': [true] };

/** What the editor recognises as "the model fills this in". */
const byModel = (key: string, description: string) =>
	`={{ /*n8n-auto-generated-fromAI-override*/ $fromAI('${key}', \`${description}\`, 'string') }}`;

/** What a model is told and may do when it calls this node as a tool. */
export const toolProperties: INodeProperties[] = [
	{
		displayName: 'Description',
		name: 'toolDescription',
		type: 'string',
		typeOptions: { rows: 4 },
		displayOptions: { show: TOOL },
		default:
			'Sends one text message (SMS) to the phone of the contact. Call it only when a text should really go out: it cannot be taken back, and calling it again with other words sends another text. The same words to the same contact are sent once only ("repeated": true means they had been sent before). "status": "notSent" means that nothing went out. Plain text without markdown, 300 characters at most. On an error nothing was sent, unless the error says otherwise; do not try again when the contact has opted out.',
		description: 'What the model is told about this tool',
	},
	{
		displayName: ALLOWED_RECIPIENTS,
		name: 'allowedRecipients',
		type: 'options',
		// The model must not be able to decide this.
		noDataExpression: true,
		displayOptions: { show: TOOL },
		default: ONLY_CONTACT,
		description: 'Whom the model can text with this tool, whatever it is talked into',
		options: [
			{
				name: 'Only the Contact of This Conversation',
				value: ONLY_CONTACT,
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
		displayName: ALLOWED_NUMBERS,
		name: 'allowedNumbers',
		type: 'string',
		noDataExpression: true,
		displayOptions: { show: { ...TOOL, allowedRecipients: ['list'] } },
		default: '',
		placeholder: 'e.g. +14155550123, +14155550124',
		description: 'With country code, separated by commas',
	},
	{
		displayName: TO,
		name: 'to',
		type: 'string',
		displayOptions: { show: { ...TOOL, allowedRecipients: ['list', 'anyone'] } },
		default: byModel(TO, 'Phone number to text, with country code, such as +14155550123'),
		description: 'The phone number to text, with country code',
	},
	{
		displayName: MESSAGE,
		name: 'body',
		type: 'string',
		typeOptions: { rows: 3 },
		displayOptions: { show: TOOL },
		default: byModel(MESSAGE, 'The words of the text message, plain text'),
		description: 'The words to send',
	},
];

/** Whom a model may text. */
export type AllowedRecipients =
	| { rule: 'contact' | 'anyone' }
	/** As typed. */
	| { rule: 'list'; numbers: string };

/**
 * The rule is read as it was typed: an expression in its place could be the model's. Throws
 * InvalidInputError for one.
 */
export function readAllowed(context: IExecuteFunctions, itemIndex: number): AllowedRecipients {
	const typed = (name: string, fallback: string, field: string) => {
		const raw = context.getNodeParameter(name, itemIndex, fallback, { rawExpressions: true });
		const text = typeof raw === 'string' ? raw : '';
		if (text.startsWith('=')) throw decidedByModel(field, 'Type the value in.');
		return text;
	};
	const rule = typed('allowedRecipients', ONLY_CONTACT, ALLOWED_RECIPIENTS);
	switch (rule) {
		case 'anyone':
		case ONLY_CONTACT:
			return { rule };
		case 'list':
			return { rule, numbers: typed('allowedNumbers', '', ALLOWED_NUMBERS) };
		default:
			throw decidedByModel(ALLOWED_RECIPIENTS, 'Choose one of the values of the list.');
	}
}

function decidedByModel(field: string, fix: string): InvalidInputError {
	return new InvalidInputError({
		field,
		cause: 'it holds an expression, so that a model could decide whom it may text',
		fix,
	});
}
