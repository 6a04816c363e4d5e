import type { INodeCredentialDescription, INodeProperties } from 'n8n-workflow';
import { historyOptions } from '../shared/n8n/models/history-options';
import {
	threadStoreCredentials,
	threadStoreFields,
} from '../shared/n8n/stores/thread-store-fields';

export const THREAD_ID = 'Thread ID';

export const properties: INodeProperties[] = [
	{
		displayName:
			'The agent reads the conversation with whoever texted or called. It keeps what <b>Send SMS</b> really sends; this node writes nothing.',
		name: 'readOnlyNotice',
		type: 'notice',
		default: '',
	},
	...threadStoreFields,
	{
		displayName: THREAD_ID,
		name: 'threadId',
		type: 'string',
		default: '',
		placeholder: 'Leave empty for the run of a text or call',
		description:
			'Where no such trigger stands before the agent, as in a sub-workflow: which conversation, as the field "threadId" of an item of SMS Agent, Send SMS or a trigger has it',
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		options: historyOptions,
	},
];

export const credentials: INodeCredentialDescription[] = threadStoreCredentials;
