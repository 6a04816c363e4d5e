import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AgentRecord } from '../../../nodes/shared/contacts/agent-record';
import { changeConsent } from '../../../nodes/shared/contacts/change-consent';
import { contactIn } from '../../../nodes/shared/contacts/contact';
import { identityOfContact, readStanding } from '../../../nodes/shared/contacts/standing';
import type { Agent } from '../../../nodes/shared/messaging/agent';
import {
	obeyOwner,
	tellOwners,
	type HandedOver,
	type OwnersText,
} from '../../../nodes/shared/owners/owners-phone';
import { smsSender } from '../../../nodes/shared/sending/send-to-thread';
import { recordKeys } from '../../../nodes/shared/threads/record-keys';
import { takeoverAt } from '../../../nodes/shared/threads/takeover';
import { openRateGates } from '../../support/open-rate-gates';
import { openSendingDesk, OURS, type SendingDesk } from '../sending/sending-fixture';

const OWNER = '+14155550188';
const PARTNER = '+14155550189';
const MARIA = '+14155550123';
const BEN = '+14155550124';
const MINUTE = 60_000;

let desk: SendingDesk;
let agent: Agent & AgentRecord;
let sids = 0;

beforeAll(async () => {
	desk = await openSendingDesk();
});
beforeEach(() => {
	desk.reset();
	agent = {
		...{ id: 'front-desk', name: 'Front Desk', smsPrompt: '', senders: [], brand: '' },
		...{ onText: 'reply', webhookUrl: '', ownersPhones: [OWNER] },
	};
});
afterAll(async () => await desk.close());

const accountSid = () => desk.threadId.split(':')[0] ?? '';
const threadOf = (contact: string) => `${accountSid()}:front-desk:${contact}`;
const services = () => ({ ...desk.services, sms: smsSender(desk.services) });
const handOver = async (contact = MARIA, change: Partial<HandedOver> = {}) =>
	await tellOwners(services(), {
		...{ agent, threadId: threadOf(contact), sender: OURS, messagingServiceSid: null },
		...{ newestSid: `SM${++sids}`, lastWords: 'Can I talk to somebody?', isTaken: false },
		...{ why: 'They ask for a person.', ...change },
	});
const textOf = (body: string, change: Partial<OwnersText> = {}): OwnersText => ({
	...{ accountSid: accountSid(), agent, phone: OWNER, sender: OURS, messagingServiceSid: null },
	...{ messageSid: `SMowner${++sids}`, body, hasMedia: false },
	...{ cameAt: desk.services.clock.now(), ...change },
});
/** What the phone is answered. */
const texts = async (body: string, change: Partial<OwnersText> = {}) => {
	const before = to(OWNER).length;
	await obeyOwner(services(), textOf(body, change));
	return to(OWNER).slice(before);
};
const to = (number: string) =>
	desk.twilio.messages({ direction: 'outbound', to: number }).map(({ body }) => body);
const takeoverOf = async (contact: string) => {
	const { state } = await desk.services.store.threads.read(threadOf(contact), 10);
	return takeoverAt(state, desk.services.clock.now());
};
const named = async (contact: string, name: string) => {
	const { records } = desk.services.store;
	await records.change(recordKeys.contact(accountSid(), '', contact), (present) => ({
		...contactIn(present),
		name,
	}));
};

describe('a hand-over', () => {
	it('is told to each phone once: who, what they said, why, and how to answer', async () => {
		agent.ownersPhones = [OWNER, PARTNER];
		await named(MARIA, 'Maria');
		const first = { newestSid: 'SMfirst', lastWords: 'Hello?\n3: take 3' };
		expect(await handOver(MARIA, first)).toEqual({
			...{ number: 1, told: [OWNER, PARTNER], warnings: [] },
		});
		await handOver(MARIA, first);
		expect(to(OWNER)).toEqual([
			`1: Maria (${MARIA}) needs a person.\n"Hello? 3: take 3"\nWhy: They ask for a person.\nAnswer here with "1 your words", "take 1" or "release 1".`,
		]);
		expect(to(PARTNER)).toEqual(to(OWNER));
		const { messages } = await desk.services.store.threads.read(threadOf(OWNER), 10);
		expect(messages).toMatchObject([{ author: 'operator', sender: OURS }]);
		expect((await desk.services.store.threads.read(threadOf(MARIA), 10)).messages).toEqual([]);
	});

	it('that one phone cannot be told of is a warning, and told to the others', async () => {
		agent.ownersPhones = [OWNER, PARTNER];
		const owner = await identityOfContact(desk.services, threadOf(OWNER));
		const [since, by] = [new Date().toISOString(), 'STOP'];
		await changeConsent(desk.services, owner, {
			status: 'optedOut',
			since,
			by,
			how: 'keyword',
		});
		const { told, warnings } = await handOver();
		expect(told).toEqual([PARTNER]);
		expect(warnings).toEqual([expect.stringContaining(`${OWNER} was not told: `)]);
		expect(to(OWNER)).toEqual([]);
	});

	it('of one contact is told thirty times an hour at most', async () => {
		for (let count = 0; count < 30; count++) await handOver();
		const { told, warnings } = await handOver();
		expect({ told, warnings }).toMatchObject({ told: [], warnings: [expect.any(String)] });
		expect((await handOver(BEN)).told).toEqual([OWNER]);
	});

	it("in the builder's words, and with a PIN, says so", async () => {
		const ownersWords = {
			take: 'nimm',
			release: 'frei',
			list: '',
			pauseAll: '',
			resumeAll: '',
		};
		agent = { ...agent, ownersWords, asksForPin: true };
		await handOver();
		expect(to(OWNER)[0]).toMatch(/"nimm 1" or "frei 1", each after your PIN\.$/);
	});
});

describe("an owner's text", () => {
	it("goes to the contact of its number as a person's, who then has the conversation", async () => {
		await handOver(MARIA);
		await handOver(BEN);
		const [answer] = await texts("2 I'll call you at five");
		expect(to(BEN)).toEqual(["I'll call you at five"]);
		expect(to(MARIA)).toEqual([]);
		expect(answer).toContain(`Sent to ${BEN}.`);
		const { messages } = await desk.services.store.threads.read(threadOf(BEN), 10);
		expect(messages).toMatchObject([{ author: 'operator', person: OWNER, sender: OURS }]);
		expect(await takeoverOf(BEN)).toMatchObject({ by: OWNER, why: 'Hand-over 2' });
		expect(await takeoverOf(MARIA)).toBeUndefined();
	});

	it('takes over and releases one conversation, whose number is free then', async () => {
		await handOver(MARIA);
		await handOver(BEN);
		expect(await texts('take 2')).toEqual([expect.stringContaining(`You have 2: ${BEN}`)]);
		expect(await takeoverOf(BEN)).toMatchObject({ by: OWNER, pauseMs: 12 * 60 * MINUTE });
		await texts('take 1');
		expect(await texts('release 2')).toEqual([expect.stringContaining(`answers ${BEN} again`)]);
		expect([await takeoverOf(BEN), await takeoverOf(MARIA)]).toEqual([
			undefined,
			expect.objectContaining({ by: OWNER }),
		]);
		expect(await texts('2 Are you there?')).toEqual([
			'No hand-over 2 is open; nothing was done. Open: 1.',
		]);
		expect([to(MARIA), to(BEN)]).toEqual([[], []]);
	});

	it('lists what is open', async () => {
		expect(await texts('list')).toEqual(['No hand-over is open.']);
		await named(MARIA, 'Maria');
		await handOver(MARIA);
		await handOver(BEN);
		await texts('take 1');
		desk.services.clock.advance(90 * MINUTE);
		const [list] = await texts('list');
		expect(list?.split('\n').toSorted()).toEqual([
			`1: Maria (${MARIA}), 1 h ago, a person has them: They ask for a person.`,
			`2: ${BEN}, 1 h ago: They ask for a person.`,
		]);
	});

	it('without a number goes to nobody, with one hand-over open too', async () => {
		await handOver();
		const [help] = await texts("I'll call you at five");
		expect(help).toContain('Nothing was done. Text:\n"2 your words"');
		expect(to(MARIA)).toEqual([]);
		expect(await texts('Liked “Hello”')).toEqual([]);
	});

	it('does not reach who has opted out', async () => {
		await handOver();
		const maria = await identityOfContact(desk.services, threadOf(MARIA));
		const [since, by] = [new Date().toISOString(), 'STOP'];
		await changeConsent(desk.services, maria, {
			status: 'optedOut',
			since,
			by,
			how: 'keyword',
		});
		expect(await texts('1 Sorry')).toEqual([`${MARIA} has opted out; nothing was sent.`]);
		expect(to(MARIA)).toEqual([]);
	});

	it('pauses and resumes all agents of the brand', async () => {
		const paused = async () => (await readStanding(desk.services, threadOf(MARIA), 1)).pause;
		await texts('pause all');
		expect(await paused()).toMatchObject({ by: OWNER });
		await handOver();
		await texts('1 A person still may');
		expect(to(MARIA)).toEqual(['A person still may']);
		expect(await texts('resume all')).toEqual(['The agents answer again.']);
		expect(await paused()).toBeUndefined();
		expect(await texts('resume all')).toEqual([expect.stringContaining('No agent was paused')]);
	});

	it('is obeyed and answered once, however often and wherever it comes again', async () => {
		await handOver();
		const text = textOf('1 Once');
		await Promise.all([
			obeyOwner(services(), text),
			obeyOwner(services(), text).catch(() => undefined),
		]);
		expect(await obeyOwner(services(), text)).toEqual({ kind: 'known' });
		expect([to(MARIA), to(OWNER).length]).toEqual([['Once'], 2]);
	});

	it('is relayed once where everything broke off right after', async () => {
		await handOver();
		const text = textOf('1 Once');
		const { claims } = desk.services.store;
		const broken = {
			...services(),
			store: {
				...desk.services.store,
				claims: {
					...claims,
					settle: async () => await Promise.reject(new Error('The process died')),
					release: async () => {},
				},
			},
		};
		await expect(obeyOwner(broken, text)).rejects.toThrow('died');
		expect(await obeyOwner(services(), text)).toEqual({ kind: 'held' });
		desk.services.clock.advance(4 * MINUTE);
		expect(await obeyOwner(services(), text)).toEqual({ kind: 'obeyed' });
		expect([to(MARIA), to(OWNER).length]).toEqual([['Once'], 2]);
	});

	it('is tried again where Twilio was away, for a quarter of an hour', async () => {
		await handOver();
		const text = textOf('1 Hello');
		desk.twilio.faults.next({ kind: '429', times: 100 });
		await expect(obeyOwner(services(), text)).rejects.toThrow();
		desk.twilio.faults.clear();
		openRateGates();
		expect(await obeyOwner(services(), text)).toEqual({ kind: 'obeyed' });
		expect(to(MARIA)).toEqual(['Hello']);
	});

	it('that is older than a quarter of an hour is not obeyed; of an old day not answered', async () => {
		await handOver();
		const ago = (minutes: number) => desk.services.clock.now() - minutes * MINUTE;
		for (const command of ['1 Hello', 'take 1', 'pause all']) {
			expect(await texts(command, { cameAt: ago(16) })).toEqual([
				'Your text of 16 minutes ago came too late; nothing was done. Text it again if you still want it.',
			]);
		}
		expect(await texts('1 Hello', { cameAt: ago(25 * 60) })).toEqual([]);
		expect(to(MARIA)).toEqual([]);
		expect(await takeoverOf(MARIA)).toBeUndefined();
	});

	it('with a wrong PIN is refused once an hour, and after ten the right one too', async () => {
		agent.ownersPin = '4711';
		await handOver();
		expect(await texts('4711 1 Hello')).toHaveLength(1);
		expect(await texts('1 Hello again')).toEqual([
			'Refused, nothing was done: begin with your PIN.',
		]);
		expect(await texts('4712 1 Hello again')).toEqual([]);
		expect(await texts('4711 list')).toHaveLength(1);
		for (let count = 0; count < 8; count++) await texts(`${count}999 list`);
		expect(await texts('4711 1 Too many tries')).toEqual([]);
		desk.services.clock.advance(61 * MINUTE);
		expect(await texts('4711 list')).toHaveLength(1);
		expect(to(MARIA)).toEqual(['Hello']);
	});

	it('is relayed thirty times an hour to one contact at most', async () => {
		await handOver();
		for (let count = 0; count < 30; count++) await texts(`1 Text ${count}`);
		expect(await texts('1 One more')).toEqual([
			'Too many texts went out within an hour; nothing was sent.',
		]);
		expect(to(MARIA)).toHaveLength(30);
	});

	it('never mixes up ten hand-overs that are answered at once', async () => {
		const contacts = Array.from({ length: 10 }, (_, index) => `+1415556${1000 + index}`);
		for (const contact of contacts) await handOver(contact);
		await Promise.all(
			contacts.map(async (contact, index) => await texts(`${index + 1} For ${contact}`)),
		);
		for (const contact of contacts) expect(to(contact)).toEqual([`For ${contact}`]);
	});
});
