import { setTimeout as pause } from 'node:timers/promises';
import { isSettled, judgeContacts } from './evidence';
import type { FaultFixture } from './fault-fixture';
import type { Verdict } from './judge-thread';

const LOOK_MS = 500;
/** Nothing has changed for that long: what is still open waits for somebody. Milliseconds. */
const QUIET_MS = 10_000;
/** A run that was killed holds its thread for half a minute, and its turn for up to two. */
const PATIENCE_MS = 180_000;
/** So many contacts may help a second and a third time: what one text woke up may have died too. */
const ROUNDS_OF_CONTACTS = 3;
/** A process looks for what was lost once a minute, when it takes a text in. */
const ROUNDS_OF_STRANGERS = 12;

/**
 * Who texts after a crash, so that what it left is taken up: those who wait themselves, or anybody.
 * `nobody`: all has to be answered without help.
 */
export type Rouser = 'nobody' | 'stranger' | 'those who wait';

export interface Settled {
	verdicts: Map<string, Verdict>;
	/** Texts that were sent to wake up what a crash had left. */
	rousing: number;
}

/**
 * Waits until every text is covered and every reply recorded. Gives up when nothing changes any
 * more, and leaves the verdict to the caller.
 */
export async function settle(
	fixture: FaultFixture,
	contacts: readonly string[],
	rouser: Rouser,
): Promise<Settled> {
	const people = [...contacts];
	let rousing = 0;
	let rounds = { nobody: 0, stranger: ROUNDS_OF_STRANGERS, 'those who wait': ROUNDS_OF_CONTACTS }[
		rouser
	];
	let seen = '';
	let changedAt = Date.now();
	for (;;) {
		const verdicts = await judgeContacts(fixture, people);
		const open = people.filter((contact) => !isSettled(verdictOf(verdicts, contact)));
		if (open.length === 0) return { verdicts, rousing };

		const now = JSON.stringify(open.map((contact) => verdicts.get(contact)));
		if (now !== seen) changedAt = Date.now();
		seen = now;
		const quietFor = Date.now() - changedAt;
		if (quietFor > QUIET_MS && rounds > 0) {
			rounds -= 1;
			const helpers = rouser === 'stranger' ? fixture.texting.newContacts(1) : open;
			people.push(...helpers.filter((helper) => !people.includes(helper)));
			rousing += helpers.length;
			await Promise.all(helpers.map((contact) => fixture.texting.text(contact)));
			changedAt = Date.now();
		} else if (quietFor > PATIENCE_MS) {
			return { verdicts, rousing };
		}
		await pause(LOOK_MS);
	}
}

function verdictOf(verdicts: Map<string, Verdict>, contact: string): Verdict {
	const verdict = verdicts.get(contact);
	if (!verdict) throw new Error(`No verdict on ${contact}`);
	return verdict;
}
