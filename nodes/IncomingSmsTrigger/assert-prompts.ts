import type { IHookFunctions, INodeParameters } from 'n8n-workflow';
import type { Agent } from '../shared/messaging/agent';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import { namesBehind, runningAfter } from '../shared/n8n/host/connected-to';
import { outputsFor } from './outputs';

/** They pass an item on as it is; any other node between may write the prompt into it. */
const WRITES_NOTHING = /Trigger$|^n8n-nodes-base\.(filter|if|noOp|switch|wait)$/;

/**
 * Throws InvalidInputError where texts to an agent without SMS Prompt come to an Agent Reply that has
 * none either. An n8n that does not tell what is behind the trigger publishes it all the same.
 */
export function assertPrompts(
	context: IHookFunctions,
	agents: readonly Agent[],
	separateOutputs: boolean,
): void {
	for (const [index, agent] of agents.entries()) {
		if (agent.onText === 'notify' || agent.smsPrompt.trim() !== '') continue;
		const route = { agent, index, matchedBy: 'number' as const };
		const silent = replyWithoutPrompt(context, outputsFor(route, separateOutputs).text);
		if (silent === undefined) continue;
		throw new InvalidInputError({
			field: `Agent ${index + 1} (${agent.name}), SMS Prompt`,
			cause: `it is empty, and so is SMS Prompt in "${silent}", which is to answer the texts to this agent: it would not know who it is or what to say`,
			fix: `Describe the agent in a few sentences, here or in "${silent}".`,
		});
	}
}

/** The name of an Agent Reply behind the output that needs the agent's prompt. */
function replyWithoutPrompt(context: IHookFunctions, output: number): string | undefined {
	const behind = namesBehind(context, output) ?? [];
	return runningAfter(context, 'agentReply')
		.filter(({ name }) => behind.includes(name))
		.filter(({ parameters }) => parameters !== undefined && isWithoutPrompt(parameters))
		.find(({ name }) =>
			context.getParentNodes(name).every(({ type }) => WRITES_NOTHING.test(type)),
		)?.name;
}

function isWithoutPrompt({ smsPrompt = '' }: INodeParameters): boolean {
	return typeof smsPrompt === 'string' && smsPrompt.trim() === '';
}
