import { setTimeout as pause } from 'node:timers/promises';
import { itemsOf } from '../../../harness/n8n-client';
import { poll } from '../../../harness/poll';
import type { Line } from './line';
import type { Trouble } from './trouble';

const MINUTE_MS = 60_000;
const KILLED_MS = 100_000;
/** Missed texts are answered at no more than thirty a minute. */
const MISSED_MS = 3 * MINUTE_MS;
const COMPOSING_MS = 8_000;
/** How long Twilio takes to answer where it, too, is to be cut off in the middle. */
const SENDING_MS = 800;
/** Twilio's list shows for certain after two minutes whether a text was taken. */
const UNCERTAIN_MS = 4 * MINUTE_MS;

/**
 * A part of n8n dies while the model writes the answers to some; the others have theirs.
 *
 * @param dying as in "n8n killed".
 * @param anywhere at a moment that chance chooses: a reply may then be on its way.
 */
export function beingAnswered(
	dying: string,
	contacts: number,
	composing: number,
	anywhere: boolean,
): Trouble {
	return {
		name: `${dying} while it answers ${composing} of ${contacts} contacts`,
		withinMs: anywhere ? UNCERTAIN_MS : KILLED_MS,
		async before(line) {
			const { model, twilio } = line.e2e;
			const people = line.texting.newContacts(contacts);
			await line.text(people.slice(composing));
			await poll(
				'the first to be answered',
				() => people.slice(composing).every(isAnswered(line)) || undefined,
				{ timeoutMs: MINUTE_MS },
			);
			model.faults.next({ kind: 'delay', ms: COMPOSING_MS, times: composing });
			const before = model.requests.length;
			await line.text(people.slice(0, composing));
			// Not all: the first of them would have their answer by then.
			await poll(
				'the model to be asked',
				() => model.requests.length >= before + composing / 2 || undefined,
				{ timeoutMs: COMPOSING_MS, everyMs: 20 },
			);
			if (!anywhere) return;
			twilio.faults.next({ kind: 'delay-after-accept', ms: SENDING_MS, times: Infinity });
			await pause(line.random.between(0, COMPOSING_MS + 2 * SENDING_MS));
		},
		async during({ e2e }) {
			e2e.model.faults.clear();
			e2e.twilio.faults.clear();
		},
	};
}

const isAnswered = (line: Line) => (contact: string) => line.repliesTo(contact).length > 0;

/** Texts that come while n8n is dead, from people of every kind. */
export function missed(dead: string, withinMs = MISSED_MS): Trouble {
	const crowd = new MissedCrowd();
	return {
		name: `${dead} while 40 contacts send ${crowd.texts} texts`,
		withinMs,
		// With none at all there would be no mark to begin at.
		before: async (line) => await crowd.acquaint(line),
		during: async (line) => await crowd.text(line),
		check: async (line) => await crowd.check(line),
	};
}

/** The same, while n8n runs and its public address leads nowhere. */
export function addressDead(forMs: number, withinMs: number): Trouble {
	const crowd = new MissedCrowd();
	return {
		name: `an address that leads nowhere while 40 contacts send ${crowd.texts} texts`,
		withinMs,
		async after(line) {
			await crowd.acquaint(line);
			line.cutOff();
			const dead = pause(forMs);
			await crowd.text(line);
			await dead;
			line.reconnect();
		},
		check: async (line) => await crowd.check(line),
	};
}

/**
 * Forty contacts who text sixty times while nobody listens: three end with STOP, five are answered
 * by a person, ten send a picture, twenty text twice.
 */
class MissedCrowd {
	readonly texts = 60;
	private people: string[] = [];
	private stopping: string[] = [];
	private byHand: string[] = [];
	private picturing: string[] = [];

	/** Somebody has texted before and has been answered. */
	async acquaint(line: Line): Promise<void> {
		const [known = ''] = line.texting.newContacts(1);
		await line.text([known]);
		await poll('the first answer', () => isAnswered(line)(known) || undefined, {
			timeoutMs: MINUTE_MS,
		});
	}

	async text(line: Line): Promise<void> {
		const people = line.texting.newContacts(40);
		this.people = people;
		this.stopping = people.slice(0, 3);
		this.byHand = people.slice(3, 8);
		this.picturing = people.slice(8, 18);
		// Of the second text: one turn has both.
		await line.textInVain(people.slice(0, 20));
		for (const contact of people.slice(0, 20)) line.expected.delete(contact);
		await line.textInVain(this.stopping, { body: 'STOP' });
		await line.textInVain(people.slice(3, 8));
		await line.textInVain(this.picturing, { picture: true });
		await line.textInVain(people.slice(18));
		for (const contact of this.byHand) await line.writeByHand(contact);
		for (const contact of [...this.stopping, ...this.byHand]) line.expected.set(contact, 0);
	}

	async check(line: Line): Promise<string[]> {
		const optedOut = await Promise.all(
			this.stopping.map(async (contact) => await line.isOptedOut(contact)),
		);
		const items = (await line.executions()).flatMap((one) =>
			itemsOf(one, 'Incoming SMS Trigger'),
		);
		const pictures = this.picturing.filter((contact) =>
			items.some(
				({ json }) =>
					json['contact'] === contact && (json['media'] as unknown[]).length > 0,
			),
		);
		const onTime = items.filter(
			({ json }) =>
				this.people.some((contact) => contact === json['contact']) && json['late'] !== true,
		);
		return [
			...this.stopping
				.filter((_, index) => !optedOut[index])
				.map((contact) => `${contact} wrote STOP and is not opted out`),
			...this.picturing
				.filter((contact) => !pictures.includes(contact))
				.map((contact) => `${contact} sent a picture that no run has`),
			...(onTime.length > 0 ? [`${onTime.length} turns are not marked late`] : []),
		];
	}
}
