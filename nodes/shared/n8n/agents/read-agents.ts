import type { IDataObject, IHookFunctions } from 'n8n-workflow';
import type { Agent, AgentTask, OnText, OwnersWords } from '../../messaging/agent';
import { parseAgents } from '../../messaging/routing';
import { parseOwnersWords } from '../../owners/commands';
import type { TriggerContext } from '../host/field-value';
import { variableInExpression, workedOut } from '../items/prompt-variables';

/**
 * At least one. Throws InvalidInputError naming the agent and the field that cannot be used.
 *
 * @param country of numbers without a country code, where the node asks for it.
 */
export function readAgents(context: TriggerContext, country?: string): [Agent, ...Agent[]] {
	const collection = context.getNodeParameter('agents', {}) as IDataObject;
	const entries = (collection['agent'] ?? []) as IDataObject[];
	const ownersWords = ownersWordsOf(context);
	return parseAgents(
		entries.map((entry) => ({
			id: text(entry['id']),
			name: text(entry['name']),
			smsPrompt: text(entry['smsPrompt']),
			numbers: text(entry['numbers']),
			share: text(entry['share']),
			tasks: tasksIn(entry['tasks']),
			mayPassTo: text(entry['mayPassTo']),
			onText: (entry['onText'] ?? 'reply') as OnText,
			webhookUrl: text(entry['webhookUrl']),
			brand: text(entry['brand']),
			ownersPhones: text(entry['ownersPhones']),
			ownersPin: text(entry['ownersPin']),
			ownersWords,
			firstText: text(entry['firstText']),
		})),
		country,
	);
}

/**
 * Throws InvalidInputError where the prompt of an agent is an expression, in which n8n would work out
 * variables itself.
 */
export function assertPromptsPlain(context: IHookFunctions): void {
	const raw = context.getNodeParameter('agents', {}, { rawExpressions: true }) as IDataObject;
	const entries = Array.isArray(raw['agent']) ? (raw['agent'] as IDataObject[]) : [];
	for (const [index, { smsPrompt }] of entries.entries()) {
		const found = variableInExpression(smsPrompt);
		if (found !== undefined) throw workedOut(found, `Agent ${index + 1}, SMS Prompt`);
	}
}

/** One set for all agents of the node; undefined for the usual ones. Throws InvalidInputError. */
function ownersWordsOf(context: TriggerContext): OwnersWords | undefined {
	const options = context.getNodeParameter('options', {}) as IDataObject;
	const { words } = (options['ownersCommands'] ?? {}) as { words?: Partial<OwnersWords> };
	return words && parseOwnersWords(words);
}

function tasksIn(typed: unknown): AgentTask[] {
	const { task = [] } = (typed ?? {}) as { task?: IDataObject[] };
	return task.map(({ name, instructions, opening }) => ({
		name: text(name),
		instructions: text(instructions),
		opening: text(opening),
	}));
}

function text(value: unknown): string {
	return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
