import { expect, it } from '@jest/globals';
import { agentsField } from '../../../nodes/shared/n8n/agents/agents-field';
import { agentIdFromName, DEFAULT_AGENT_NAME } from '../../../nodes/shared/messaging/agent';

it('is the agent that the trigger has from the start, so that answers join its threads', () => {
	expect(agentsField.default).toEqual({ agent: [{ name: DEFAULT_AGENT_NAME }] });
	expect(agentIdFromName(DEFAULT_AGENT_NAME)).toBe('assistant');
});
