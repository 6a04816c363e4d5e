import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { replyToThread } from '../../nodes/shared/replying/reply-to-thread';
import { smsSender } from '../../nodes/shared/sending/send-to-thread';
import type { OpenThreadStore } from '../../nodes/shared/threads/thread-store';
import { takeThread } from '../../nodes/shared/threads/turns/speaking';
import { composerOf, hello, inbound, plan } from '../integration/replying/reply-fixture';
import { openSendingDesk, OURS, type SendingDesk } from '../integration/sending/sending-fixture';
import { EVERY_STORE } from './every-store';

const RACES = 125;
/** So many contacts at a time. */
const AT_ONCE = 25;
/** The model writes, and the person acts, within this many milliseconds. */
const WITHIN_MS = 40;

let desk: SendingDesk;
beforeAll(async () => {
	desk = await openSendingDesk({ timeoutMs: 60_000 });
});
afterAll(() => desk.close());

/** What the contact was texted, by whom, in the order in which Twilio took it. */
const textsTo = (contact: string) =>
	desk.twilio
		.messages({ direction: 'outbound' })
		.filter(({ to }) => to === contact)
		.map(({ body }) => body);

const BY_AGENT = ['Hello!', 'Written ahead'];
const BY_PERSON = 'Ana here';
const takes = { by: 'Ana', why: 'she knows them', pauseMs: null };

/** A reply and a follow-up are on their way as a person comes. Gives what the agent said too late. */
async function race(store: OpenThreadStore, nth: number, writes: boolean): Promise<string[]> {
	const contact = `+1415555${String(nth).padStart(4, '0')}`;
	const threadId = desk.threadId.replace(/[^:]+$/, contact);
	const services = { ...desk.services, clock: systemClock, store };
	const sms = smsSender(services);
	const text = inbound('Are you open?');
	await store.threads.append(threadId, [text], 0);
	const soon = async () => await sleep(Math.random() * WITHIN_MS);
	const { composer } = composerOf(async () => {
		await soon();
		return hello;
	});
	const turn = {
		...{ threadId, contact, agentName: 'Ava', sender: OURS, messagingServiceSid: null },
		messages: [text],
	};
	const followUp = async () => {
		await soon();
		const body = 'Written ahead';
		const draft = { threadId, to: contact, from: OURS, body, author: 'agent' as const };
		await sms.sendToThread(draft, `follow-up:${contact}`);
	};
	let before = 0;
	const person = async () => {
		await soon();
		if (writes) {
			const draft = { threadId, to: contact, from: OURS, body: BY_PERSON };
			const by = { author: 'operator' as const, person: takes };
			await sms.sendToThread({ ...draft, ...by }, `person:${contact}`);
			before = textsTo(contact).indexOf(BY_PERSON);
		} else {
			await takeThread(services, threadId, takes);
			before = textsTo(contact).length;
		}
	};
	await Promise.all([
		replyToThread({ ...services, sms, composer, memory: undefined }, turn, plan),
		followUp(),
		person(),
	]);
	return textsTo(contact)
		.slice(before)
		.filter((body) => BY_AGENT.includes(body));
}

describe('while an agent writes and a person comes', () => {
	it.each(EVERY_STORE)(
		'no text of the agent follows the person, with conversations in %s',
		async (_, open) => {
			const { store, dispose } = await open();
			try {
				const tooLate: string[] = [];
				for (let nth = 0; nth < RACES; nth += AT_ONCE) {
					const contacts = Array.from({ length: AT_ONCE }, (__, at) => nth + at);
					const raced = contacts.map((one) => race(store, one, one % 2 === 0));
					tooLate.push(...(await Promise.all(raced)).flat());
				}
				expect(tooLate).toEqual([]);
				// Else nothing was raced: in some the agent was faster.
				expect(desk.texts().filter((body) => BY_AGENT.includes(body))).not.toEqual([]);
			} finally {
				await dispose();
				desk.twilio.clear();
			}
		},
	);
});
