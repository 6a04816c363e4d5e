import type { IExecuteFunctions } from 'n8n-workflow';
import type { ReplyPlan } from '../shared/replying/reply-turn';
import type { IncomingText } from '../shared/n8n/items/incoming-text';

/** The node's "Options"; what the builder left alone is not there. */
interface ReplyOptions {
	facts?: { fact?: Array<{ name: string; value: unknown }> };
	handoverText?: string;
	historyCharacters?: number;
	historyMessages?: number;
	maxRepliesPerHour?: number;
	maxSegments?: number;
	onModelError?: ReplyPlan['onModelError'];
	rewriteToGsm?: boolean;
	whenLonger?: ReplyPlan['text']['whenLonger'];
}

/** The node's fields as the domain knows them. */
export function replyPlanOf(
	context: IExecuteFunctions,
	itemIndex: number,
	incoming: IncomingText,
): ReplyPlan {
	const options = context.getNodeParameter('options', itemIndex, {}) as ReplyOptions;
	const ownPrompt = context.getNodeParameter('smsPrompt', itemIndex, '') as string;
	return {
		smsPrompt: ownPrompt.trim() === '' ? (incoming.agent.smsPrompt ?? '') : ownPrompt,
		context: factsOf(options),
		history: {
			maxMessages: options.historyMessages ?? 30,
			maxCharacters: options.historyCharacters ?? 8000,
		},
		text: {
			maxSegments: options.maxSegments ?? 2,
			whenLonger: options.whenLonger ?? 'send',
			rewriteToGsm: options.rewriteToGsm ?? true,
		},
		timeZone: context.getTimezone(),
		onModelError: options.onModelError ?? 'needsHuman',
		handoverText: options.handoverText ?? '',
		maxRepliesPerHour: options.maxRepliesPerHour ?? 20,
	};
}

/** A fact without a value says nothing; an empty CRM field must not become "Name: undefined". */
function factsOf({ facts }: ReplyOptions): Record<string, string> {
	const written = (facts?.fact ?? []).map(({ name, value }): [string, string] => [
		name.trim(),
		asText(value),
	]);
	return Object.fromEntries(written.filter(([name, value]) => name !== '' && value !== ''));
}

function asText(value: unknown): string {
	if (value === undefined || value === null) return '';
	return (typeof value === 'string' ? value : JSON.stringify(value)).trim();
}
