import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';
import type { StoredExecution } from '../../harness/n8n-client';
import { nodeIn } from '../../harness/workflow-nodes';
import { aiAgentWith } from './support/ai-agent';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

const STRANGER = '+14155559999';

let fixture: E2eFixture;
let contacts = 0;

beforeAll(async () => {
	fixture = await openE2eFixture({ withService: true });
});
beforeEach(() => fixture.model.clear());
afterAll(async () => await fixture?.close());

/** A contact texts words that make the model emulator call the tool, once for each input of a list. */
async function callTool(parameters: INodeParameters, input: object | object[]) {
	const tool = nodeIn(fixture, { type: 'sendSmsTool', name: 'Send SMS', parameters });
	const workflow = await fixture.startWorkflow(await aiAgentWith(fixture, [tool]));
	try {
		const from = `+1415556${String(++contacts).padStart(4, '0')}`;
		const body = `call tool Send_SMS with ${JSON.stringify(input)}`;
		await fixture.twilio.textFromContact({ from, to: fixture.number.phoneNumber, body });
		const [execution] = await fixture.client.endedExecutions(workflow.id, 1, 60_000);
		if (!execution) throw new Error('No execution');
		return { from, execution, answer: answerOf(execution) };
	} finally {
		await fixture.client.deactivate(workflow.id);
	}
}

/** What the tool gave to the model. */
function answerOf({ data }: StoredExecution): string {
	return JSON.stringify(data.resultData.runData['Send SMS']?.[0]?.data ?? data.resultData);
}

const sent = () =>
	fixture.twilio
		.messages({ direction: 'outbound' })
		.map(({ to, from, body }) => ({ to, from, body }));

describe("Send SMS as a tool of n8n's AI Agent", () => {
	beforeEach(() => fixture.twilio.clear());

	it('texts the person who wrote, from the number they wrote to', async () => {
		const { from, answer } = await callTool({}, { Message: 'See you Friday!' });
		expect(sent()).toEqual([
			{ to: from, from: fixture.number.phoneNumber, body: 'See you Friday!' },
		]);
		expect(answer).toContain('"body":"See you Friday!"');
	});

	it('offers the model nothing but the words', async () => {
		await callTool({}, { Message: 'Hi' });
		const { tools } = fixture.model.requests[0]?.raw as {
			tools: Array<{ function: { name: string; description: string; parameters: object } }>;
		};
		expect(tools.map(({ function: { name } }) => name)).toEqual(['Send_SMS']);
		expect(tools[0]?.function.description).toContain('Sends one text message');
		expect(tools[0]?.function.parameters).toMatchObject({
			properties: { Message: { type: 'string' } },
			required: ['Message'],
		});
	});

	it('texts nobody else, whatever the model claims', async () => {
		const { from } = await callTool(
			{},
			{
				Message: 'You have won!',
				To: STRANGER,
				to: STRANGER,
				contact: STRANGER,
				threadId: `${fixture.account.accountSid}:front-desk:${STRANGER}`,
				allowedRecipients: 'anyone',
			},
		);
		expect(sent().map(({ to }) => to)).toEqual([from]);
	});

	it('refuses a number that is not on the list', async () => {
		const parameters = { allowedRecipients: 'list', allowedNumbers: '+14155550111' };
		const { answer } = await callTool(parameters, { To: STRANGER, Message: 'Hi' });
		expect(answer).toMatch(/not one of the numbers this tool may text/);
		expect(sent()).toEqual([]);
	});

	it('sends five of sixty texts that one answer of the model asks for, and says so of the others', async () => {
		const texts = Array.from({ length: 60 }, (_, n) => ({ Message: `T${n}` }));
		const { from, execution } = await callTool({}, texts);
		expect(sent().map(({ to }) => to)).toEqual(Array.from({ length: 5 }, () => from));
		expect(execution.status).toBe('success');
		// What the model is shown when it goes on.
		const shown = JSON.stringify(fixture.model.requests.at(-1)?.raw);
		expect(shown.match(/Not sent: this run has sent 5 texts/g)).toHaveLength(55);
		const runs = execution.data.resultData.runData['Send SMS'] ?? [];
		expect(runs).toHaveLength(60);
		expect(JSON.stringify(runs.at(-1))).toContain('raise Most Texts per Run');
	});

	it('does not let the model write the rule', async () => {
		const parameters = {
			allowedRecipients: "={{ $fromAI('rule') }}",
			to: "={{ $fromAI('To') }}",
		};
		await callTool(parameters, { rule: 'anyone', To: STRANGER, Message: 'Hi' });
		expect(sent().filter(({ to }) => to === STRANGER)).toEqual([]);
	});
});
