import type { IDataObject, INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import type { TriggerContext } from '../host/field-value';

export const PHONE_NUMBERS = 'Phone Numbers';
export const PUBLIC_BASE_URL = 'Public Base URL';

/** Ways to connect a trigger at Twilio that texts and calls have in common. */
export const CHOSEN_PHONE_NUMBERS: INodePropertyOptions = {
	name: 'Chosen Phone Numbers',
	value: 'phoneNumbers',
	description: 'Numbers you pick from your account. Connected when you publish.',
};

export const SET_UP_BY_HAND: INodePropertyOptions = {
	name: 'Set Up by Hand',
	value: 'manual',
	description: 'Nothing is changed at Twilio; you paste the address there',
};

export const RECEIVE_ON_DESCRIPTION =
	'Where this workflow connects itself at Twilio when you publish it. What was connected before comes back when you unpublish it.';

/** A list to pick from, filled by the node's load option `getPhoneNumbers`. */
export const phoneNumbersField: INodeProperties = {
	// Not "... Names or IDs": they are phone numbers, and errors call them so.
	displayName: PHONE_NUMBERS,
	name: 'phoneNumbers',
	type: 'multiOptions',
	typeOptions: { loadOptionsMethod: 'getPhoneNumbers' },
	default: [],
	required: true,
	description:
		'The numbers that this workflow answers. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
};

export const publicBaseUrlOption: INodeProperties = {
	displayName: PUBLIC_BASE_URL,
	name: 'publicBaseUrl',
	type: 'string',
	default: '',
	placeholder: 'https://sms.example.com',
	description:
		"Only if Twilio reaches this n8n under another address than n8n's own (N8N_WEBHOOK_URL). Scheme and host; the path is added.",
};

type ReceiveOn = 'messagingService' | 'phoneNumbers' | 'manual';

/** Where the trigger connects itself at Twilio. */
interface ConnectionSettings {
	receiveOn: ReceiveOn;
	/** SIDs. */
	phoneNumbers: string[];
	overwriteWebhook: boolean;
	/** Empty: n8n's own. */
	publicBaseUrl: string;
}

export function readConnection(context: TriggerContext): ConnectionSettings {
	const options = context.getNodeParameter('options', {}) as IDataObject;
	const { overwriteWebhook, publicBaseUrl } = options;
	return {
		receiveOn: context.getNodeParameter('receiveOn', 'messagingService') as ReceiveOn,
		phoneNumbers: context.getNodeParameter('phoneNumbers', []) as string[],
		overwriteWebhook: overwriteWebhook === true,
		publicBaseUrl: typeof publicBaseUrl === 'string' ? publicBaseUrl : '',
	};
}
