import type { IDisplayOptions, INodeProperties } from 'n8n-workflow';
import type { ReplyPlan } from '../shared/replying/reply-turn';

/** What holds where the builder leaves these options alone. */
export const USUAL_ON_FAILURE = {
	onModelError: 'tryAgain' as ReplyPlan['onModelError'],
	keepTryingMinutes: 120,
};

/** What becomes of a turn when the model or Twilio is down. */
export function failureOptions(whereItSends: IDisplayOptions): INodeProperties[] {
	return [
		{
			displayName: 'If the AI Fails',
			name: 'onModelError',
			type: 'options',
			default: USUAL_ON_FAILURE.onModelError,
			description:
				'When the model does not answer, refuses or gives something unusable. The contact never sees it. Try Again is for what may pass (no answer, too many requests, an outage): the trigger starts the turn again. What does not pass, such as a wrong key, is handed over at once.',
			options: [
				{
					name: 'Fail',
					value: 'throw',
					description: "Then n8n's own settings for errors and retries apply",
				},
				{ name: 'Hand Over at Once', value: 'needsHuman' },
				{
					name: 'Try Again, Then Hand Over',
					value: 'tryAgain',
					description: 'After 1, 3 and 10 minutes; then the item goes to Hand Over',
				},
			],
		},
		{
			displayName: 'Keep Trying For (Minutes)',
			name: 'keepTryingMinutes',
			type: 'number',
			typeOptions: { minValue: 0, maxValue: 720 },
			displayOptions: whereItSends,
			default: USUAL_ON_FAILURE.keepTryingMinutes,
			description:
				'When Twilio does not take a reply for a reason that passes (an outage, too many texts at once), the trigger has the same words sent later, again and again, for so long. Then the item goes to Hand Over. 0 fails at once instead.',
		},
	];
}
