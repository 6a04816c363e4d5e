import type { INodeProperties } from 'n8n-workflow';

/** What holds where the builder leaves these options alone. */
export const USUAL_LIMITS = { historyCharacters: 8000, historyMessages: 30 };

/** How much of the earlier conversation a model is shown; options, by the alphabet. */
export const historyOptions: INodeProperties[] = [
	{
		displayName: 'Remember at Most (Characters)',
		name: 'historyCharacters',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: USUAL_LIMITS.historyCharacters,
		description: 'How much of the earlier conversation the model is shown, in characters',
	},
	{
		displayName: 'Remember at Most (Texts)',
		name: 'historyMessages',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 200 },
		default: USUAL_LIMITS.historyMessages,
		description: 'How much of the earlier conversation the model is shown, in texts',
	},
];
