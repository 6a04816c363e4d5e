import { createHash } from 'node:crypto';
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { TASK, taskOf } from '../shared/contacts/task';
import type { AgentTask } from '../shared/messaging/agent';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import { parseCountry } from '../shared/messaging/phone-number';
import { DEFAULT_COUNTRY } from '../shared/n8n/agents/default-country-option';
import { conversationOf, type Conversation } from '../shared/n8n/items/conversation';
import { fitText } from '../shared/sending/fit-text';
import { parseMediaUrls, parseStatusCallback } from '../shared/twilio/api/messages';
import { addressingOf, type Addressing, type AddressSources } from './addressing';
import { cleanedWords, givenWords, type GivenWords } from './body';
import { read, type TypedBrief } from './fields';
import { MEDIA_URLS, STATUS_CALLBACK, type SendOptions } from './options';
import { MESSAGE } from './tool/tool-fields';

export interface FittedWords extends GivenWords {
	/** As they can be sent. Throws InvalidInputError or NotWrittenError where they cannot. */
	fitted: () => string;
}

/** What one item asks for, read from its fields: nothing was sent. */
export interface PlannedText {
	itemIndex: number;
	item: INodeExecutionData;
	conversation: Conversation | undefined;
	addressing: Addressing;
	options: UsableOptions;
	/** What the text begins. */
	task?: AgentTask;
	/** The words; or what AI is told about them. */
	words: FittedWords | { brief: TypedBrief };
}

/** Rejects with InvalidInputError naming the field that cannot be used, StoreUnavailableError. */
export async function planText(
	context: IExecuteFunctions,
	{ account, agents }: Pick<AddressSources, 'account' | 'agents'>,
	item: INodeExecutionData,
	itemIndex: number,
): Promise<PlannedText> {
	const fields = read(context, itemIndex);
	const options = usable(fields.options);
	const conversation = conversationOf(context, item, itemIndex);
	const { address, body } = fields;
	const { country } = options;
	const needsPrompt = typeof body !== 'string' && body.smsPrompt === '';
	const needsTask = options.task !== '';
	const sources = { account, agents, conversation, country, needsPrompt, needsTask };
	const addressing = await addressingOf(context, address, sources);
	const task = needsTask ? taskFor(options, addressing) : undefined;
	const words =
		typeof body === 'string'
			? fittedWords(wordsOf(body || (task?.opening ?? ''), item, options), options)
			: { brief: body };
	const planned = { itemIndex, item, conversation, addressing, options, words };
	return task ? { ...planned, task } : planned;
}

/** Throws InvalidInputError where the agent has no such task, or the text cannot begin it. */
function taskFor(
	{ task, sendAt, speaks }: UsableOptions,
	{ agent, record }: Addressing,
): AgentTask {
	const refused = (cause: string, fix: string) =>
		new InvalidInputError({ field: TASK, cause, fix });
	if (sendAt) {
		const why = 'Send At is set too, so the task would begin before its text goes out';
		throw refused(
			why,
			'Take one of the two away; a Wait node before this one can wait instead.',
		);
	}
	if (speaks.person !== undefined) {
		const why = 'the text is sent as a person, who then has the conversation';
		throw refused(why, 'Take one of the two options away.');
	}
	return taskOf(record, agent.name, task);
}

/** What a person has written stays as it is, also where it comes with the item. */
function wordsOf(
	typed: string,
	item: INodeExecutionData,
	{ mediaUrls, speaks }: UsableOptions,
): GivenWords {
	const given = givenWords(typed, item, mediaUrls);
	return speaks.person ? { ...given, author: 'operator', written: '', isAnswer: false } : given;
}

/** They are fitted once, when they are first asked for. */
function fittedWords(words: GivenWords, { text }: UsableOptions): FittedWords {
	let fitted: string | undefined;
	return {
		...words,
		fitted: () => (fitted ??= fitText(cleanedWords(words), text, words.author, MESSAGE)),
	};
}

/** Two texts of one list to one contact that say the same about the same are one. */
export function sameText({ words, options, conversation }: PlannedText): string {
	const { mediaUrls, sendAt, oncePer, task } = options;
	const said =
		'brief' in words
			? {
					...words.brief,
					instruction: words.brief.instruction || conversation?.topic,
					facts: options.facts,
				}
			: words.body;
	const parts = JSON.stringify([said, mediaUrls, oncePer, sendAt?.getTime() ?? null, task]);
	return createHash('sha256').update(parts).digest('base64');
}

export type UsableOptions = ReturnType<typeof usable>;

/** The options by the rules of phone numbers and of Twilio. Throws InvalidInputError. */
export function usable({ defaultCountry, mediaUrls, statusCallback, ...others }: SendOptions) {
	return {
		...others,
		country: parseCountry(defaultCountry, DEFAULT_COUNTRY),
		mediaUrls: parseMediaUrls(mediaUrls, MEDIA_URLS),
		statusCallback: parseStatusCallback(statusCallback, STATUS_CALLBACK),
	};
}
