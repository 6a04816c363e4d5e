import type { INodeProperties } from 'n8n-workflow';

const FORWARD = { callSource: ['forward'] };
const AT_TWILIO = { callSource: ['forward', 'message'] };

/** How long a phone rings, in seconds: shorter than most voicemails wait. */
export const RING_SECONDS = 18;

/** How long a caller may speak, in seconds. */
export const VOICEMAIL_SECONDS = 120;

/** What who takes a call hears before it is connected. */
export const QUESTION = 'You have a call. Press any key to take it.';

/** What happens while a call comes in, and what the caller hears. */
export const ringingFields: INodeProperties[] = [
	{
		displayName: 'Your Phones',
		name: 'phones',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. +14155550123',
		displayOptions: { show: FORWARD },
		description:
			'The phone that rings when somebody calls, with country code. Separate several with commas.',
	},
	{
		displayName: 'Ring Several Phones',
		name: 'ringOrder',
		type: 'options',
		default: 'together',
		displayOptions: { show: FORWARD },
		options: [
			{
				name: 'At the Same Time',
				value: 'together',
				description: 'Who takes the call first has it',
			},
			{ name: 'One After the Other', value: 'inTurn', description: 'In the order above' },
		],
	},
	{
		displayName: 'Ring For (Seconds)',
		name: 'ringSeconds',
		type: 'number',
		typeOptions: { minValue: 5, maxValue: 120 },
		default: RING_SECONDS,
		displayOptions: { show: FORWARD },
		description:
			'How long a phone rings before the call counts as missed. Keep it shorter than your voicemail waits, usually 20 to 30 seconds.',
	},
	{
		displayName: 'Number Shown on Your Phone',
		name: 'callerId',
		type: 'options',
		default: 'caller',
		displayOptions: { show: FORWARD },
		options: [
			{ name: "The Caller's", value: 'caller', description: 'So that you see who calls' },
			{
				name: 'Your Twilio Number',
				value: 'business',
				description: 'So that you see it is a call to the business',
			},
		],
	},
	{
		displayName: 'Press a Key to Take the Call',
		name: 'acceptByKey',
		type: 'boolean',
		default: true,
		displayOptions: { show: FORWARD },
		description:
			'Whether you take a call by pressing any key, after a short question. A voicemail presses none, so a call that it picks up counts as missed. When off, your voicemail may take the call, and the workflow does not start.',
	},
	{
		displayName: 'Say to the Caller',
		name: 'goodbye',
		type: 'string',
		typeOptions: { rows: 2 },
		default: 'Sorry, we cannot take your call right now. We will text you in a moment.',
		displayOptions: { show: { ...AT_TWILIO, voicemail: [false] } },
		description:
			'Spoken when nobody takes the call; then Twilio hangs up. Leave it empty to say nothing.',
	},
	{
		displayName: 'Take a Voicemail',
		name: 'voicemail',
		type: 'boolean',
		default: false,
		displayOptions: { show: AT_TWILIO },
		description:
			'Whether callers can leave a spoken message when nobody takes the call. The workflow then starts when they have spoken or hung up, with the address and the length of the recording.',
	},
	{
		displayName: 'Voicemail Greeting',
		name: 'greeting',
		type: 'string',
		typeOptions: { rows: 2 },
		default:
			'Sorry, we cannot take your call right now. Please leave a message after the tone. We will text you.',
		displayOptions: { show: { ...AT_TWILIO, voicemail: [true] } },
		description: 'Spoken before the tone',
	},
];
