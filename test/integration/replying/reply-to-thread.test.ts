import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { composeOnly } from '../../../nodes/shared/replying/compose-reply';
import type { Composition } from '../../../nodes/shared/composing/parse-answer';
import type { ReplyComposer } from '../../../nodes/shared/composing/reply-composer';
import { MalformedCompositionError } from '../../../nodes/shared/composing/model-error';
import type { ReplyPlan, ReplyTurn } from '../../../nodes/shared/replying/reply-turn';
import { replyToThread } from '../../../nodes/shared/replying/reply-to-thread';
import type { Message } from '../../../nodes/shared/messaging/message';
import { createMessage } from '../../../nodes/shared/twilio/api/messages';
import { LiveThreads } from '../../../nodes/shared/threads/stores/static-data/live-threads';
import { staticDataThreadStore } from '../../../nodes/shared/threads/stores/static-data/static-data-thread-store';
import { type OpenThreadStore, type ThreadState } from '../../../nodes/shared/threads/thread-store';
import { DEFAULT_LIMITS } from '../../../nodes/shared/threads/thread-limits';
import { systemClock } from '../../../nodes/shared/n8n/host/system-clock';
import { optOut, takeOver } from '../../support/contact-state';
import { memoryThreadStore } from '../../support/memory-thread-store';
import { composerOf, hello, inbound, plan, told, turnAt } from './reply-fixture';
import { CONTACT, openSendingDesk, OURS, type SendingDesk } from '../sending/sending-fixture';

let desk: SendingDesk;
beforeAll(async () => {
	desk = await openSendingDesk();
});
beforeEach(() => desk.reset());
afterAll(() => desk.close());

const turnOf = (...messages: Message[]) => turnAt(desk, messages);
const always = (composition: Composition) => composerOf(() => composition).composer;

/** For runs that wait for one another: the desk's own clock jumps over their waits. */
function inRealTime() {
	Object.assign(desk.services, { clock: systemClock, store: memoryThreadStore(systemClock) });
}

async function reply(turn: ReplyTurn, composer = always(hello), change: Partial<ReplyPlan> = {}) {
	const services = { ...desk.services, sms: desk.sender, composer };
	return await replyToThread(services, turn, { ...plan, ...change });
}

/** A run that stalls: it does not hold on to the thread, and others may answer meanwhile. */
async function replyWithoutRenewing(turn: ReplyTurn, composer: ReplyComposer) {
	const { clock } = desk.services;
	const stalled = {
		now: () => clock.now(),
		elapsed: () => clock.elapsed(),
		sleep: async (ms: number) => await clock.sleep(ms),
		after: () => () => {},
	};
	const services = { ...desk.services, clock: stalled, sms: desk.sender, composer };
	return await replyToThread(services, turn, plan);
}

/** A store that forgets all but the newest two messages of a thread. */
function storeOfTwoMessages(): OpenThreadStore {
	const limits = { ...DEFAULT_LIMITS, messagesPerThread: 2 };
	return staticDataThreadStore(new LiveThreads(), limits, desk.services.clock, () => {});
}

/** What Twilio took of a run that died: the thread knows nothing of it. */
async function sendByHand(body: string): Promise<void> {
	await createMessage(desk.services.twilio, desk.draft({ body }));
}

const threads = () => desk.services.store.threads;
const receive = (message: Message) => threads().append(desk.threadId, [message], 0);
const setState = (change: Partial<ThreadState>) =>
	threads().changeState(desk.threadId, (state) => ({ ...state, ...change }));

describe('replyToThread', () => {
	it('sends what was composed from the number that was texted, and joins the thread', async () => {
		const text = inbound('Hi');
		const outcome = await reply(turnOf(text));
		expect(outcome).toMatchObject({
			kind: 'replied',
			text: 'Hello!',
			encoding: 'GSM-7',
			numSegments: 1,
			sent: { from: OURS, to: CONTACT, repeated: false },
			composing: { ...told, history: { includedMessages: 0 } },
		});
		expect(desk.texts()).toEqual(['Hello!']);
		const { messages } = await threads().read(desk.threadId, 10);
		expect(messages.map(({ body }) => body)).toEqual(['Hi', 'Hello!']);
		expect(messages[1]).toMatchObject({ author: 'agent', answers: [text.messageSid] });
	});

	it('gives the recorded reply when the same turn is run again, and sends nothing', async () => {
		const turn = turnOf(inbound('Hi'));
		const first = await reply(turn);
		const again = await reply(turn, always({ kind: 'reply', text: 'Other words', ...told }));
		expect(again).toMatchObject({
			kind: 'replied',
			text: 'Hello!',
			sent: { repeated: true },
			composing: { usage: null },
		});
		expect(again).toHaveProperty(
			'sent.messageSid',
			(first as { sent: { messageSid: string } }).sent.messageSid,
		);
		expect(desk.texts()).toEqual(['Hello!']);
	});

	it('replies once to a turn that is run five times at once', async () => {
		inRealTime();
		const turn = turnOf(inbound('Hi'));
		const outcomes = await Promise.all(Array.from({ length: 5 }, () => reply(turn)));
		expect(desk.texts()).toEqual(['Hello!']);
		const repeats = outcomes.filter((one) => one.kind === 'replied' && one.sent?.repeated);
		expect(repeats).toHaveLength(4);
	});

	it('answers two texts one after the other, the second knowing the first reply', async () => {
		inRealTime();
		const first = inbound('Hi');
		const second = inbound('And now?');
		let composed = () => {};
		const untilComposed = new Promise<void>((resolve) => (composed = resolve));
		let asked = () => {};
		const untilAsked = new Promise<void>((resolve) => (asked = resolve));
		const { composer, requests } = composerOf(async () => {
			asked();
			await untilComposed;
			return hello;
		});
		const running = reply(turnOf(first), composer);
		await untilAsked;
		await receive(second);
		const next = reply(turnOf(second), composer);
		composed();
		await Promise.all([next, running]);
		// The first run finds the newer text before it sends, and leaves both to the second.
		expect(desk.texts()).toEqual(['Hello!']);
		expect(
			requests
				.at(-1)
				?.messages.map(({ content }) => content)
				.join(),
		).toMatch(/Hi[\s\S]*And now\?/);
	});

	it('takes over from a run that died while it held the turn', async () => {
		const text = inbound('Hi');
		const { claims } = desk.services.store;
		await claims.claim(`lease:${desk.threadId}`, 1_500);
		expect(await reply(turnOf(text))).toMatchObject({ kind: 'replied' });
		expect(desk.texts()).toEqual(['Hello!']);
	});

	describe('when the run of the text before died while it sent', () => {
		const words = 'We open at nine.';
		let first: Message;
		let second: Message;
		beforeEach(async () => {
			first = inbound('When do you open?');
			second = inbound('Hello?');
			await receive(first);
			await receive(second);
			await setState({ startedThrough: second.messageSid });
		});

		/** As the run that died has left it: it had asked Twilio. */
		async function dieWhileSending(): Promise<void> {
			const { claims } = desk.services.store;
			const key = `lease:${desk.threadId}`;
			const claim = await claims.claim(key, 60_000);
			if (claim.status !== 'claimed') throw new Error('The claim is not free');
			const since = new Date(desk.services.clock.now()).toISOString();
			const answers = [first.messageSid];
			const sending = { phase: 'sending', since, to: CONTACT, body: words, answers };
			await claims.note(key, claim.token, sending, 120_000);
		}
		const secondSees = async () => {
			const { composer, requests } = composerOf(() => hello);
			expect(await reply(turnOf(second), composer)).toMatchObject({ kind: 'replied' });
			return requests[0]?.messages.map(({ role, content }) => `${role}: ${content}`).join();
		};

		it('adds to the thread what went out, before it answers', async () => {
			await sendByHand(words);
			await dieWhileSending();
			expect(await secondSees()).toMatch(/When do you open\?,assistant: We open at nine/);
			expect(desk.texts()).toEqual([words, 'Hello!']);
			const { messages } = await threads().read(desk.threadId, 10);
			expect(messages.map(({ answers }) => answers).filter(Boolean)).toEqual([
				[first.messageSid],
				[second.messageSid],
			]);
		});

		it('answers only the rest of a turn that was given both texts', async () => {
			await sendByHand(words);
			await dieWhileSending();
			expect(await reply(turnOf(first, second))).toMatchObject({ kind: 'replied' });
			const { messages } = await threads().read(desk.threadId, 10);
			expect(messages.map(({ answers }) => answers).filter(Boolean)).toEqual([
				[first.messageSid],
				[second.messageSid],
			]);
		});

		it('answers, though Twilio does not tell what became of the reply before', async () => {
			await dieWhileSending();
			desk.twilio.faults.next({
				kind: '503',
				method: 'GET',
				path: /Messages\.json/,
				times: 9,
			});
			expect(await secondSees()).toMatch(/Hello\?$/);
			desk.twilio.faults.clear();
			expect(desk.texts()).toEqual(['Hello!']);
		});

		it('sends nothing where the reply before is found and the thread cannot take it', async () => {
			await sendByHand(words);
			await dieWhileSending();
			const store = threads();
			const { append } = store;
			store.append = async () => await Promise.reject(new Error('disk full'));
			await expect(reply(turnOf(second))).rejects.toThrow('The text WAS sent');
			store.append = append;
			expect(await secondSees()).toMatch(/assistant: We open at nine/);
			expect(desk.texts()).toEqual([words, 'Hello!']);
		});

		it('answers both texts when nothing went out', async () => {
			await dieWhileSending();
			expect(await secondSees()).toMatch(/When do you open\?\n.*Hello\?$/);
			expect(desk.texts()).toEqual(['Hello!']);
		});
	});

	describe('when its run dies after Twilio took the reply', () => {
		const list = { method: 'GET', path: /Messages\.json/ } as const;
		/** From the model's answer on the run does none of this; the next one does it again. */
		async function replyWithout(
			turn: ReplyTurn,
			...undone: Array<'append' | 'note' | 'release'>
		) {
			const { threads: kept, claims } = desk.services.store;
			const was = { append: kept.append, note: claims.note, release: claims.release };
			const fail = async () => await Promise.reject(new Error('died'));
			const { composer } = composerOf(() => {
				if (undone.includes('append')) kept.append = fail;
				if (undone.includes('release')) claims.release = fail;
				return hello;
			});
			claims.note = async (key, token, record, holdMs) => {
				if (undone.includes('note') && holdMs === 0) await fail();
				await was.note(key, token, record, holdMs);
			};
			await reply(turn, composer).catch(() => undefined);
			Object.assign(kept, { append: was.append });
			Object.assign(claims, { note: was.note, release: was.release });
			desk.services.clock.advance(120_000);
		}
		const shownReplies = async () =>
			(await threads().read(desk.threadId, 10)).messages.filter(({ answers }) => answers);

		it('knows it from the thread', async () => {
			const turn = turnOf(inbound('Hi'));
			await replyWithout(turn, 'release');
			expect(await reply(turn)).toMatchObject({
				sent: { repeated: true, reconciled: false },
			});
			expect(desk.texts()).toEqual(['Hello!']);
		});

		it('finds it in the list of Twilio where the thread does not show it', async () => {
			const turn = turnOf(inbound('Hi'));
			await replyWithout(turn, 'append', 'note', 'release');
			expect(await shownReplies()).toEqual([]);
			expect(await reply(turn)).toMatchObject({ sent: { repeated: true, reconciled: true } });
			expect(desk.texts()).toEqual(['Hello!']);
			expect(await shownReplies()).toMatchObject([
				{ answers: [turn.messages[0]?.messageSid] },
			]);
		});

		it('knows it from the claim where only the thread failed, and asks no list', async () => {
			const turn = turnOf(inbound('Hi'));
			await replyWithout(turn, 'append');
			desk.twilio.faults.next({ kind: '503', times: 9, ...list });
			expect(await reply(turn)).toMatchObject({
				sent: { repeated: true, reconciled: false },
			});
			desk.twilio.faults.clear();
			expect(desk.texts()).toEqual(['Hello!']);
			expect(await shownReplies()).toMatchObject([
				{ answers: [turn.messages[0]?.messageSid] },
			]);
		});
	});

	it('does not answer again what the thread has forgotten since', async () => {
		Object.assign(desk.services, { store: storeOfTwoMessages() });
		const first = turnOf(inbound('Hi'));
		await reply(first);
		await reply(turnOf(inbound('And now?')));
		expect(await reply(first)).toMatchObject({ kind: 'noReply', code: 'newerText' });
		expect(await reply(first)).toMatchObject({ kind: 'noReply', code: 'newerText' });
		expect(desk.texts()).toEqual(['Hello!', 'Hello!']);
	});

	it('stops after so many replies in an hour, without a further word to the contact', async () => {
		const change = { maxRepliesPerHour: 2, handoverText: 'A colleague will answer.' };
		const outcomes = [];
		for (const body of ['1', '2', '3', '4']) {
			outcomes.push(await reply(turnOf(inbound(body)), always(hello), change));
		}
		expect(outcomes.map(({ kind }) => kind)).toEqual([
			'replied',
			'replied',
			'needsHuman',
			'needsHuman',
		]);
		expect(outcomes[3]).toMatchObject({ code: 'tooManyReplies', handover: null });
		expect(desk.texts()).toEqual(['Hello!', 'Hello!']);
	});

	it('shows the model the conversation so far', async () => {
		await reply(turnOf(inbound('My name is Maria')));
		const { composer, requests } = composerOf(() => hello);
		await reply(turnOf(inbound('What is my name?')), composer);
		expect(requests[0]?.messages.map(({ role, content }) => `${role}: ${content}`)).toEqual([
			expect.stringMatching(/^user: .*My name is Maria$/),
			'assistant: Hello!',
			expect.stringMatching(/^user: .*What is my name\?$/),
		]);
	});

	it.each([
		['has opted out', optOut, { kind: 'noReply', code: 'optedOut' }],
		['was taken over by a person', takeOver, { kind: 'needsHuman', code: 'takenOver' }],
	] as const)('asks no model where the contact %s', async (_, happened, outcome) => {
		await happened(desk.services, desk.threadId);
		const { composer, requests } = composerOf(() => hello);
		expect(await reply(turnOf(inbound('Hi')), composer)).toMatchObject(outcome);
		expect(requests).toEqual([]);
		expect(desk.texts()).toEqual([]);
	});

	it.each<[string, () => Promise<unknown>, object]>([
		[
			'a newer text',
			() => receive(inbound('And another thing')),
			{ kind: 'noReply', code: 'newerText' },
		],
		[
			'a takeover',
			() => takeOver(desk.services, desk.threadId),
			{ kind: 'needsHuman', code: 'takenOver', handover: null },
		],
		[
			'a STOP',
			() => optOut(desk.services, desk.threadId),
			{ kind: 'noReply', code: 'optedOut' },
		],
	])('does not send a reply that %s made stale while it was composed', async (_, event, is) => {
		const { composer } = composerOf(async () => {
			await event();
			return hello;
		});
		const turn = turnOf(inbound('Hi'));
		expect(await reply(turn, composer)).toMatchObject({
			...is,
			composing: { usage: told.usage },
		});
		expect(desk.texts()).toEqual([]);
	});

	it('answers with one reply what came in while another was composed', async () => {
		const [first, second] = [inbound('Hi'), inbound('Are you open?')];
		const { composer, requests } = composerOf(() => hello);
		const slow = composerOf(async () => {
			await receive(second);
			await reply(turnOf(second), composer);
			return { kind: 'reply', text: 'Too late', ...told };
		});
		await replyWithoutRenewing(turnOf(first), slow.composer);
		expect(desk.texts()).toEqual(['Hello!']);
		expect(requests[0]?.messages.at(-1)?.content).toMatch(/Hi\n.*Are you open\?$/);
	});

	it('still replies when the newer text is a HELP that Twilio answers', async () => {
		const { composer } = composerOf(async () => {
			await receive({ ...inbound('help'), consent: 'help' });
			return hello;
		});
		expect(await reply(turnOf(inbound('Hi')), composer)).toMatchObject({ kind: 'replied' });
	});

	it('learns an opt-out from Twilio: no reply, now and next time', async () => {
		desk.twilio.faults.next({ kind: 'error', code: 21610, times: 1 });
		const turn = turnOf(inbound('Hi'));
		expect(await reply(turn)).toMatchObject({ kind: 'noReply', code: 'optedOut' });
		expect(await reply(turnOf(inbound('Hello?')))).toMatchObject({ code: 'optedOut' });
		expect(desk.texts()).toEqual([]);
	});

	it('hands over when the model fails, and may be run again', async () => {
		const turn = turnOf(inbound('Hi'));
		const broken = composerOf(() => {
			throw new MalformedCompositionError('The answer is broken JSON');
		});
		expect(await reply(turn, broken.composer)).toMatchObject({
			kind: 'needsHuman',
			code: 'modelFailed',
			reason: expect.stringContaining('broken JSON'),
			handover: null,
		});
		expect(desk.texts()).toEqual([]);
		expect(await reply(turn)).toMatchObject({ kind: 'replied' });
	});

	it('is not begun again where another execution has ended it, but by its own and by a retry', async () => {
		const text = inbound('A person please');
		await receive(text);
		await setState({ endedThrough: text.messageSid, endedIn: '7' });
		const turn = turnOf(text);
		const ended = { kind: 'noReply', code: 'alreadyEnded' };
		expect(await reply({ ...turn, executionId: '8' })).toMatchObject(ended);
		expect(desk.texts()).toEqual([]);
		// A second Agent Reply in the same workflow, for whom the first hands over to.
		expect(await reply({ ...turn, executionId: '7' })).toMatchObject({ kind: 'replied' });

		const another = inbound('And now?');
		await receive(another);
		await setState({ endedThrough: another.messageSid, endedIn: '9' });
		expect(await reply(turnOf(another))).toMatchObject({ kind: 'replied' });
	});

	it('fails instead where the builder wants that, and may be run again', async () => {
		const turn = turnOf(inbound('Hi'));
		const broken = composerOf(() => {
			throw new MalformedCompositionError('The answer is broken JSON');
		});
		await expect(reply(turn, broken.composer, { onModelError: 'throw' })).rejects.toThrow(
			MalformedCompositionError,
		);
		expect(await reply(turn)).toMatchObject({ kind: 'replied' });
	});

	it("passes on the model's own wish for a person or for silence", async () => {
		const turn = turnOf(inbound('Let me talk to a person'));
		const wish = { reason: 'Asked for a person', ...told };
		expect(await reply(turn, always({ kind: 'needsHuman', ...wish }))).toMatchObject({
			kind: 'needsHuman',
			code: 'modelDecided',
			reason: 'Asked for a person',
		});
		expect(await reply(turn, always({ kind: 'noReply', ...wish }))).toMatchObject({
			kind: 'noReply',
			code: 'modelDecided',
		});
	});

	it('tells the contact of a hand-over once, in the words of the builder', async () => {
		const turn = turnOf(inbound('A person please'));
		const person = always({ kind: 'needsHuman', reason: 'Asked', ...told });
		const change = { handoverText: 'A colleague will text you.' };
		const first = await reply(turn, person, change);
		expect(first).toMatchObject({ kind: 'needsHuman', handover: { repeated: false } });
		expect(await reply(turn, person, change)).toMatchObject({ handover: { repeated: true } });
		expect(desk.texts()).toEqual(['A colleague will text you.']);
	});

	it('tells it in letters and characters that cost no more than they must', async () => {
		const person = always({ kind: 'needsHuman', reason: 'Asked', ...told });
		const turn = turnOf(inbound('A person please'));
		const handoverText = `Man\u0303ana **te** escribe Mun\u0303oz${'.'.repeat(50)} “Hasta luego”`;
		await reply(turn, person, { handoverText });
		expect(desk.texts()).toEqual([
			`Mañana **te** escribe Muñoz${'.'.repeat(50)} "Hasta luego"`,
		]);
	});

	it('hands over even when the contact cannot be told', async () => {
		desk.twilio.faults.next({ kind: 'error', code: 21610, times: 1 });
		const person = always({ kind: 'needsHuman', reason: 'Asked.', ...told });
		const outcome = await reply(turnOf(inbound('A person please')), person, {
			handoverText: 'A colleague will text you.',
		});
		expect(outcome).toMatchObject({
			kind: 'needsHuman',
			handover: null,
			reason: expect.stringMatching(
				/^Asked\. \(The hand-over text was not sent: .*opted out/,
			),
		});
	});

	it('rejects when Twilio refuses, and may be run again', async () => {
		desk.twilio.faults.next({ kind: 'error', code: 21211, times: 1 });
		const turn = turnOf(inbound('Hi'));
		await expect(reply(turn)).rejects.toMatchObject({ name: 'TwilioApiError' });
		expect(await reply(turn)).toMatchObject({ kind: 'replied' });
		expect(desk.texts()).toEqual(['Hello!']);
	});

	it('gives the turn back when it is cancelled while composing', async () => {
		const turn = turnOf(inbound('Hi'));
		const cancelled = composerOf(() => {
			throw new Error('cancelled');
		});
		await expect(reply(turn, cancelled.composer)).rejects.toThrow('cancelled');
		expect(await reply(turn)).toMatchObject({ kind: 'replied' });
	});
});

describe('composeOnly', () => {
	const compose = async (turn: ReplyTurn, composer = always(hello)) => {
		return await composeOnly({ ...desk.services, composer }, turn, plan);
	};

	it('gives the words and sends nothing', async () => {
		expect(await compose(turnOf(inbound('Hi')))).toMatchObject({
			kind: 'replied',
			text: 'Hello!',
			sent: null,
		});
		expect(desk.texts()).toEqual([]);
	});

	it('keeps words to itself that became stale while they were composed', async () => {
		const { composer } = composerOf(async () => {
			await receive(inbound('Wait'));
			return hello;
		});
		expect(await compose(turnOf(inbound('Hi')), composer)).toMatchObject({
			kind: 'noReply',
			code: 'newerText',
		});
	});
});
