import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { itemsOf } from '../../harness/n8n-client';
import { twoWayAgent } from '../../harness/two-way-agent';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

/** Milliseconds: the first try again is due after half a minute, and a trigger may look a little later. */
const PATIENCE = 150_000;
const MARIA = '+14155550181';
const BO = '+14155550182';

let fixture: E2eFixture;
beforeAll(async () => {
	fixture = await openE2eFixture({ withService: true });
});
afterAll(() => fixture.close());

const textsTo = (contact: string) =>
	fixture.twilio
		.messages()
		.filter(({ direction, to }) => direction.startsWith('outbound') && to === contact)
		.map(({ body }) => body);

async function until(done: () => boolean): Promise<void> {
	for (const end = Date.now() + PATIENCE; !done() && Date.now() < end;) await pause(500);
}

describe('a text that could not be answered at first', () => {
	it(
		'is answered by itself, once, when what was down is back: in the same words where there were any',
		async () => {
			const workflow = await fixture.startWorkflow(twoWayAgent(fixture, {}));
			const text = async (from: string, body: string, runs: number) => {
				await fixture.twilio.textFromContact({
					from,
					to: fixture.number.phoneNumber,
					body,
				});
				return await fixture.client.endedExecutions(workflow.id, runs, 90_000);
			};
			// A full queue at Twilio, which turns the text away.
			fixture.twilio.faults.next({
				...({ kind: 'error', code: 21611, status: 429 } as const),
				...{ method: 'POST', path: /Messages\.json/, times: 1 },
			});
			await text(MARIA, 'Hi, my name is Maria', 1);
			fixture.model.faults.next({ kind: '500', times: 3 });
			const executions = await text(BO, 'Hi, my name is Bo', 2);
			const codes = executions.map(
				(execution) => itemsOf(execution, 'Agent Reply', 2)[0]?.json['reasonCode'],
			);
			expect(codes).toEqual(['retryLater', 'retryLater']);
			const asked = fixture.model.requests.length;

			await until(() => textsTo(MARIA).length > 0 && textsTo(BO).length > 0);
			await pause(5_000);
			expect(textsTo(MARIA)).toEqual(['Nice to meet you, Maria. How can I help?']);
			expect(textsTo(BO)).toEqual(['Nice to meet you, Bo. How can I help?']);
			// Once more for the one who had no words yet.
			expect(fixture.model.requests.length - asked).toBe(1);
			await fixture.client.deactivate(workflow.id);
		},
		PATIENCE + 60_000,
	);
});
