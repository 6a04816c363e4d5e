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

/** The default: what the credential or the account leaves no choice about. */
export const AUTOMATIC_CONNECTION = { name: 'Automatic', value: 'automatic' };

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

/** The same for texts and calls; how often is Twilio's own affair. */
export const tryAgainOption: INodeProperties = {
	displayName: 'Let Twilio Try Again',
	name: 'tryAgain',
	type: 'boolean',
	default: true,
	description:
		"Whether Twilio asks this node's address again, at once and within 15 seconds, when n8n refuses, fails or does not answer, and not only when there is no connection. It bridges moments, no restart of n8n. Where your Twilio account has Webhook Rules that match the address, they win.",
};

/** Where calls go that n8n does not answer. */
export const callFallbackOption: INodeProperties = {
	// eslint-disable-next-line n8n-nodes-base/node-param-display-name-miscased -- n8n is written so
	displayName: 'If n8n Is Down, Ring',
	name: 'callFallbackUrl',
	type: 'string',
	default: '',
	placeholder: 'https://handler.twilio.com/twiml/EH...',
	displayOptions: { show: { '/receiveOn': ['automatic', 'phoneNumbers'] } },
	description:
		'The address of a TwiML Bin that rings your phone while n8n is down. Without one, callers then hear that an application error has occurred. In the Twilio Console under TwiML Bins, create one with <code>&lt;Response&gt;&lt;Dial timeout="18" answerOnBridge="true"&gt;+14155550123&lt;/Dial&gt;&lt;/Response&gt;</code>, your phone in place of that number, and paste its URL here. It becomes the fallback of each number that has none, until this workflow is unpublished.',
};

type ReceiveOn = 'automatic' | 'messagingService' | 'phoneNumbers' | 'manual';

/** Where the trigger connects itself at Twilio. */
interface ConnectionSettings {
	receiveOn: ReceiveOn;
	/** As chosen: numbers, or SIDs of theirs. */
	phoneNumbers: string[];
	overwriteWebhook: boolean;
}

export function readConnection(context: TriggerContext): ConnectionSettings {
	const { overwriteWebhook } = context.getNodeParameter('options', {}) as IDataObject;
	return {
		receiveOn: context.getNodeParameter('receiveOn', 'automatic') as ReceiveOn,
		phoneNumbers: context.getNodeParameter('phoneNumbers', []) as string[],
		overwriteWebhook: overwriteWebhook === true,
	};
}
