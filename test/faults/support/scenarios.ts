import { setTimeout as pause } from 'node:timers/promises';
import { killParts, killWhile } from './killing';
import type { Scenario } from './run-scenario';
import type { Rouser } from './settle';
import type { Sizes } from './sizes';

/** Many contacts, each of whom sends several texts without waiting for an answer. */
export function crowd(contacts: number, textsEach: number, atATime: number): Scenario {
	return {
		name: `${contacts} contacts, ${textsEach} texts each, ${atATime} at a time`,
		async act({ texting }) {
			const people = texting.newContacts(contacts);
			const texts = people.flatMap((contact) => Array<string>(textsEach).fill(contact));
			await someAtATime(atATime, texts, async (contact) => {
				await texting.text(contact);
			});
			return { contacts: people };
		},
	};
}

async function someAtATime(
	atATime: number,
	contacts: readonly string[],
	act: (contact: string) => Promise<void>,
): Promise<void> {
	const waiting = [...contacts];
	const next = async () => {
		for (let contact = waiting.shift(); contact; contact = waiting.shift()) await act(contact);
	};
	await Promise.all(Array.from({ length: atATime }, next));
}

export function torrent(texts: number): Scenario {
	return { ...crowd(1, texts, texts), name: `${texts} texts of one contact at once` };
}

/** Each text is delivered twice at once, and a third time a little later. */
export function twice(contacts: number, atATime: number): Scenario {
	return {
		name: `${contacts} contacts, every webhook delivered three times`,
		async act({ texting, e2e, random }) {
			const people = texting.newContacts(contacts);
			await someAtATime(atATime, people, async (contact) => {
				const { messageSid } = await texting.text(contact, { deliveries: 2 });
				await pause(random.between(0, 500));
				await e2e.twilio.redeliver(messageSid);
			});
			return { contacts: people, mostRuns: contacts };
		},
	};
}

const COMPOSING_MS = 10_000;

/** A second and a third text come while the model writes the answer to the first. */
export function slowModel(contacts: number): Scenario {
	return {
		name: `${contacts} contacts who write again while a slow model composes`,
		async act({ texting, e2e, random }) {
			e2e.model.faults.next({ kind: 'delay', ms: COMPOSING_MS, times: contacts });
			const people = texting.newContacts(contacts);
			await Promise.all(
				people.map(async (contact) => {
					await texting.text(contact);
					await pause(random.between(1_000, COMPOSING_MS - 2_000));
					await texting.text(contact);
					await pause(random.between(0, 1_500));
					await texting.text(contact);
				}),
			);
			e2e.model.faults.clear();
			return { contacts: people };
		},
	};
}

/** The server that keeps the threads dies while texts arrive, and comes back. */
export function storeKilled(contacts: number, kills: number, rouser: Rouser): Scenario {
	return {
		name: `${contacts} contacts, the thread store killed ${kills} times`,
		rouser,
		async act(fixture) {
			const { server, random } = fixture;
			const people = await killWhile(fixture, contacts, async () => {
				for (let left = kills; left > 0; left--) {
					await pause(random.between(500, 2_500));
					await server.kill();
					await pause(random.between(200, 2_000));
					await server.bringBack();
				}
			});
			return { contacts: people, kills };
		},
	};
}

/** Processes of n8n die at random moments while texts arrive, and are started again. */
export function n8nKilled(contacts: number, kills: number, rouser: Rouser): Scenario {
	return {
		name: `${contacts} contacts, processes of n8n killed ${kills} times`,
		rouser,
		async act(fixture) {
			const people = await killWhile(fixture, contacts, () => killParts(fixture, kills));
			return { contacts: people, kills };
		},
	};
}

/** All of them. */
export function everyScenario(sizes: Sizes): Scenario[] {
	return [
		crowd(sizes.crowd, 5, sizes.atATime),
		torrent(sizes.torrent),
		twice(sizes.twice, sizes.atATime),
		slowModel(sizes.slow),
		storeKilled(sizes.texters, sizes.storeKills, sizes.rouser),
		n8nKilled(sizes.texters, sizes.n8nKills, sizes.rouser),
	];
}
