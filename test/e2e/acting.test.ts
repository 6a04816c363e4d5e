import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { httpExchange } from '../../harness/http-exchange';
import type { WorkflowDefinition } from '../../harness/n8n-client';
import { inARow, type StoredCredential } from '../../harness/workflow-nodes';
import { actingAgent, oneTurn, openAiChatModel } from './support/acting-agent';
import { bookingTool, booksWhenAsked, startCalendar, type Calendar } from './support/calendar';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';
import { callsEach, expectAllToWork, langchainTool, NAMED, resultsIn } from './support/host-tools';
import { expectGoodEnd, TOOL_TROUBLES } from './support/tool-troubles';
import { webhookNode } from './support/webhook-node';

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

const newContact = () => `+1415557${String(++contacts).padStart(4, '0')}`;
const textTo = async (definition: WorkflowDefinition, body: string) =>
	await oneTurn(fixture, definition, { from: newContact(), body });

describe('Agent Reply with a tool', () => {
	it.each([
		['an OpenAI-compatible model', {}, false],
		['a connected Chat Model', { modelSource: 'chatModel' }, true],
	])('books once for who texts, and says so, with %s', async (_, parameters, connected) => {
		const agent = actingAgent(fixture, [bookingTool(calendar)], {
			parameters,
			...(connected ? { chatModel: openAiChatModel(openAi) } : {}),
		});
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
			actingAgent(fixture, [bookingTool(calendar)]),
			'Please book 15:00',
		);
		expect(item).toMatchObject({ outcome: 'needsHuman', reasonCode: 'actionUncertain' });
		expect(calendar.bookings).toHaveLength(1);
		expect(texts).toEqual([]);
	});

	it.each(TOOL_TROUBLES)('comes to a good end with $name', async (trouble) => {
		await expectGoodEnd(trouble, fixture, { from: newContact() });
	});
});

describe('the tools that n8n has', () => {
	it(`work below it: ${NAMED}`, async () => {
		await expectAllToWork(fixture, { from: newContact() });
	});

	it('work below it: a vector store, and another AI Agent', async () => {
		const path = `fill-${crypto.randomUUID()}`;
		const embeddings = {
			...langchainTool('Embeddings', 'embeddingsOpenAi', 1.2, {}),
			credentials: { openAiApi: openAi },
		};
		const store = (name: string, parameters: object) =>
			langchainTool(name, 'vectorStoreInMemory', 1.3, {
				memoryKey: { __rl: true, mode: 'id', value: path },
				...parameters,
			});
		const fromEmbeddings = (to: string) => ({
			ai_embedding: [[{ node: to, type: 'ai_embedding' as const, index: 0 }]],
		});
		await fixture.startWorkflow({
			name: 'What the practice knows',
			nodes: [
				webhookNode('Webhook', path, { responseMode: 'lastNode' }),
				store('Fill', { mode: 'insert' }),
				langchainTool('Loader', 'documentDefaultDataLoader', 1, {
					...{ jsonMode: 'expressionData', jsonData: '={{ $json.query.text }}' },
				}),
				langchainTool('Splitter', 'textSplitterCharacterTextSplitter', 1, {}),
				embeddings,
			],
			connections: {
				...inARow('Webhook', 'Fill'),
				Splitter: {
					ai_textSplitter: [[{ node: 'Loader', type: 'ai_textSplitter', index: 0 }]],
				},
				Loader: { ai_document: [[{ node: 'Fill', type: 'ai_document', index: 0 }]] },
				Embeddings: fromEmbeddings('Fill'),
			},
		});
		for (const text of ['Parking is in the yard', 'A cleaning costs 45 dollars']) {
			const query = new URLSearchParams({ text }).toString();
			const filled = await httpExchange(`${fixture.n8n.url}/webhook/${path}?${query}`);
			expect(filled.status).toBe(200);
		}
		fixture.model.respond = (request) => {
			if (request.tools.length === 0) return 'AVA WAS ASKED';
			return callsEach(request);
		};
		const helper = langchainTool('Colleague', 'agentTool', 2.2, {
			...{ toolDescription: 'Asks a colleague', text: 'Who was asked?' },
		});
		const definition = actingAgent(fixture, [
			store('Knowledge', {
				...{ mode: 'retrieve-as-tool', topK: 1 },
				toolDescription: 'What the practice knows',
			}),
			helper,
		]);
		const chatModel = openAiChatModel(openAi);
		const { item, error } = await textTo(
			{
				...definition,
				nodes: [...definition.nodes, embeddings, chatModel],
				connections: {
					...definition.connections,
					Embeddings: fromEmbeddings('Knowledge'),
					[chatModel.name]: {
						ai_languageModel: [
							[{ node: helper.name, type: 'ai_languageModel', index: 0 }],
						],
					},
				},
			},
			'What does a cleaning cost?',
		);
		expect(error).toBeUndefined();
		expect(resultsIn(item)).toEqual([
			expect.stringMatching(/^Colleague done: .*AVA WAS ASKED/s),
			expect.stringMatching(/^Knowledge done: .*45 dollars/s),
		]);
	});
});
