import { describe, expect, it } from '@jest/globals';
import { Workflow, type INodeParameters, type INodeType } from 'n8n-workflow';
import { AgentReply } from '../../nodes/AgentReply/AgentReply.node';
import { IncomingSmsTrigger } from '../../nodes/IncomingSmsTrigger/IncomingSmsTrigger.node';
import { MissedCallTrigger } from '../../nodes/MissedCallTrigger/MissedCallTrigger.node';
import { SendSms } from '../../nodes/SendSms/SendSms.node';
import { nodeTypesOf } from './support/host-stand-in';
import { nodeOf } from './support/run-node';

/** As the editor works it out for the canvas. */
function subtitleOf(node: INodeType, parameters: INodeParameters): unknown {
	const on = nodeOf({ node, parameters });
	const nodeTypes = nodeTypesOf({ [on.type]: node });
	const workflow = new Workflow({ nodes: [on], connections: {}, active: false, nodeTypes });
	const found = workflow.getNode(on.name);
	if (!found) throw new Error('The node is gone.');
	return workflow.expression.getSimpleParameterValue(
		found,
		node.description.subtitle,
		'internal',
		{},
	);
}

const agents = (...names: string[]) => ({ agent: names.map((name) => ({ name })) });

describe('the subtitle of Incoming SMS Trigger', () => {
	const on = (phoneNumbers: string[]) => ({ receiveOn: 'phoneNumbers', phoneNumbers });
	it.each<[string, INodeParameters]>([
		['+14155550111 · Front Desk', { ...on(['+14155550111']), agents: agents('Front Desk') }],
		['1 number · Front Desk', { ...on([`PN${'1'.repeat(32)}`]), agents: agents('Front Desk') }],
		['2 numbers · 3 agents', { ...on(['+1', '+2']), agents: agents('A', 'B', 'C') }],
		['No number yet · Front Desk', { ...on([]), agents: agents('Front Desk') }],
		[
			'Messaging Service · Front Desk',
			{ receiveOn: 'messagingService', agents: agents('Front Desk') },
		],
		['Set up by hand · Front Desk', { receiveOn: 'manual', agents: agents('Front Desk') }],
		['Front Desk', { receiveOn: 'automatic', agents: agents('Front Desk') }],
	])('is %s', (words, parameters) => {
		expect(subtitleOf(new IncomingSmsTrigger(), parameters)).toBe(words);
	});
});

it('the subtitle of Missed Call Trigger says who is rung', () => {
	const of = (parameters: INodeParameters) => subtitleOf(new MissedCallTrigger(), parameters);
	expect(of({ phones: '+14155550777' })).toBe('Rings +14155550777');
	expect(of({})).toBe('Rings your phone');
	expect(of({ options: { ringNobody: true } })).toBe('Rings nobody');
});

it('the subtitle of Send SMS says who is texted, and by whom', () => {
	expect(subtitleOf(new SendSms(), {})).toBe('Texts the contact');
	expect(subtitleOf(new SendSms(), { mode: 'ai', to: '+14155550123' })).toBe(
		'AI texts +14155550123',
	);
});

it('the subtitle of Agent Reply says whether it sends, and what writes', () => {
	const of = (parameters: INodeParameters) => subtitleOf(new AgentReply(), parameters);
	const model = { __rl: true, mode: 'list', value: 'emulated-small' };
	expect(of({ model })).toBe('Sends · emulated-small');
	expect(of({ delivery: 'compose' })).toBe('Writes · gpt-4.1-mini');
	expect(of({ modelSource: 'chatModel' })).toBe('Sends · connected model');
});
