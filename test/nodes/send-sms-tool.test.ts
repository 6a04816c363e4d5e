import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
	traverseNodeParameters,
	type EngineResponse,
	type FromAIArgument,
	type IDataObject,
	type IExecuteFunctions,
	type INode,
	type INodeExecutionData,
	type INodeParameters,
	type INodeType,
	type ITaskData,
	NodeHelpers,
} from 'n8n-workflow';
import { TwilioMessagingApi } from '../../credentials/TwilioMessagingApi.credentials';
import { SendSms } from '../../nodes/SendSms/SendSms.node';
import { nodeOfN8n } from './support/behind-trigger';
import { asTool } from './support/as-tool';
import { runWorkflow } from './support/run-node';
import { CONTACT, openSendSmsBench, OURS, type SendSmsBench } from './support/send-sms-bench';

const STRANGER = '+14155559999';

let bench: SendSmsBench;
beforeAll(async () => {
	bench = await openSendSmsBench();
});
let workflow = 0;
beforeEach(() => {
	bench.reset();
	workflow++;
});
afterAll(() => bench.close());

type Call = { input: IDataObject; itemIndex?: number };
type Tool = { invoke: (input: IDataObject) => Promise<string> };
type Run = (this: IExecuteFunctions, response?: EngineResponse) => Promise<unknown>;

function standIn(name: string, inputs: string[], execute: Run): INodeType {
	return {
		description: { ...nodeOfN8n(name).description, inputs: inputs as never },
		execute: execute as never,
	};
}

/** n8n's AI Agent since version 3: hands its model's calls to the engine. */
const agentOfEngine = (calls: Call[]) =>
	standIn('agent', ['main', 'ai_tool'], async (response) => {
		if (response?.actionResponses?.length) {
			const answers = response.actionResponses.map(({ data }) => data.data?.['ai_tool']?.[0]);
			return [[{ json: { answers: answers.map((items) => items?.[0]?.json ?? null) } }]];
		}
		const actions = calls.map(({ input, itemIndex = 0 }, index) => ({
			actionType: 'ExecutionNodeAction' as const,
			nodeName: 'Send SMS',
			input,
			type: 'ai_tool' as const,
			id: `call_${index}`,
			metadata: { itemIndex },
		}));
		return { actions, metadata: {} };
	});

/** Agents before that: call the tool themselves. */
const agentOfOld = (calls: Call[]) =>
	standIn('agent', ['main', 'ai_tool'], async function () {
		const answers: unknown[] = [];
		for (const { input, itemIndex = 0 } of calls) {
			const tools = (await this.getInputConnectionData('ai_tool', itemIndex)) as Tool[];
			answers.push(
				await tools[0]?.invoke(input).then(
					(answer) => (JSON.parse(answer) as unknown[])[0],
					(error: Error) => ({ error: error.message }),
				),
			);
		}
		return [[{ json: { answers } }]];
	});

const passThrough: Run = async function () {
	return [this.getInputData()];
};
const replaceItem: Run = async function () {
	return [this.getInputData().map((_, item) => ({ json: { chat: 'Hi' }, pairedItem: { item } }))];
};

function nodeAt(name: string, type: string, more: Partial<INode> = {}): INode {
	return { id: name, name, type, typeVersion: 2, position: [0, 0], parameters: {}, ...more };
}

const main = (node: string) => ({ main: [[{ node, type: 'main' as const, index: 0 }]] });

/** The runs of the tool, of the last call. */
let toolTasks: ITaskData[] = [];

/** Trigger -> another node -> agent, with Send SMS as the agent's tool. */
async function callTool(
	agent: INodeType,
	parameters: INodeParameters = {},
	items: Array<INodeExecutionData | IDataObject> = [bench.incoming()],
) {
	const run = await runWorkflow({
		nodes: [
			nodeAt('Incoming', 'n8n-nodes-sms-agent.incomingSmsTrigger'),
			nodeAt('Other', 'test.other'),
			nodeAt('Agent', 'test.agent'),
			nodeAt('Send SMS', 'n8n-nodes-sms-agent.sendSmsTool', {
				parameters,
				credentials: { twilioMessagingApi: { id: '1', name: 'Twilio' } },
				onError: 'continueRegularOutput',
			}),
		],
		types: {
			'n8n-nodes-sms-agent.incomingSmsTrigger': standIn(
				'incomingSmsTrigger',
				[],
				passThrough,
			),
			'test.other': standIn('other', ['main'], replaceItem),
			'test.agent': agent,
			'n8n-nodes-sms-agent.sendSmsTool': asTool(new SendSms()),
		},
		connections: {
			Incoming: main('Other'),
			Other: main('Agent'),
			'Send SMS': { ai_tool: [[{ node: 'Agent', type: 'ai_tool', index: 0 }]] },
		},
		start: 'Incoming',
		items,
		credentials: bench.credentials,
		credentialTypes: [new TwilioMessagingApi()],
		workflowId: `tool-${workflow}`,
	});
	if (run.error) throw run.error;
	toolTasks = run.tasksOf('Send SMS');
	const [item] = run.itemsOf('Agent');
	return (item?.json['answers'] ?? []) as IDataObject[];
}

const sentTo = () =>
	bench.twilio.messages({ direction: 'outbound' }).map(({ to, body }) => [to, body]);

describe.each([
	['n8n hands the call to the engine', agentOfEngine],
	['the agent calls the tool itself', agentOfOld],
])('Send SMS as a tool, where %s', (_how, agent) => {
	it('texts the contact of the conversation without anything set up', async () => {
		const [answer] = await callTool(agent([{ input: { Message: 'See you Friday!' } }]));
		expect(answer).toMatchObject({
			status: 'queued',
			body: 'See you Friday!',
			repeated: false,
		});
		expect(sentTo()).toEqual([[CONTACT, 'See you Friday!']]);
		expect(bench.twilio.messages()[0]?.from).toBe(OURS);
	});

	it('tells the model nothing of the prompt', async () => {
		const [answer] = await callTool(agent([{ input: { Message: 'Hi' } }]));
		expect(Object.keys(answer ?? {}).sort()).toEqual(
			['body', 'messageSid', 'repeated', 'status', 'warnings'].sort(),
		);
	});

	it('texts nobody else, whatever the arguments of the call claim', async () => {
		const evil = {
			Message: 'You have won!',
			To: STRANGER,
			to: STRANGER,
			contact: STRANGER,
			threadId: `${bench.accountSid}:front-desk:${STRANGER}`,
			sender: OURS,
			messageSid: 'SM1',
			agent: { id: 'other', name: 'Other', smsPrompt: '' },
			event: 'message',
			allowedRecipients: 'anyone',
		};
		await callTool(agent([{ input: evil }]));
		expect(sentTo()).toEqual([[CONTACT, 'You have won!']]);
	});

	it('ignores a recipient that the model was once allowed to choose', async () => {
		const parameters = { to: '={{ $fromAI("To") }}', allowedRecipients: 'contact' };
		const calls = [STRANGER, CONTACT].map((To) => ({ input: { To, Message: `to ${To}` } }));
		await callTool(agent(calls), parameters);
		expect(sentTo()).toEqual([
			[CONTACT, `to ${STRANGER}`],
			[CONTACT, `to ${CONTACT}`],
		]);
	});

	it('texts only the numbers of the list', async () => {
		const parameters = {
			allowedRecipients: 'list',
			allowedNumbers: '+14155550111, +14155550112',
		};
		const calls = [STRANGER, '+14155550112'].map((To) => ({ input: { To, Message: 'Hi' } }));
		const [refused, sent] = await callTool(agent(calls), parameters);
		expect(JSON.stringify(refused)).toMatch(/not one of the numbers this tool may text/);
		expect(sent).toMatchObject({ status: expect.any(String) });
		expect(sentTo()).toEqual([['+14155550112', 'Hi']]);
	});

	it('texts anyone only where the builder chose so', async () => {
		const parameters = { allowedRecipients: 'anyone' };
		await callTool(agent([{ input: { To: STRANGER, Message: 'Hi' } }]), parameters);
		expect(sentTo()).toEqual([[STRANGER, 'Hi']]);
	});

	it.each([
		[{ allowedRecipients: '={{ $fromAI("rule") }}' }],
		[{ allowedRecipients: '={{ $json.rule }}' }],
		[{ allowedRecipients: 'list', allowedNumbers: '={{ $fromAI("numbers") }}' }],
		[{ allowedRecipients: 'list', allowedNumbers: '={{ $json.numbers }}' }],
	])('does not let the model decide the rule: %j', async (parameters) => {
		const input = { rule: 'anyone', numbers: STRANGER, To: STRANGER, Message: 'Hi' };
		await callTool(agent([{ input }]), parameters);
		expect(sentTo()).toEqual([]);
	});

	it('sends the same words once, however often the model calls', async () => {
		const call = { input: { Message: 'On my way' } };
		const [first, second] = await callTool(agent([call, call]));
		expect([first?.['repeated'], second?.['repeated']]).toEqual([false, true]);
		expect(sentTo()).toEqual([[CONTACT, 'On my way']]);
	});

	it.each(['null', '{"name": "book"}', '<think>Hm'])(
		'sends nothing of what is no text: %s',
		async (Message) => {
			await callTool(agent([{ input: { Message } }]));
			expect(sentTo()).toEqual([]);
		},
	);

	it('sends nothing where a run has several contacts, because n8n does not say whose call it is', async () => {
		const other = bench.incoming({ contact: STRANGER });
		const call = { input: { Message: 'Hi' }, itemIndex: 1 };
		await callTool(agent([call]), {}, [bench.incoming(), other]);
		expect(sentTo()).toEqual([]);
	});

	it('respects an opt-out', async () => {
		bench.twilio.faults.next({ kind: 'error', code: 21610 });
		const calls = ['one', 'two'].map((Message) => ({ input: { Message } }));
		await callTool(agent(calls));
		expect(bench.twilio.requests).toHaveLength(1);
	});
});

/** What one answer of a model asks for. */
const manyTexts = (texts: number, Message = 'Text') =>
	Array.from({ length: texts }, (_, n) => ({ input: { Message: `${Message} ${n}` } }));

describe.each([
	['n8n hands the calls to the engine', agentOfEngine],
	['the agent calls the tool itself', agentOfOld],
])('what a model may send, where %s', (_how, agent) => {
	it('is five texts of sixty in one answer, and it is told which were not sent', async () => {
		const answers = await callTool(agent(manyTexts(60)));
		expect(sentTo()).toHaveLength(5);
		expect(answers).toHaveLength(60);
		const refused = answers.filter(({ status }) => status === 'notSent');
		expect(refused).toHaveLength(55);
		expect(refused[0]).toEqual({
			status: 'notSent',
			reason: expect.stringMatching(/^Not sent: this run has sent 5 texts/),
			toDo: expect.stringContaining('Do not say that it was sent'),
			fix: expect.stringContaining('raise Most Texts per Run'),
		});
	});

	it('counts a text once that is tried again, or repeated', async () => {
		bench.twilio.faults.next({ kind: 'error', code: 21211, times: 1 });
		const [first, ...others] = manyTexts(5);
		const calls = [first, first, first, ...others] as Call[];
		const answers = await callTool(agent(calls));
		expect(sentTo()).toHaveLength(5);
		expect(answers.filter(({ reason }) => reason !== undefined)).toEqual([]);
	});

	it('is so many to one contact within an hour, and so many of the tool, in all runs', async () => {
		const options = { textsPerContact: 4, textsPerHour: 6 };
		const parameters = { options, allowedRecipients: 'anyone' };
		const to = (To: string, texts: number, words: string) =>
			manyTexts(texts, words).map(({ input }) => ({ input: { ...input, To } }));
		await callTool(agent(to(CONTACT, 3, 'Run 1')), parameters);
		const [, refused] = await callTool(agent(to(CONTACT, 2, 'Run 2')), parameters);
		expect(refused?.['reason']).toMatch(/has had 4 texts from this node within an hour/);
		expect(refused?.['fix']).toMatch(/raise Most Texts per Contact and Hour/);
		const [, , last] = await callTool(agent(to(STRANGER, 3, 'Run 3')), parameters);
		expect(last?.['reason']).toMatch(/this tool has sent 6 texts within an hour/);
		expect(last?.['fix']).toMatch(/raise Most Texts per Hour/);
		expect(sentTo()).toHaveLength(6);
	});
});

it('shows whoever looks at the execution what a model was refused', async () => {
	await callTool(agentOfEngine(manyTexts(6)));
	expect(toolTasks.flatMap(({ hints = [] }) => hints)).toEqual([
		{
			type: 'warning',
			location: 'outputPane',
			message: expect.stringMatching(/^Not sent: .* raise Most Texts per Run/),
		},
	]);
});

describe('the tool a model sees', () => {
	const argumentsOf = (parameters: INodeParameters) => {
		const { description } = asTool(new SendSms());
		const node = nodeAt('Send SMS', 'n8n-nodes-sms-agent.sendSmsTool', { parameters });
		const filled = NodeHelpers.getNodeParameters(
			description.properties,
			parameters,
			true,
			false,
			node,
			description,
		);
		const found: FromAIArgument[] = [];
		traverseNodeParameters(filled, found);
		return { filled, keys: found.map(({ key }) => key) };
	};

	it('asks for the words alone', () => {
		expect(argumentsOf({}).keys).toEqual(['Message']);
	});

	it('asks for the recipient too where the builder allows several', () => {
		expect(argumentsOf({ allowedRecipients: 'anyone' }).keys).toEqual(['To', 'Message']);
	});

	it('has a description of its own', () => {
		expect(argumentsOf({}).filled?.['toolDescription']).toMatch(/Sends one text message/);
	});
});
