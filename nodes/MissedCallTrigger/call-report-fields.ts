import type { INodeProperties } from 'n8n-workflow';
import type { CallSystem } from '../shared/calls/call-report';
import { textOf, type TriggerContext } from '../shared/n8n/host/field-value';
import { ELSEWHERE } from './ringing-fields';

const REPORTED = { receiveOn: [ELSEWHERE] };
const CUSTOM = { ...REPORTED, callSystem: ['custom'] };

const callSystem: INodeProperties = {
	displayName: 'Call System',
	name: 'callSystem',
	type: 'options',
	default: 'custom',
	displayOptions: { show: REPORTED },
	options: [
		{
			name: 'Another System',
			value: 'custom',
			description: 'Anything that posts JSON or a form after a call; you name the fields',
		},
		{
			name: 'Retell',
			value: 'retell',
			description: 'Calls of a Retell agent that the person called did not take',
		},
		{
			name: 'Vapi',
			value: 'vapi',
			description: 'Calls of a Vapi assistant that the person called did not take',
		},
	],
};

const callReportNotice: INodeProperties = {
	displayName:
		'In the other system, enter the <b>Production URL</b> under Webhook URLs above as the webhook for ended calls (POST). It must prove itself with the <b>Call Report Secret</b> of the Twilio credential, sent as <code>Authorization: Bearer</code> or in the header <code>X-Webhook-Secret</code>. Retell signs with your API key: enter that as the secret.',
	name: 'callReportNotice',
	type: 'notice',
	default: '',
	displayOptions: { show: REPORTED },
};

const contactField: INodeProperties = {
	displayName: "Field With the Contact's Number",
	name: 'contactField',
	type: 'string',
	default: 'from',
	required: true,
	displayOptions: { show: CUSTOM },
	description:
		'Where the report has the number of the person to text. Dots lead into nested data: call.from.',
};

const calledField: INodeProperties = {
	displayName: 'Field With Your Number',
	name: 'calledField',
	type: 'string',
	default: 'to',
	displayOptions: { show: CUSTOM },
	description: 'Where the report has the number that was called. It decides on the agent.',
};

const callIdField: INodeProperties = {
	displayName: "Field With the Call's ID",
	name: 'callIdField',
	type: 'string',
	default: 'call_id',
	required: true,
	displayOptions: { show: CUSTOM },
	description: 'By it a report that comes twice counts once',
};

const statusField: INodeProperties = {
	displayName: 'Field That Tells Missed From Taken',
	name: 'statusField',
	type: 'string',
	default: 'status',
	required: true,
	displayOptions: { show: CUSTOM },
};

const missedValues: INodeProperties = {
	displayName: 'Missed When It Is',
	name: 'missedValues',
	type: 'string',
	default: 'no-answer, busy, failed, canceled',
	required: true,
	displayOptions: { show: CUSTOM },
	description: 'The values of that field that mean nobody took the call, separated by commas',
};

/** How another phone system reports a call that has ended. */
export const callReportFields: INodeProperties[] = [
	callSystem,
	callReportNotice,
	contactField,
	calledField,
	callIdField,
	statusField,
	missedValues,
];

/** Whose reports come in, and where they have what we need. */
export function readCallSystem(context: TriggerContext): CallSystem {
	const system = textOf(context, callSystem);
	if (system === 'retell' || system === 'vapi') return system;
	return {
		contact: textOf(context, contactField),
		called: textOf(context, calledField),
		callId: textOf(context, callIdField),
		status: textOf(context, statusField),
		missed: textOf(context, missedValues).split(','),
	};
}
