import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { itemsOf, type WorkflowDefinition } from '../../harness/n8n-client';
import type { StoredCredential } from '../../harness/workflow-nodes';
import { actingAgent, openAiChatModel } from './support/acting-agent';
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
});
