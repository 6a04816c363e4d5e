import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LoadOptionsContext } from 'n8n-core';
import { Workflow, type ILoadOptionsFunctions, type INodeParameters } from 'n8n-workflow';
import './support/private-n8n-folder';
import { IncomingSmsTrigger } from '../../nodes/IncomingSmsTrigger/IncomingSmsTrigger.node';
import { triggerOptions } from '../../nodes/IncomingSmsTrigger/fields';
import { DEFAULT_LIMITS } from '../../nodes/shared/threads/thread-limits';
import { additionalDataOf, nodeTypesOf, typeNameOf, WEBHOOK_BASE } from './support/host-stand-in';
import { nodeOf } from './support/run-node';
import { openTriggerBench, type TriggerBench } from './support/trigger-bench';

const trigger = new IncomingSmsTrigger();

function workflowWith(parameters: INodeParameters) {
	const node = nodeOf({ node: trigger, parameters });
	const workflow = new Workflow({
		id: 'workflow-1',
		active: false,
		nodes: [node],
		connections: {},
		nodeTypes: nodeTypesOf({ [typeNameOf(trigger)]: trigger }),
	});
	return { node: workflow.getNode(node.name)!, workflow };
}

describe('outputs', () => {
	const names = (parameters: INodeParameters) => {
		const { node, workflow } = workflowWith(parameters);
		const outputs = workflow.expression.getSimpleParameterValue(
			node,
			trigger.description.outputs as string,
			'internal',
			{},
		) as unknown as Array<{ displayName?: string }>;
		return outputs.map(({ displayName }) => displayName);
	};
	const sales = { name: 'Sales', numbers: '+14155550100' };

	it.each([
		['one without a name', {}, [undefined]],
		[
			'Notify Failed second where an agent notifies',
			{ agents: { agent: [{ name: 'A' }, { ...sales, onText: 'both' }] } },
			['Text', 'Notify Failed'],
		],
		[
			'one per agent after the two that are always there',
			{ separateOutputs: true, agents: { agent: [{ name: 'A' }, sales, { id: 'x' }, {}] } },
			['Unmatched', 'Notify Failed', 'A', 'Sales', 'x', 'Agent 4'],
		],
		[
			'the agent that is there from the start',
			{ separateOutputs: true },
			['Unmatched', 'Notify Failed', 'Assistant'],
		],
	])('are %s', (_what, parameters, expected) => {
		expect(names(parameters as INodeParameters)).toEqual(expected);
	});
});

describe('the options', () => {
	it('show the limits that hold without them', () => {
		const shown = (triggerOptions.options ?? []).map((option) => [
			option.name,
			'default' in option ? option.default : undefined,
		]);
		expect(Object.fromEntries(shown)).toMatchObject(DEFAULT_LIMITS);
	});
});

describe('the list of phone numbers', () => {
	let bench: TriggerBench;

	beforeEach(async () => {
		bench = await openTriggerBench();
	});

	afterEach(async () => {
		await bench.close();
	});

	const load = async (credential: Record<string, string> = {}) => {
		const setup = bench.setup({}, { credential });
		const { workflow, node } = workflowWith({});
		const context = new LoadOptionsContext(
			workflow,
			{ ...node, credentials: setup.settings?.credentials ?? {} },
			additionalDataOf(setup),
			'parameters.phoneNumbers',
		);
		return await trigger.methods.loadOptions.getPhoneNumbers.call(
			context as unknown as ILoadOptionsFunctions,
		);
	};

	it('tells of each number its name and who has its texts now', async () => {
		const { twilio, account } = bench;
		const add = (phoneNumber: string, options = {}) =>
			twilio.addNumber(account.accountSid, { phoneNumber, ...options }).phoneNumber;
		const free = add('+14155550100', { friendlyName: '(415) 555-0100' });
		const crm = add('+14155550101', {
			friendlyName: 'Front desk',
			smsUrl: 'https://crm.example.com/sms?key=secret',
		});
		const app = add('+14155550102', { smsApplicationSid: `AP${'1'.repeat(32)}` });
		const pooled = add('+14155550103');
		add('+14155550104', { capabilities: { sms: false } });
		const here = add('+14155550105', { smsUrl: `${WEBHOOK_BASE}/another/twilio` });
		twilio.addService(account.accountSid, {
			friendlyName: 'Marketing',
			useInboundWebhookOnNumber: false,
			numbers: ['+14155550103'],
		});
		const numbers = await load();
		expect(numbers.sort((one, other) => one.name.localeCompare(other.name))).toEqual([
			{ name: '+14155550100', value: free, description: 'Free: nothing receives its texts' },
			{
				name: '+14155550101 (Front desk)',
				value: crm,
				description: 'Its texts go to crm.example.com/sms',
			},
			{
				name: '+14155550102',
				value: app,
				description: `Its texts go to the TwiML App AP${'1'.repeat(32)}`,
			},
			{
				name: '+14155550103',
				value: pooled,
				description: 'Its texts go to the Messaging Service "Marketing"',
			},
			{
				name: '+14155550105',
				value: here,
				description:
					'Its texts go to a workflow of this n8n: n8n.example/webhook/another/twilio',
			},
		]);
	});

	it('goes on where Twilio answers page by page', async () => {
		for (let index = 0; index < 205; index++) {
			bench.twilio.addNumber(bench.account.accountSid, {
				phoneNumber: `+1415555${String(index).padStart(4, '0')}`,
			});
		}
		expect(await load()).toHaveLength(205);
	});

	it('says what went wrong instead of being empty', async () => {
		await expect(load({ authToken: 'wrong' })).rejects.toMatchObject({
			description: expect.stringContaining('Twilio error 20003') as unknown as string,
		});
	});
});
