import type { INode } from 'n8n-workflow';
import type { WorkflowDefinition } from '../../../harness/n8n-client';
import { triggerIn } from '../../../harness/two-way-agent';
import { inARow } from '../../../harness/workflow-nodes';
import { openAiChatModel } from './acting-agent';
import type { E2eFixture } from './e2e-fixture';

/** A workflow in which n8n's own AI Agent answers texts, with these nodes as its tools. */
export async function aiAgentWith(
	fixture: E2eFixture,
	tools: readonly INode[],
): Promise<WorkflowDefinition> {
	const data = { apiKey: 'emulated-key', url: fixture.model.apiUrl };
	const openAiApi = await fixture.addCredential('openAiApi', data);
	const model = openAiChatModel(openAiApi);
	const agent: INode = {
		id: 'agent',
		name: 'AI Agent',
		type: '@n8n/n8n-nodes-langchain.agent',
		typeVersion: 3,
		position: [200, 0],
		parameters: {},
	};
	const toAgent = (type: 'ai_languageModel' | 'ai_tool') => ({
		[type]: [[{ node: agent.name, type, index: 0 }]],
	});
	return {
		name: 'AI Agent with tools',
		nodes: [triggerIn(fixture), agent, model, ...tools],
		connections: {
			...inARow('Incoming SMS Trigger', agent.name),
			[model.name]: toAgent('ai_languageModel'),
			...Object.fromEntries(tools.map(({ name }) => [name, toAgent('ai_tool')])),
		},
	};
}
