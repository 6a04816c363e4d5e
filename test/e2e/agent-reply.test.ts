import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { INode, INodeParameters } from 'n8n-workflow';
import { itemsOf, type StoredWorkflow } from '../../harness/n8n-client';
import { agentReplyIn, triggerIn, twoWayAgent } from '../../harness/two-way-agent';
import { inARow, nodeIn } from '../../harness/workflow-nodes';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

let fixture: E2eFixture;
let contacts = 0;

beforeAll(async () => {
	fixture = await openE2eFixture({ withService: true });
});
beforeEach(() => fixture.model.clear());
afterAll(() => fixture.close());

/** Runs a workflow for one text of a contact nobody knows, and returns what Agent Reply gave. */
async function answerTo(workflow: StoredWorkflow, body: string) {
	const from = `+1415555${String(++contacts).padStart(4, '0')}`;
	const to = fixture.number.phoneNumber;
	const execution = await fixture.client.executionAfter(
		workflow.id,
		async () => await fixture.twilio.textFromContact({ from, to, body }),
	);
	const [replied, needsHuman, noReply] = [0, 1, 2].map(
		(output) => itemsOf(execution, 'Agent Reply', output)[0]?.json,
	);
	return { execution, from, replied, needsHuman, noReply, texts: textsTo(from) };
}

const textsTo = (contact: string) =>
	fixture.twilio
		.messages()
		.filter(({ direction, to }) => direction.startsWith('outbound') && to === contact)
		.map(({ body }) => body);

/** One active workflow at a time: the Messaging Service has one address for texts. */
async function withAgent<T>(
	change: (agent: ReturnType<typeof twoWayAgent>) => ReturnType<typeof twoWayAgent>,
	parameters: INodeParameters,
	work: (workflow: StoredWorkflow) => Promise<T>,
): Promise<T> {
	const workflow = await fixture.startWorkflow(
		change(twoWayAgent(fixture, { reply: parameters })),
	);
	try {
		return await work(workflow);
	} finally {
		await fixture.client.deactivate(workflow.id);
	}
}

/** A person is told as soon as the model has failed. */
const AT_ONCE = { options: { onModelError: 'needsHuman' } };

const asIs = (agent: ReturnType<typeof twoWayAgent>) => agent;

describe('Agent Reply in a real n8n', () => {
	it('hands over when the model is down or gives nonsense, and texts nothing of it', async () => {
		await withAgent(asIs, AT_ONCE, async (workflow) => {
			fixture.model.faults.next({ kind: '500', times: 9 });
			const down = await answerTo(workflow, 'Hi');
			expect(down.needsHuman).toMatchObject({
				contact: down.from,
				reasonCode: 'modelFailed',
				reason: expect.stringContaining('failed on its side (HTTP 500)'),
			});
			fixture.model.clear();

			for (const kind of ['malformed-json', 'wrong-shape', 'empty'] as const) {
				fixture.model.faults.next({ kind, times: 1 });
				const { needsHuman, texts } = await answerTo(workflow, 'Hi');
				expect(needsHuman).toMatchObject({ reasonCode: 'modelFailed' });
				expect(texts).toEqual([]);
			}
			expect(down.texts).toEqual([]);
		});
	});

	it('ends a run without an error while the model or Twilio is down, to come back to it', async () => {
		await withAgent(asIs, {}, async (workflow) => {
			fixture.model.faults.next({ kind: '500', times: 3 });
			const unwritten = await answerTo(workflow, 'My name is Maria');
			// A full queue: Twilio turns it away, and asking again at once would not help.
			const fullQueue = { kind: 'error', code: 21611, status: 429 } as const;
			fixture.twilio.faults.next({ ...fullQueue, method: 'POST', path: /Messages\.json/ });
			const unsent = await answerTo(workflow, 'My name is Bo');
			for (const { execution, noReply, texts } of [unwritten, unsent]) {
				expect(execution.status).toBe('success');
				expect(noReply).toMatchObject({
					reasonCode: 'retryLater',
					retryAt: expect.stringMatching(/^20.*Z$/),
				});
				expect(texts).toEqual([]);
			}
			expect(unwritten.noReply?.['reason']).toMatch(/AI was not reachable.*in 1 minute/);
			expect(unsent.noReply?.['reason']).toMatch(/same words are sent in 30 seconds/);
		});
	});

	it("follows the model's wish for a person, and tells the contact in the builder's words", async () => {
		const options = { handoverText: 'A colleague will text you.' };
		await withAgent(asIs, { options }, async (workflow) => {
			const { needsHuman, texts } = await answerTo(workflow, 'I want to talk to a person');
			expect(needsHuman).toMatchObject({ reason: 'The contact asked for a person.' });
			expect(texts).toEqual(['A colleague will text you.']);
		});
	});

	it('stays silent when nothing is left to say', async () => {
		await withAgent(asIs, {}, async (workflow) => {
			const { noReply, texts } = await answerTo(workflow, 'Great, thanks, bye!');
			expect(noReply).toMatchObject({ reasonCode: 'modelDecided' });
			expect(texts).toEqual([]);
		});
	});

	it('gives up on a model that hangs', async () => {
		const options = { ...AT_ONCE.options, modelTimeout: 1 };
		await withAgent(asIs, { options }, async (workflow) => {
			fixture.model.faults.next({ kind: 'hang', times: 9 });
			const { needsHuman } = await answerTo(workflow, 'Hi');
			expect(needsHuman).toMatchObject({
				reason: expect.stringContaining('did not answer within 1 seconds'),
			});
		});
	});

	it("writes with a Chat Model of n8n's own", async () => {
		const openAi = await fixture.client.createCredential({
			name: 'Chat model of the test',
			type: 'openAiApi',
			data: { apiKey: 'emulated-key', url: fixture.model.apiUrl },
		});
		const chatModel: INode = {
			id: 'chat-model',
			name: 'OpenAI Chat Model',
			type: '@n8n/n8n-nodes-langchain.lmChatOpenAi',
			typeVersion: 1.2,
			position: [0, 200],
			parameters: { model: { __rl: true, mode: 'id', value: 'emulated-large' }, options: {} },
			credentials: { openAiApi: { id: openAi, name: 'Chat model of the test' } },
		};
		const connect = (agent: ReturnType<typeof twoWayAgent>) => ({
			...agent,
			nodes: [
				triggerIn(fixture),
				{
					...agentReplyIn(fixture, { modelSource: 'chatModel' }),
					credentials: { twilioMessagingApi: fixture.credentials.twilioMessagingApi },
				},
				chatModel,
			],
			connections: {
				...agent.connections,
				'OpenAI Chat Model': {
					ai_languageModel: [
						[{ node: 'Agent Reply', type: 'ai_languageModel' as const, index: 0 }],
					],
				},
			},
		});
		await withAgent(connect, {}, async (workflow) => {
			const { replied, texts } = await answerTo(workflow, 'Hi, my name is Maria');
			expect(texts).toEqual(['Nice to meet you, Maria. How can I help?']);
			expect(replied).toMatchObject({
				model: 'emulated-large',
				usage: { totalTokens: expect.any(Number) },
			});
		});
	});

	it('only composes, and Send SMS sends it without an expression', async () => {
		const withSendSms = (agent: ReturnType<typeof twoWayAgent>) => ({
			...agent,
			nodes: [...agent.nodes, nodeIn(fixture, { type: 'sendSms', name: 'Send SMS' })],
			connections: inARow('Incoming SMS Trigger', 'Agent Reply', 'Send SMS'),
		});
		await withAgent(withSendSms, { delivery: 'compose' }, async (workflow) => {
			const { replied, texts } = await answerTo(workflow, 'How much is a visit?');
			expect(replied).toMatchObject({ reply: null });
			expect(texts).toEqual([replied?.['text']]);
		});
	});

	it('does not reply twice when a run that failed after the reply is retried', async () => {
		const failing: INode = {
			id: 'fail',
			name: 'Fail',
			type: 'n8n-nodes-base.stopAndError',
			typeVersion: 1,
			position: [400, 0],
			parameters: { errorMessage: 'Something after the reply failed' },
		};
		const withFailure = (agent: ReturnType<typeof twoWayAgent>) => ({
			...agent,
			nodes: [...agent.nodes, failing],
			connections: inARow('Incoming SMS Trigger', 'Agent Reply', 'Fail'),
		});
		await withAgent(withFailure, {}, async (workflow) => {
			const { execution, from } = await answerTo(workflow, 'Hi');
			expect(execution.status).toBe('error');
			await fixture.client.retryExecution(execution.id);
			await fixture.client.endedExecutions(workflow.id, 2);
			expect(textsTo(from)).toHaveLength(1);
		});
	});

	it('replies once when a run that failed at Twilio is retried, twice', async () => {
		await withAgent(asIs, {}, async (workflow) => {
			const sending = { method: 'POST', path: /Messages\.json/ } as const;
			fixture.twilio.faults.next({ kind: 'error', code: 30034, times: 1, ...sending });
			const { execution, from, texts } = await answerTo(workflow, 'Hi');
			expect(execution.status).toBe('error');
			expect(texts).toEqual([]);
			for (const count of [2, 3]) {
				await fixture.client.retryExecution(execution.id).catch(() => undefined);
				await fixture.client.endedExecutions(workflow.id, count).catch(() => undefined);
			}
			expect(textsTo(from)).toHaveLength(1);
		});
	});

	it("lists the provider's models, and says why it cannot", async () => {
		const list = async (credential: { id: string; name: string }) =>
			await fixture.client.searchList({
				type: 'n8n-nodes-sms-agent.agentReply',
				typeVersion: 2,
				path: 'parameters.model',
				methodName: 'searchModels',
				parameters: { modelSource: 'openAiCompatible', delivery: 'send' },
				credentials: { openAiCompatibleApi: credential },
			});
		const { results } = await list(fixture.credentials.openAiCompatibleApi);
		expect(results.map(({ value }) => value)).toEqual(['emulated-large', 'emulated-small']);

		const data = { apiKey: 'wrong', baseUrl: fixture.model.apiUrl };
		const name = 'Wrong key';
		const id = await fixture.client.createCredential({
			name,
			type: 'openAiCompatibleApi',
			data,
		});
		await expect(list({ id, name })).rejects.toThrow('refused the API key');
		await fixture.client.deleteCredential(id);
	});

	it.each([
		['a good key', { apiKey: 'emulated-key' }, 'OK', ''],
		['a wrong key', { apiKey: 'wrong' }, 'Error', 'The provider refused this API key'],
		[
			'no key where one is needed',
			{ apiKey: '' },
			'Error',
			'The provider refused this API key',
		],
		['an address without an API', { baseUrl: '' }, 'Error', 'There is no model list'],
	])('tests the model credential: %s', async (_, change, status, says) => {
		const data = { apiKey: 'emulated-key', baseUrl: fixture.model.apiUrl, ...change };
		if (data.baseUrl === '') data.baseUrl = fixture.model.baseUrl;
		const tested = await fixture.client.testCredential({
			name: 'Model',
			type: 'openAiCompatibleApi',
			data,
		});
		expect(tested.status).toBe(status);
		expect(tested.message).toContain(says);
	});
});
