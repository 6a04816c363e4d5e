import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { poll } from '../../../harness/poll';
import { actingAgent, handOversIn } from '../../e2e/support/acting-agent';
import {
	bookingTool,
	booksWhenAsked,
	startCalendar,
	type Calendar,
} from '../../e2e/support/calendar';
import { openE2eFixture, type E2eFixture } from '../../e2e/support/e2e-fixture';
import { startFaultedN8n, type FaultedN8n } from '../support/faulted-n8n';
import { newRandom } from '../support/sizes';

const KILLS = Number(process.env['ACTING_KILLS'] ?? 50);
/** Who text at once before each kill. */
const CONTACTS = 5;
/** Each answer of the model, and of the calendar, takes so long. */
const STEP_MS = 400;
/** A turn with a booking takes some two seconds then. */
const LATEST_KILL_MS = 3_000;
const MINUTE = 60_000;

const random = newRandom();
let n8n: FaultedN8n;
let fixture: E2eFixture;
let calendar: Calendar;
let folder: string;
let workflowId: string;

beforeAll(async () => {
	n8n = await startFaultedN8n('regular');
	fixture = await openE2eFixture({ n8n: n8n.n8n, withService: true });
	calendar = await startCalendar();
	folder = mkdtempSync(join(tmpdir(), 'sms-agent-acting-kills-'));
	fixture.model.respond = booksWhenAsked;
	const file = join(folder, 'threads.sqlite');
	const kept = { parameters: { threadStore: 'embedded', threadStoreFile: file } };
	const agent = actingAgent(fixture, [bookingTool(calendar)], { kept });
	({ id: workflowId } = await fixture.startWorkflow(agent));
	const { answer } = calendar;
	calendar.answer = async (response) => {
		await pause(STEP_MS);
		await answer(response);
	};
});
afterAll(async () => {
	await fixture.close();
	await n8n.stop();
	await calendar.close();
	rmSync(folder, { recursive: true, force: true });
});

const textsTo = (contact: string) => fixture.twilio.messages({ to: contact }).length;
const bookingsOf = (contact: string) =>
	calendar.bookings.filter((booking) => booking.contact === contact).length;

describe(`turns with a booking, their n8n killed ${KILLS} times (seed ${random.seed})`, () => {
	it.each(Array.from({ length: KILLS }, (_, nth) => nth))(
		'book once each, and end in a reply or with a person: kill %i',
		async (nth) => {
			const [main] = n8n.parts;
			fixture.model.faults.next({ kind: 'delay', ms: STEP_MS, times: 10 * CONTACTS });
			const contacts = Array.from(
				{ length: CONTACTS },
				(_, at) => `+1415558${String(nth * CONTACTS + at).padStart(4, '0')}`,
			);
			const texting = contacts.map(
				async (from) =>
					await fixture.twilio.textFromContact({
						...{ from, to: fixture.number.phoneNumber, body: 'Please book 15:00' },
					}),
			);
			await pause(random.next() * LATEST_KILL_MS);
			await main?.kill();
			await main?.restart();
			await Promise.all(texting);
			await poll(
				'an end of each turn',
				async () => {
					const people = await handOversIn(fixture.client, workflowId);
					return (
						contacts.every((one) => textsTo(one) > 0 || people.has(one)) || undefined
					);
				},
				{ timeoutMs: 6 * MINUTE },
			);
			for (const contact of contacts) {
				expect(bookingsOf(contact)).toBeLessThanOrEqual(1);
				expect(textsTo(contact)).toBeLessThanOrEqual(1);
				// Whoever was told that they are booked is.
				expect(bookingsOf(contact)).toBeGreaterThanOrEqual(textsTo(contact));
			}
			fixture.model.faults.clear();
		},
		10 * MINUTE,
	);
});
