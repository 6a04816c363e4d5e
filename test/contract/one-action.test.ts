import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Tool } from '../../nodes/shared/acting/tool';
import type { ActingRequest } from '../../nodes/shared/composing/reply-composer';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { replyToThread } from '../../nodes/shared/replying/reply-to-thread';
import { smsSender } from '../../nodes/shared/sending/send-to-thread';
import type { OpenThreadStore } from '../../nodes/shared/threads/thread-store';
import { composerOf, hello, inbound, plan, told } from '../integration/replying/reply-fixture';
import { openSendingDesk, OURS, type SendingDesk } from '../integration/sending/sending-fixture';
import { EVERY_STORE } from './every-store';

const RACES = 50;
/** So many contacts at a time. */
const AT_ONCE = 10;
/** The model thinks, the calendar books and the contact writes again within this many milliseconds each. */
const WITHIN_MS = 40;

let desk: SendingDesk;
beforeAll(async () => {
	desk = await openSendingDesk({ timeoutMs: 60_000 });
});
afterAll(() => desk.close());

const soon = async () => await sleep(Math.random() * WITHIN_MS);
const DONE = /\[action (a\d+), done\]/;

/** What the model does: it books what is not booked yet, and tells of it. */
function stepOf({ messages, rounds }: ActingRequest) {
	const known = DONE.exec(messages.map(({ content }) => content).join('\n'))?.[1];
	const made = /"action":"(a\d+)"/.exec(rounds.flat().at(-1)?.answer ?? '')?.[1];
	const id = known ?? made;
	if (id === undefined) {
		const call = { id: 'c1', tool: 'book_visit', arguments: { at: '15:00' } };
		return { kind: 'toolCalls' as const, calls: [call], ...told };
	}
	const text = known ? 'You are booked, as I said.' : 'You are booked.';
	return { kind: 'reply' as const, text, restsOn: [id], ...told };
}

/** Given once, and awaited by whoever needs it. */
function signal() {
	let give = () => {};
	const given = new Promise<void>((resolve) => {
		give = resolve;
	});
	return { given, give };
}

/** A booking is on its way as the contact writes again, which starts a run for both texts. */
async function race(store: OpenThreadStore, nth: number) {
	const contact = `+1415556${String(nth).padStart(4, '0')}`;
	const threadId = desk.threadId.replace(/[^:]+$/, contact);
	const services = { ...desk.services, clock: systemClock, store };
	const sms = smsSender(services);
	let bookings = 0;
	// In every second race the contact writes while the calendar books, however busy the machine is.
	const isTimed = nth % 2 === 1;
	const begun = signal();
	const written = signal();
	const calendar: Tool = {
		...{ name: 'book_visit', description: '', parameters: {}, native: {}, onlyLooks: false },
		call: async () => {
			bookings += 1;
			begun.give();
			await (isTimed ? written.given : soon());
			return 'Booked';
		},
	};
	const run = async (texts: ReturnType<typeof inbound>[]) => {
		const { composer } = composerOf(
			() => hello,
			async (request) => {
				await soon();
				return stepOf(request);
			},
		);
		const turn = {
			...{ threadId, contact, agentName: 'Ava', sender: OURS, messagingServiceSid: null },
			messages: texts,
		};
		return await replyToThread({ ...services, sms, composer, tools: [calendar] }, turn, plan);
	};
	const first = inbound('Book 3pm, please');
	await store.threads.append(threadId, [first], 0);
	const again = async () => {
		await (isTimed ? begun.given : soon());
		const second = inbound('And bring the dog');
		await store.threads.append(threadId, [second], 0);
		written.give();
		return await run([first, second]);
	};
	const [one, both] = await Promise.all([run([first]), again()]);
	const texts = desk.twilio
		.messages({ direction: 'outbound' })
		.filter(({ to }) => to === contact)
		.map(({ body }) => body);
	return { bookings, one, both, texts };
}

describe.each(EVERY_STORE)('in %s', (_name, open) => {
	it(`${RACES} bookings are made once each, though the contact writes again, and the next reply knows`, async () => {
		const { store, dispose } = await open();
		desk.twilio.clear();
		let dropped = 0;
		try {
			for (let nth = 0; nth < RACES; nth += AT_ONCE) {
				const races = Array.from({ length: AT_ONCE }, (_, at) => race(store, nth + at));
				for (const { bookings, one, both, texts } of await Promise.all(races)) {
					expect(bookings).toBe(1);
					// The first run may have stopped before it booked.
					const isKnown = (one.composing.actions ?? []).length > 0;
					const said = isKnown ? 'You are booked, as I said.' : 'You are booked.';
					expect(both).toMatchObject({ kind: 'replied', text: said });
					expect(texts.at(-1)).toBe(said);
					const isDropped = one.kind === 'noReply' && one.code === 'newerText';
					expect([one.kind, texts.length]).toEqual(
						isDropped ? ['noReply', 1] : ['replied', 2],
					);
					if (isDropped && isKnown) dropped += 1;
				}
			}
		} finally {
			await dispose();
		}
		// Else nothing was raced.
		expect(dropped).toBeGreaterThanOrEqual(RACES / 2);
	});
});
