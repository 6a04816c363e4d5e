import { setTimeout as pause } from 'node:timers/promises';
import type { FaultFixture } from './fault-fixture';
import type { KillablePart } from './faulted-n8n';
import { sizes } from './sizes';

/** n8n's agent stays silent after a hundred replies to one contact in an hour. */
const TEXTS_EACH = 15;
const COMPOSING_MS = 800;

/**
 * As many contacts at a time go on texting as long as `ordeal` takes, some of them through a Twilio
 * that delivers again what failed. Resolves to all who texted.
 */
export async function killWhile(
	fixture: FaultFixture,
	contacts: number,
	ordeal: () => Promise<void>,
): Promise<string[]> {
	const { e2e } = fixture;
	const people: string[] = [];
	let over = false;
	// Slow enough that many a kill hits between two steps that belong together.
	const posting = { method: 'POST', path: /Messages\.json$/, times: Infinity };
	e2e.model.faults.next({ kind: 'delay', ms: COMPOSING_MS, times: Infinity });
	e2e.twilio.faults.next({ kind: 'delay-after-accept', ms: sizes.sendingMs, ...posting });
	const texters = Array.from({ length: contacts }, async (_, index) => {
		const redeliveries = index % 3 === 0 ? 5 : 0;
		while (!over) {
			const [contact = ''] = fixture.texting.newContacts(1);
			people.push(contact);
			for (let left = TEXTS_EACH; left > 0 && !over; left--) {
				await fixture.texting.text(contact, { redeliveries });
				await pause(fixture.random.between(50, 2_000));
			}
		}
	});
	try {
		await ordeal();
	} finally {
		over = true;
		await Promise.all(texters);
		e2e.model.faults.clear();
		e2e.twilio.faults.clear();
	}
	return people;
}

/**
 * Kills processes of n8n in the middle of their work, one after the other, and starts each again.
 * Every process has its turn before one has it twice.
 */
export async function killParts({ parts, random }: FaultFixture, kills: number): Promise<void> {
	let waiting: KillablePart[] = [];
	for (let left = kills; left > 0; left--) {
		await pause(random.between(300, 3_000));
		if (waiting.length === 0) waiting = [...parts];
		const part = random.pick(waiting);
		waiting = waiting.filter((one) => one !== part);
		await part.kill();
		await pause(random.between(0, 1_000));
		await part.restart();
	}
}
