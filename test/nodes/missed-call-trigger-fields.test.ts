import { expect, it } from '@jest/globals';
import { NodeHelpers, type INodeParameters } from 'n8n-workflow';
import { MissedCallTrigger } from '../../nodes/MissedCallTrigger/MissedCallTrigger.node';
import { nodeOf } from './support/run-node';

const trigger = new MissedCallTrigger();
const { description } = trigger;

/** Labels of the fields that the editor shows, without those of the options. */
function labelsWith(parameters: INodeParameters): string[] {
	const node = nodeOf({ node: trigger, parameters });
	const { properties } = description;
	const values = NodeHelpers.getNodeParameters(
		properties,
		parameters,
		true,
		true,
		node,
		description,
	);
	return properties
		.filter(({ type }) => type !== 'notice')
		.filter((field) => NodeHelpers.displayParameter(values ?? {}, field, node, description))
		.map(({ displayName }) => displayName);
}

const REST = ['Agents', 'Keep Conversations In', 'Options'];

it.each<[string, string[], INodeParameters]>([
	['four fields and Options when it is dropped', ['Receive Calls On', 'Your Phones'], {}],
	[
		'the numbers too where they are chosen',
		['Receive Calls On', 'Phone Numbers', 'Your Phones'],
		{ receiveOn: 'phoneNumbers' },
	],
	['no phones where nobody is rung', ['Receive Calls On'], { options: { ringNobody: true } }],
	[
		'no phones where another phone system reports the calls',
		['Receive Calls On', 'Call System'],
		{ receiveOn: 'elsewhere', callSystem: 'retell' },
	],
])('shows %s', (_what, first, parameters) => {
	expect(labelsWith(parameters)).toEqual([...first, ...REST]);
});
