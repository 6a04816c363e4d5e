import type { IExecuteFunctions, INodeCredentialDescription, INodeProperties } from 'n8n-workflow';
import { assertNotWorkedOut } from '../shared/n8n/items/prompt-variables';
import { modelCredential, modelFields } from '../shared/n8n/models/model-fields';
import { fromFields, fromIn } from '../shared/n8n/senders/from-field';
import {
	threadStoreCredentials,
	threadStoreFields,
} from '../shared/n8n/stores/thread-store-fields';
import { TWILIO_CREDENTIAL, TWILIO_SLOT } from '../shared/n8n/credentials/twilio-credential';
import { optionsField, readOptions, type SendOptions } from './options';
import {
	MESSAGE,
	readAllowed,
	TO,
	toolProperties,
	type AllowedRecipients,
} from './tool/tool-fields';

export const MESSAGES = 'Messages';

/** Texts; what holds, and what the editor shows. */
const USUAL_HISTORY = 30;

/** A model that calls this node as a tool writes the words itself, so there is no mode to choose. */
const STEP = { '@tool': [false] };
const RAW = { mode: ['raw'], ...STEP };
const AI = { mode: ['ai'], ...STEP };
/** The same as a path from the root, for credentials: see `modelCredential`. */
const WITH_AI = { '/mode': ['ai'], ...STEP };

export const properties: INodeProperties[] = [
	...toolProperties,
	{
		displayName: 'Mode',
		name: 'mode',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: STEP },
		default: 'raw',
		options: [
			{ name: 'My Own Words', value: 'raw', description: 'Send exactly what you write' },
			{
				name: 'AI-Generated',
				value: 'ai',
				description: 'Let AI write the text, knowing the conversation so far',
			},
		],
	},
	{
		displayName: TO,
		name: 'to',
		type: 'string',
		displayOptions: { show: STEP },
		default: '',
		placeholder: 'Leave empty to text the contact who wrote or called',
		description:
			'The phone number to text, with country code (+14155550123). For numbers without one, set Default Country in the options.',
	},
	{
		displayName: MESSAGE,
		name: 'body',
		type: 'string',
		typeOptions: { rows: 3 },
		displayOptions: { show: RAW },
		default: '',
		placeholder: 'Leave empty to send the text that the previous node wrote',
		description:
			'The words to send. When empty, the text that an Agent Reply only wrote or the output of an AI Agent is sent.',
	},
	...modelFields(AI),
	{
		displayName: 'What to Say',
		name: 'instruction',
		type: 'string',
		typeOptions: { rows: 3 },
		displayOptions: { show: AI },
		default: '',
		placeholder: 'e.g. Tell them we saw their missed call and ask how we can help',
		description:
			'What this text is about, in your own words. AI finds the wording. When empty after a Missed Call Trigger: that nobody could take the call, and how you can help.',
	},
	{
		displayName: 'SMS Prompt',
		name: 'smsPrompt',
		type: 'string',
		typeOptions: { rows: 4 },
		displayOptions: { show: AI },
		default: '',
		placeholder: "Leave empty to use the agent's own, from the trigger",
		description:
			'Who writes, for whom and in which tone. Rules for texting are added by the node. When empty, that of the agent is taken from its trigger, also from one in another workflow that is published and keeps conversations in the same place.',
	},
	{
		displayName: 'Conversation So Far',
		name: 'history',
		type: 'options',
		displayOptions: { show: AI },
		default: 'thread',
		options: [
			{
				name: 'From the Thread',
				value: 'thread',
				description: 'What this agent and the contact have texted before',
			},
			{
				name: 'From the Field Below',
				value: 'given',
				description: 'For a conversation that happened elsewhere, such as a phone call',
			},
			{ name: 'None', value: 'none' },
		],
	},
	{
		displayName: 'Texts to Remember',
		name: 'historyMessages',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 200 },
		displayOptions: { show: { ...AI, history: ['thread'] } },
		default: USUAL_HISTORY,
		description: 'How many of the newest texts AI is shown',
	},
	{
		displayName: MESSAGES,
		name: 'messages',
		type: 'json',
		displayOptions: { show: { ...AI, history: ['given'] } },
		default:
			'[\n  { "role": "user", "content": "" },\n  { "role": "assistant", "content": "" }\n]',
		description:
			'The conversation, oldest first. "user" is the contact, "assistant" is you. Entries with "direction" (inbound or outbound) and "body" work too.',
	},
	...fromFields,
	{
		displayName: 'Agent',
		name: 'agentId',
		type: 'string',
		displayOptions: { show: STEP },
		default: '',
		placeholder: 'Leave empty: the agent that was texted',
		description:
			'Whose conversation this text belongs to: the name of an agent. When empty and nobody texted: Assistant.',
		hint: 'To have the answers join this conversation, enter the agent as it is named in the Incoming SMS Trigger. Its SMS Prompt and its numbers are found by that name.',
	},
	...threadStoreFields,
	optionsField,
];

export const credentials: INodeCredentialDescription[] = [
	{ name: TWILIO_CREDENTIAL, displayName: TWILIO_SLOT, required: true },
	modelCredential('openAiCompatible', WITH_AI),
	modelCredential('openAi', WITH_AI),
	...threadStoreCredentials,
];

/** As typed; empty where the conversation decides. */
export interface TypedAddress {
	to: string;
	from: string;
	/** Name or ID. */
	agent: string;
}

/** What AI is to write, as the builder put it. */
export interface TypedBrief {
	instruction: string;
	smsPrompt: string;
	history: { kind: 'thread'; maxMessages: number } | { kind: 'given'; messages: unknown };
}

/** What one item of a step is about. */
export interface SendFields {
	address: TypedAddress;
	/** The words, empty for those of the item; or what AI is told about them. */
	body: string | TypedBrief;
	options: SendOptions;
}

/** Throws InvalidInputError naming the field that cannot be used. */
export function read(context: IExecuteFunctions, itemIndex: number): SendFields {
	const byAi = context.getNodeParameter('mode', itemIndex, 'raw') === 'ai';
	return {
		options: readOptions(context, itemIndex),
		address: readAddress(context, itemIndex),
		body: byAi ? readBrief(context, itemIndex) : textIn(context, itemIndex, 'body'),
	};
}

/** What a model that calls the tool says, to whom, and what it may. */
export interface ToolFields {
	address: TypedAddress;
	body: string;
	allowed: AllowedRecipients;
	options: SendOptions;
}

/** Throws InvalidInputError naming the field that cannot be used. */
export function readAsTool(context: IExecuteFunctions, itemIndex: number): ToolFields {
	return {
		options: readOptions(context, itemIndex),
		address: readAddress(context, itemIndex),
		allowed: readAllowed(context, itemIndex),
		body: textIn(context, itemIndex, 'body'),
	};
}

function readAddress(context: IExecuteFunctions, itemIndex: number): TypedAddress {
	return {
		to: textIn(context, itemIndex, 'to'),
		from: asText(fromIn(context, itemIndex)),
		agent: textIn(context, itemIndex, 'agentId'),
	};
}

function readBrief(context: IExecuteFunctions, itemIndex: number): TypedBrief {
	const parameter = (name: string, fallback: unknown) =>
		context.getNodeParameter(name, itemIndex, fallback) as unknown;
	const history = (): TypedBrief['history'] => {
		switch (parameter('history', 'thread')) {
			case 'given':
				return { kind: 'given', messages: parameter('messages', '[]') };
			case 'none':
				return { kind: 'given', messages: [] };
			default: {
				const maxMessages = parameter('historyMessages', USUAL_HISTORY) as number;
				return { kind: 'thread', maxMessages };
			}
		}
	};
	assertNotWorkedOut(context, itemIndex, 'instruction', 'What to Say');
	assertNotWorkedOut(context, itemIndex, 'smsPrompt', 'SMS Prompt');
	return {
		instruction: textIn(context, itemIndex, 'instruction'),
		smsPrompt: textIn(context, itemIndex, 'smsPrompt'),
		history: history(),
	};
}

/** An expression may give a number, or nothing. */
function textIn(context: IExecuteFunctions, itemIndex: number, name: string): string {
	return asText(context.getNodeParameter(name, itemIndex, ''));
}

/** Text or a number, without blanks around it; empty for anything else. */
export function asText(value: unknown): string {
	if (typeof value === 'string') return value.trim();
	return typeof value === 'number' ? String(value) : '';
}
