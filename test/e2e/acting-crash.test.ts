import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { poll } from '../../harness/poll';
import { startN8n, type N8nHost } from '../../harness/n8n-host';
import { actingAgent, handOversIn } from './support/acting-agent';
import { bookingTool, booksWhenAsked, startCalendar, type Calendar } from './support/calendar';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

const MINUTE = 60_000;
let n8n: N8nHost;
let fixture: E2eFixture;
let calendar: Calendar;
let workflowId: string;

beforeAll(async () => {
	n8n = await startN8n();
	fixture = await openE2eFixture({ n8n, withService: true });
	calendar = await startCalendar();
	fixture.model.respond = booksWhenAsked;
	const agent = actingAgent(fixture, [bookingTool(calendar)]);
	({ id: workflowId } = await fixture.startWorkflow(agent));
});
beforeEach(() => {
	calendar.bookings.length = 0;
});
afterAll(async () => {
	await fixture.close();
	await n8n.stop();
	await calendar.close();
});

const text = async (from: string) =>
	await fixture.twilio.textFromContact({
		...{ from, to: fixture.number.phoneNumber, body: 'Please book 15:00' },
	});

describe('a turn with a booking, of which n8n is killed', () => {
	it('while the calendar books, goes to a person, and books no second time', async () => {
		const contact = '+14155550161';
		const booking = calendar.holdNext();
		await text(contact);
		await booking;
		await n8n.kill();
		await n8n.restart();
		const codes = await poll(
			'the hand-over',
			async () => (await handOversIn(fixture.client, workflowId)).get(contact),
			{ timeoutMs: 3 * MINUTE },
		);
		expect(codes).toEqual(['actionUncertain']);
		expect(calendar.bookings).toHaveLength(1);
		expect(fixture.twilio.messages({ to: contact })).toEqual([]);
	}, 300_000);

	it('after it has booked, tells the contact so, once, and books no second time', async () => {
		const contact = '+14155550162';
		calendar.answer = (response) => {
			// What the model is asked after that gets no answer for now.
			fixture.model.faults.next({ kind: 'delay', ms: 120_000 });
			response.setHeader('content-type', 'application/json');
			response.end('{"number":"B1"}');
		};
		const asked = fixture.model.requests.length;
		await text(contact);
		await poll(
			'the second step',
			async () => fixture.model.requests.length > asked + 1 || undefined,
			{
				timeoutMs: MINUTE,
			},
		);
		await n8n.kill();
		await n8n.restart();
		await fixture.twilio.waitForMessage(({ to }) => to === contact, 3 * MINUTE);
		expect(fixture.twilio.messages({ to: contact }).map(({ body }) => body)).toEqual([
			'You are booked.',
		]);
		expect(calendar.bookings).toHaveLength(1);
	}, 300_000);
});
