import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { NodeConnectionTypes, type INodeType } from 'n8n-workflow';
import { OpenAiCompatibleApi } from '../../credentials/OpenAiCompatibleApi.credentials';
import { TwilioMessagingApi } from '../../credentials/TwilioMessagingApi.credentials';
import { AgentReply } from '../../nodes/AgentReply/AgentReply.node';
import { SendSms } from '../../nodes/SendSms/SendSms.node';
import { nodeOf, runWorkflow } from './support/run-node';
import { openSendSmsBench, type SendSmsBench } from './support/send-sms-bench';

const WAIT = 'n8n-nodes-base.wait';

let bench: SendSmsBench;
beforeAll(async () => {
	bench = await openSendSmsBench();
});
beforeEach(() => bench.reset());
afterAll(() => bench.close());

/** It lets items through: here it matters that it is there, not that it waits. */
const wait: INodeType = {
	description: {
		displayName: 'Wait',
		name: 'wait',
		group: ['transform'],
		version: 1,
		description: 'Wait',
		defaults: { name: 'Wait' },
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		properties: [
			{ displayName: 'Amount', name: 'amount', type: 'number', default: 1 },
			{ displayName: 'Unit', name: 'unit', type: 'string', default: 'hours' },
		],
	},
	async execute() {
		return [this.getInputData()];
	},
};

async function hintsOf(node: INodeType, unit: string): Promise<unknown[]> {
	const ours = nodeOf({
		node,
		credentials: bench.credentials,
		parameters: { model: { __rl: true, mode: 'id', value: 'emulated-small' }, body: 'Hello' },
	});
	const pause = { ...nodeOf({ node: wait, name: 'A pause', parameters: { unit } }), id: 'wait' };
	const done = await runWorkflow({
		nodes: [ours, { ...pause, type: WAIT }],
		types: { [ours.type]: node, [WAIT]: wait },
		connections: {
			[ours.name]: {
				main: [[{ node: pause.name, type: NodeConnectionTypes.Main, index: 0 }]],
			},
		},
		start: ours.name,
		items: [bench.incoming()],
		credentials: bench.credentials,
		credentialTypes: [new TwilioMessagingApi(), new OpenAiCompatibleApi()],
		workflowId: crypto.randomUUID(),
	});
	expect(done.error).toBeUndefined();
	return done.tasksOf(ours.name)[0]?.hints ?? [];
}

it.each([
	['Agent Reply', () => new AgentReply()],
	['Send SMS', () => new SendSms()],
])('%s tells of a long Wait after it, whatever that is called', async (_, create) => {
	expect(await hintsOf(create(), 'hours')).toMatchObject([
		{ type: 'warning', message: expect.stringContaining('Keep Conversations In') },
	]);
	expect(await hintsOf(create(), 'seconds')).toEqual([]);
});
