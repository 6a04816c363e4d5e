import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import type { ActingLimits } from '../../acting/tool';
import { withUsual, type Given } from '../host/with-usual';

/** What the option is called, as errors name it. */
export const LOOK_UPS = 'Look-Up Tools';

const USUAL = { maxToolCalls: 8, toolTimeout: 30, lookUpTools: '' };

/** A JavaScript expression for the node's `inputs`. */
export const TOOLS_INPUT = '{ "type": "ai_tool", "displayName": "Tools" }';

/** For the node's "Options" collection. */
export const toolOptions: INodeProperties[] = [
	{
		displayName: 'Tool Calls per Reply',
		name: 'maxToolCalls',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 30 },
		default: USUAL.maxToolCalls,
		description:
			'How often the model may call connected tools for one reply. When it wants more, the text goes to Hand Over.',
	},
	{
		displayName: 'Tool Time-Out (Seconds)',
		name: 'toolTimeout',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 120 },
		default: USUAL.toolTimeout,
		description:
			'How long one call of a tool may take. A booking that gives no answer in time may have happened: it is not tried again, and the text goes to Hand Over.',
	},
	{
		displayName: LOOK_UPS,
		name: 'lookUpTools',
		type: 'string',
		default: USUAL.lookUpTools,
		placeholder: 'e.g. Free Times, Price List',
		description:
			'Names of connected tools that change nothing anywhere, with commas between them. They may be called again as often as the model likes; every other tool does the same thing once only per reply.',
	},
];

/** How the connected tools are used: how far, and which change nothing, by their names as typed. */
export function readTools(
	context: IExecuteFunctions,
	itemIndex: number,
): { limits: ActingLimits; lookUps: readonly string[] } {
	const given = context.getNodeParameter('options', itemIndex, {}) as Given<typeof USUAL>;
	const { maxToolCalls, toolTimeout, lookUpTools } = withUsual(USUAL, given);
	const names = lookUpTools.split(/[,\n]/).map((name) => name.trim());
	return {
		limits: { maxCalls: maxToolCalls, callTimeoutMs: toolTimeout * 1_000 },
		lookUps: names.filter((name) => name !== ''),
	};
}
