import type { IDataObject, IDisplayOptions, INodeProperties } from 'n8n-workflow';
import type { Idling } from '../../remembering/idle';

const HOUR_MS = 3_600_000;
const USUAL_HOURS = 24;

const TEXT = 'idleText';
const TEXT_HOURS = 'idleTextHours';
const CLOSE_HOURS = 'idleCloseHours';

/** For the "Options" collection of Agent Reply. Off until they are added. */
export function idleOptions(whereItSends: IDisplayOptions): INodeProperties[] {
	return [
		{
			displayName: 'If Silent: Close (Hours)',
			name: CLOSE_HOURS,
			type: 'number',
			noDataExpression: true,
			typeOptions: { minValue: 1, maxValue: 720 },
			default: USUAL_HOURS,
			description:
				'Closes a conversation once nobody has texted for so many hours, counted from the text of If Silent: Text where that is set. The next text of the contact opens it again. One in which the contact waits for a person, or that a person has, stays open.',
		},
		{
			displayName: 'If Silent: Text',
			name: TEXT,
			type: 'string',
			typeOptions: { rows: 2 },
			displayOptions: whereItSends,
			default: '',
			placeholder: 'e.g. Are you still there? I am happy to help.',
			description:
				'Sent once, in exactly these words, to a contact who has not texted again after a reply of the agent. No model is asked. The trigger starts the workflow for it, and the item leaves at No Reply. Leave empty to send nothing.',
		},
		{
			displayName: 'If Silent: Text (Hours)',
			name: TEXT_HOURS,
			type: 'number',
			noDataExpression: true,
			typeOptions: { minValue: 1, maxValue: 720 },
			displayOptions: whereItSends,
			default: USUAL_HOURS,
			description:
				'How long a contact must have been silent before If Silent: Text is sent. One that would come more than twice as late, since n8n was down, is not sent.',
		},
	];
}

/** What the options say; the words may be an expression, the hours are none. */
export function idlingIn(options: IDataObject, isSent: boolean): Idling {
	const isOn = isSent && wordsIn(options) !== '';
	const close = options[CLOSE_HOURS];
	return {
		...(isOn ? { textMs: msOf(options[TEXT_HOURS]) } : {}),
		...(typeof close === 'number' && close > 0 ? { closeMs: close * HOUR_MS } : {}),
	};
}

/** What a silent contact is asked, and after how many milliseconds; undefined for nobody. */
export function idleTextIn(options: IDataObject): { words: string; afterMs: number } | undefined {
	const words = wordsIn(options);
	return words === '' ? undefined : { words, afterMs: msOf(options[TEXT_HOURS]) };
}

function wordsIn({ [TEXT]: words }: IDataObject): string {
	return typeof words === 'string' ? words.trim() : '';
}

function msOf(hours: unknown): number {
	return (typeof hours === 'number' && hours > 0 ? hours : USUAL_HOURS) * HOUR_MS;
}
