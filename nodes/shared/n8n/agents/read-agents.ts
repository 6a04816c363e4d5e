import type { IDataObject } from 'n8n-workflow';
import { parseAgents, type Agent, type OnText } from '../../messaging/agent';
import type { TriggerContext } from '../host/field-value';

/**
 * At least one. Throws InvalidInputError naming the agent and the field that cannot be used.
 *
 * @param country of numbers without a country code, where the node asks for it.
 */
export function readAgents(context: TriggerContext, country?: string): [Agent, ...Agent[]] {
	const collection = context.getNodeParameter('agents', {}) as IDataObject;
	const entries = (collection['agent'] ?? []) as IDataObject[];
	return parseAgents(
		entries.map((entry) => ({
			id: text(entry['id']),
			name: text(entry['name']),
			smsPrompt: text(entry['smsPrompt']),
			numbers: text(entry['numbers']),
			onText: (entry['onText'] ?? 'reply') as OnText,
			webhookUrl: text(entry['webhookUrl']),
			brand: text(entry['brand']),
			ownersPhones: text(entry['ownersPhones']),
		})),
		country,
	);
}

function text(value: unknown): string {
	return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
