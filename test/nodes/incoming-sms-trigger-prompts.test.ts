import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { IConnections, INode, INodeParameters } from 'n8n-workflow';
import { AgentReply } from '../../nodes/AgentReply/AgentReply.node';
import { SendSms } from '../../nodes/SendSms/SendSms.node';
import { nodeOfN8n } from './support/behind-trigger';
import { webhookHooks, type WebhookSetup } from './support/call-webhook';
import { nodeOf } from './support/run-node';
import { openTriggerBench, type TriggerBench } from './support/trigger-bench';

let bench: TriggerBench;
beforeAll(async () => {
	bench = await openTriggerBench();
});
afterAll(() => bench.close());

interface Behind {
	/** Names by the output of the trigger that leads to them; a filter or field editor leads on to Reply. */
	outputs: string[][];
	reply?: INodeParameters;
	disabled?: boolean;
}

/** What n8n says where the workflow is published; undefined where it is. */
async function refusal(
	parameters: INodeParameters,
	{ outputs, reply = {}, disabled = false }: Behind,
	more: Partial<WebhookSetup> = {},
): Promise<string | undefined> {
	const [filter, set] = [nodeOfN8n('filter'), nodeOfN8n('set')];
	const nodes: INode[] = [
		nodeOf({
			node: new AgentReply(),
			name: 'Reply',
			parameters: reply,
			settings: { disabled },
		}),
		nodeOf({ node: new SendSms(), name: 'Send' }),
		{ ...nodeOf({ node: filter, name: 'Filter' }), type: 'n8n-nodes-base.filter' },
		{ ...nodeOf({ node: set, name: 'Edit Fields' }), type: 'n8n-nodes-base.set' },
	].map((node, index) => ({ ...node, id: `behind-${index}` }));
	const to = (node: string) => ({ node, type: 'main' as const, index: 0 });
	const between = ['Filter', 'Edit Fields'].filter((name) => outputs.flat().includes(name));
	const connections: IConnections = {
		'Incoming SMS Trigger': { main: outputs.map((names) => names.map(to)) },
		...Object.fromEntries(between.map((name) => [name, { main: [[to('Reply')]] }])),
	};
	const types = {
		[nodes[0]!.type]: new AgentReply(),
		[nodes[1]!.type]: new SendSms(),
		'n8n-nodes-base.filter': filter,
		'n8n-nodes-base.set': set,
	};
	const setup = bench.setup(
		{ receiveOn: 'manual', ...parameters },
		{ around: { nodes, types, connections }, ...more },
	);
	return await webhookHooks(setup)
		.checkExists()
		.then(
			() => undefined,
			(error: unknown) => String(error),
		);
}

const agents = (...agent: INodeParameters[]) => ({ agents: { agent } });
const AVA = { name: 'Ava', smsPrompt: 'You are Ava.', numbers: '+14155550101' };
const BO = { name: 'Bo', smsPrompt: ' ', numbers: '' };
const APART = { ...agents(AVA, BO), separateOutputs: true };

it('refuses an agent that nobody has described, and names agent, field and the way out', async () => {
	const said = await refusal(agents(AVA, BO), { outputs: [['Reply']] });
	expect(said).toContain('Agent 2 (Bo), SMS Prompt: it is empty');
	expect(said).toContain('"Reply"');
	expect(await refusal(agents(AVA, BO), { outputs: [['Filter']] })).toContain('Agent 2 (Bo)');
	expect(await refusal(APART, { outputs: [[], [], ['Reply'], ['Reply']] })).toContain('(Bo)');
});

it('refuses a prompt whose variables n8n would work out itself, with the way out', async () => {
	const prompt = (smsPrompt: string) => agents({ ...AVA, smsPrompt });
	const asExpression = prompt('=Greet {{ first_name|there}}');
	expect(await refusal(asExpression, { outputs: [[]] })).toMatch(
		/Agent 1, SMS Prompt: it is an expression.*first_name.*Fixed/s,
	);
	expect(await refusal(prompt('Greet {{first_name|there}}'), { outputs: [[]] })).toBeUndefined();
	const ofN8n = prompt("={{ 'Greet ' + (true || 'x') }} {{ true }} {{ 1 + 1 }}");
	expect(await refusal(ofN8n, { outputs: [[]] })).toBeUndefined();
});

it.each<[string, INodeParameters, Behind, Partial<WebhookSetup>?]>([
	['the agents have prompts', agents(AVA), { outputs: [['Reply']] }],
	[
		'the prompt stands in Agent Reply',
		agents(BO),
		{ outputs: [['Reply']], reply: { smsPrompt: 'Hi' } },
	],
	[
		'an expression gives it',
		agents(BO),
		{ outputs: [['Reply']], reply: { smsPrompt: '={{ $json.p }}' } },
	],
	['a node between may write it', agents(BO), { outputs: [['Edit Fields']] }],
	['Send SMS alone gets the texts', agents(BO), { outputs: [['Send']] }],
	['Agent Reply is deactivated', agents(BO), { outputs: [['Reply']], disabled: true }],
	['its texts go another way', APART, { outputs: [[], [], ['Reply'], ['Send']] }],
	[
		'the agent only notifies',
		agents(AVA, { ...BO, onText: 'notify', webhookUrl: 'https://example.com/sms' }),
		{ outputs: [['Reply']] },
		{
			credential: { notifySigningSecret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` },
		} as object,
	],
	['a test listens for one text', agents(BO), { outputs: [['Reply']] }, { isTest: true }],
	['n8n starts with it', agents(BO), { outputs: [['Reply']] }, { activation: 'init' } as object],
])('publishes where %s', async (...[, parameters, behind, more]) => {
	expect(await refusal(parameters, behind, more)).toBeUndefined();
});
