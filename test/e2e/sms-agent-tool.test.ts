import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';
import type { StoredExecution } from '../../harness/n8n-client';
import { nodeIn } from '../../harness/workflow-nodes';
import { aiAgentWith } from './support/ai-agent';
import { contactFixture, type ContactFixture } from './support/contact-fixture';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

const STRANGER = '+14155559999';

let fixture: E2eFixture;
let workflowId: string;
let maria: ContactFixture;
let runs = 0;

beforeAll(async () => {
	fixture = await openE2eFixture({ withService: true });
	const tool = (name: string, parameters: INodeParameters) =>
		nodeIn(fixture, { type: 'smsAgentTool', name, parameters });
	const fact = { name: 'booking', value: "={{ $fromAI('booking', 'Day and time') }}" };
	const workflow = await aiAgentWith(fixture, [
		tool('Get Contact', { resource: 'contact' }),
		tool('Set Booking', { resource: 'contact', operation: 'set', facts: { fact: [fact] } }),
		tool('Get Message', {
			resource: 'message',
			messageSid: "={{ $fromAI('messageSid', 'Of the text') }}",
		}),
		// As a workflow may have it that was not built in the editor.
		tool('Pause All', { resource: 'agent', operation: 'pauseAll' }),
	]);
	({ id: workflowId } = await fixture.startWorkflow(workflow));
	maria = contactFixture(fixture, '+14155550123');
});
beforeEach(() => fixture.model.clear());
afterAll(async () => await fixture?.close());

/** What the tool answers to the model, which the words of a contact make call it. */
async function called(name: string, input: object, by = maria): Promise<string> {
	await by.text(`call tool ${name.replace(' ', '_')} with ${JSON.stringify(input)}`);
	const [execution] = await fixture.client.endedExecutions(workflowId, ++runs, 60_000);
	return answerOf(execution, name);
}

function answerOf(execution: StoredExecution | undefined, tool: string): string {
	const { runData } = execution?.data.resultData ?? {};
	return JSON.stringify(runData?.[tool]?.[0]?.data ?? execution?.data.resultData);
}

describe("SMS Agent as a tool of n8n's AI Agent", () => {
	it('changes a fact of the contact, and reads it', async () => {
		await called('Set Booking', { booking: 'Friday 9:00' });
		await called('Set Booking', { booking: 'Monday 10:00' });
		const answer = await called('Get Contact', {});
		expect(answer).toContain(`"contact":"${maria.number}"`);
		expect(answer).toContain('"facts":{"booking":"Monday 10:00"}');
	});

	it('offers the model no way to name a contact', async () => {
		await called('Get Contact', {});
		const { tools } = fixture.model.requests[0]?.raw as {
			tools: Array<{ function: { name: string; parameters: { properties?: object } } }>;
		};
		const offered = tools.map(({ function: { name, parameters } }) => [
			name,
			Object.keys(parameters.properties ?? {}),
		]);
		expect(Object.fromEntries(offered)).toEqual({
			Get_Contact: [],
			Set_Booking: ['booking'],
			Get_Message: ['messageSid'],
			Pause_All: [],
		});
	});

	it('reaches nobody else, whatever the model claims', async () => {
		const stranger = contactFixture(fixture, STRANGER);
		await called('Set Booking', { booking: 'Tuesday 11:00' }, stranger);
		const claimed = {
			contact: STRANGER,
			threadId: `${fixture.account.accountSid}:front-desk:${STRANGER}`,
		};
		await called('Set Booking', { booking: 'Stolen', ...claimed });
		expect(await called('Get Contact', claimed)).toContain('"booking":"Stolen"');
		expect(await called('Get Contact', {}, stranger)).toContain('"booking":"Tuesday 11:00"');

		const [ofStranger] = fixture.twilio.messages({ direction: 'inbound', from: STRANGER });
		const answer = await called('Get Message', { messageSid: ofStranger?.sid });
		expect(answer).toContain('of the contact of this conversation only');
		expect(answer).not.toContain('Tuesday');
	});

	it('refuses what a model may not do', async () => {
		expect(await called('Pause All', {})).toContain('a model may not do this');
		expect(await called('Get Contact', {})).toContain(maria.number);
	});
});
