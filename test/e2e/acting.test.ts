import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { INode, INodeParameters } from 'n8n-workflow';
import { itemsOf, type WorkflowDefinition } from '../../harness/n8n-client';
import { agentReplyIn, triggerIn } from '../../harness/two-way-agent';
import { inARow, type StoredCredential } from '../../harness/workflow-nodes';
import { bookingTool, booksWhenAsked, startCalendar, type Calendar } from './support/calendar';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

let fixture: E2eFixture;
let calendar: Calendar;
let openAi: StoredCredential;
let contacts = 0;

beforeAll(async () => {
	fixture = await openE2eFixture({ withService: true });
	calendar = await startCalendar();
	openAi = await fixture.addCredential('openAiApi', {
		...{ apiKey: 'emulated-key', url: fixture.model.apiUrl },
	});
});
beforeEach(() => {
	fixture.model.clear();
	fixture.model.respond = booksWhenAsked;
	calendar.bookings.length = 0;
});
afterAll(async () => {
	await fixture.close();
	await calendar.close();
});

/** An agent with tools, and with a connected Chat Model where one is given. */
function actingAgent(
	tools: INode[],
	parameters: INodeParameters = {},
	chatModel?: INode,
): WorkflowDefinition {
	const below = (node: INode, type: 'ai_tool' | 'ai_languageModel') => [
		node.name,
		{ [type]: [[{ node: 'Agent Reply', type, index: 0 }]] },
	];
	return {
		name: 'An agent that acts',
		nodes: [
			triggerIn(fixture),
			agentReplyIn(fixture, parameters),
			...tools,
			...(chatModel ? [chatModel] : []),
		],
		connections: {
			...inARow('Incoming SMS Trigger', 'Agent Reply'),
			...Object.fromEntries([
				...tools.map((tool) => below(tool, 'ai_tool')),
				...(chatModel ? [below(chatModel, 'ai_languageModel')] : []),
			]),
		},
	};
}

const chatModelOf = (): INode => ({
	id: 'model',
	name: 'OpenAI Chat Model',
	type: '@n8n/n8n-nodes-langchain.lmChatOpenAi',
	typeVersion: 1.2,
	position: [120, 220],
	parameters: { model: { __rl: true, mode: 'id', value: 'emulated-small' } },
	credentials: { openAiApi: openAi },
});

/** One text to it, and what became of it. */
async function textTo(definition: WorkflowDefinition, body: string) {
	const workflow = await fixture.startWorkflow(definition);
	try {
		const from = `+1415557${String(++contacts).padStart(4, '0')}`;
		await fixture.twilio.textFromContact({ from, to: fixture.number.phoneNumber, body });
		const [execution] = await fixture.client.endedExecutions(workflow.id, 1, 90_000);
		if (!execution) throw new Error('No execution');
		const [item] = [0, 1, 2].flatMap((output) => itemsOf(execution, 'Agent Reply', output));
		const { error } = execution.data.resultData as { error?: { message?: string } };
		const texts = fixture.twilio.messages({ to: from }).map((text) => text.body);
		return { from, item: item?.json, texts, error };
	} finally {
		await fixture.client.deactivate(workflow.id);
	}
}

describe('Agent Reply with a tool', () => {
	it.each([
		['an OpenAI-compatible model', {}, false],
		['a connected Chat Model', { modelSource: 'chatModel' }, true],
	])('books once for who texts, and says so, with %s', async (_, parameters, connected) => {
		const agent = actingAgent(
			[bookingTool(calendar)],
			parameters,
			connected ? chatModelOf() : undefined,
		);
		const { from, item, texts, error } = await textTo(agent, 'Please book 15:00');
		expect(error).toBeUndefined();
		expect(calendar.bookings).toEqual([{ at: '15:00', contact: from }]);
		expect(texts).toEqual(['You are booked.']);
		expect(item).toMatchObject({
			outcome: 'replied',
			actions: [
				{ id: 'a1', tool: 'Book_Visit', arguments: '{"at":"15:00"}', outcome: 'done' },
			],
		});
	});

	it('hands over where the calendar fails in the middle, and books no second time', async () => {
		calendar.answer = (response) => {
			response.statusCode = 502;
			response.end('Bad gateway');
		};
		const { item, texts } = await textTo(
			actingAgent([bookingTool(calendar)]),
			'Please book 15:00',
		);
		expect(item).toMatchObject({ outcome: 'needsHuman', reasonCode: 'actionUncertain' });
		expect(calendar.bookings).toHaveLength(1);
		expect(texts).toEqual([]);
	});
});
