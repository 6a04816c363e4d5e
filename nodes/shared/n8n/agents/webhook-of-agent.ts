import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { agentIdFromName } from '../../messaging/agent';
import { triggersBefore } from '../items/trigger-item';

/**
 * The web address that an agent tells of its texts, as a trigger before this node has it; undefined
 * where it has none, and in a sub-workflow, which does not see the trigger.
 */
export function webhookOfAgent(
	context: IExecuteFunctions,
	agentId: string,
	itemIndex: number,
): URL | undefined {
	// n8n shows a trigger's parameters as they were written: an expression begins with "=".
	const text = (value: unknown): string => {
		const written = typeof value === 'string' ? value : '';
		if (!written.startsWith('=')) return written.trim();
		const found = context.evaluateExpression(written.slice(1), itemIndex);
		return typeof found === 'string' ? found.trim() : '';
	};
	for (const { parameters } of triggersBefore(context)) {
		const { agent: entries = [] } = (parameters?.['agents'] ?? {}) as {
			agent?: IDataObject[];
		};
		const agent = entries.find(
			({ id, name }) => (text(id) || agentIdFromName(text(name))) === agentId,
		);
		if (!agent || !['notify', 'both'].includes(text(agent['onText']))) continue;
		const url = text(agent['webhookUrl']);
		if (/^https?:/i.test(url) && URL.canParse(url)) return new URL(url);
	}
	return undefined;
}
