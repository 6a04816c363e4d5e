import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import type { HistoryLimits } from '../../composing/history';
import { withUsual, type Given } from '../host/with-usual';

/** What holds where the builder leaves these options alone. */
const USUAL = { historyCharacters: 8000, historyMessages: 30 };

/** How much of the earlier conversation a model is shown; options, by the alphabet. */
export const historyOptions: INodeProperties[] = [
	{
		displayName: 'Remember at Most (Characters)',
		name: 'historyCharacters',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: USUAL.historyCharacters,
		description: 'How much of the earlier conversation the model is shown, in characters',
	},
	{
		displayName: 'Remember at Most (Texts)',
		name: 'historyMessages',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 200 },
		default: USUAL.historyMessages,
		description: 'How much of the earlier conversation the model is shown, in texts',
	},
];

export function readHistoryLimits(context: IExecuteFunctions, itemIndex: number): HistoryLimits {
	const given = context.getNodeParameter('options', itemIndex, {}) as Given<typeof USUAL>;
	const { historyMessages, historyCharacters } = withUsual(USUAL, given);
	return { maxMessages: historyMessages, maxCharacters: historyCharacters };
}
