import type { INodeProperties, INodePropertyCollection } from 'n8n-workflow';
import { agentsField } from './agents-field';

const OF_TEXTS_ONLY = ['onText', 'webhookUrl'];

/** The same agents as of texts, without what only a text can do. */
export const callAgentsField: INodeProperties = {
	...agentsField,
	description:
		'Who texts the caller. Give an agent the same name (or ID) and numbers as in your Incoming SMS Trigger, and what the caller answers joins the same conversation.',
	options: (agentsField.options as INodePropertyCollection[]).map((collection) => ({
		...collection,
		values: collection.values.filter(({ name }) => !OF_TEXTS_ONLY.includes(name)),
	})),
};
