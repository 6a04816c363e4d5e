import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ModelNoAnswerError, modelRefusal } from '../../../nodes/shared/composing/model-error';
import type { Message } from '../../../nodes/shared/messaging/message';
import { composeOnly } from '../../../nodes/shared/replying/compose-reply';
import { endTurn } from '../../../nodes/shared/replying/end-turn';
import type { ReplyPlan, ReplyTurn } from '../../../nodes/shared/replying/reply-turn';
import { replyToThread } from '../../../nodes/shared/replying/reply-to-thread';
import type { ThreadState } from '../../../nodes/shared/threads/thread-store';
import { composerOf, hello, inbound, plan, told, turnAt } from './reply-fixture';
import { optOut, takeOver } from '../../support/contact-state';
import { openSendingDesk, type SendingDesk } from '../sending/sending-fixture';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let desk: SendingDesk;
let text: Message;
beforeAll(async () => {
	desk = await openSendingDesk();
});
beforeEach(async () => {
	desk.reset();
	desk.twilio.faults.clear();
	text = await startedBy('Hi');
});
afterAll(() => desk.close());

const threads = () => desk.services.store.threads;
const state = async () => (await threads().read(desk.threadId, 0)).state;
const setState = async (change: Partial<ThreadState>) =>
	await threads().changeState(desk.threadId, (known) => ({ ...known, ...change }));
const now = () => desk.services.clock.now();
const pass = (ms: number) => desk.services.clock.advance(ms);

/** A text that the trigger has handed to a run. */
async function startedBy(body: string): Promise<Message> {
	const message = { ...inbound(body), at: new Date(now()).toISOString() };
	await threads().append(desk.threadId, [message], 0);
	await setState({ startedThrough: message.messageSid });
	return message;
}

/** What each composing was asked; it answers as `compose` says, which each test may change. */
let requests: ReturnType<typeof composerOf>['requests'];
let compose: () => typeof hello;
beforeEach(() => {
	requests = [];
	compose = () => hello;
});

async function run(change: Partial<ReplyPlan> = {}, turnChange: Partial<ReplyTurn> = {}) {
	const turn = { ...turnAt(desk, [text]), unattended: true, executionId: '7', ...turnChange };
	const { composer } = composerOf((request) => {
		requests.push(request);
		return compose();
	});
	const services = { ...desk.services, sms: desk.sender, composer };
	const trying = { ...plan, onModelError: 'tryAgain' as const, ...change };
	return await endTurn(threads(), turn, async () => await replyToThread(services, turn, trying));
}

/** Twilio takes nothing: it turns every try of so many runs away. */
const turnedAway = (runs = 1) =>
	desk.twilio.faults.next({ kind: 'error', code: 20429, status: 429, times: 6 * runs });

describe('a reply that Twilio does not take for now', () => {
	it('is tried again in half a minute, and the turn stays open', async () => {
		turnedAway();
		expect(await run()).toMatchObject({
			kind: 'noReply',
			code: 'retryLater',
			reason: expect.stringMatching(
				/same words are sent in 30 seconds; nothing need be done/,
			),
		});
		const { retry, endedThrough } = await state();
		expect(endedThrough).toBeUndefined();
		expect(retry).toEqual({
			through: text.messageSid,
			at: new Date(now() + 30_000).toISOString(),
			since: new Date(now()).toISOString(),
			times: 1,
			why: 'notSent',
		});
		expect(desk.texts()).toEqual([]);
	});

	it('is sent by the next run in the same words, without asking the model again', async () => {
		turnedAway();
		await run();
		compose = () => ({ kind: 'reply', text: 'Other words', ...told });
		pass(2 * HOUR);
		expect(await run()).toMatchObject({
			kind: 'replied',
			text: 'Hello!',
			sent: { repeated: false },
		});
		expect(requests).toHaveLength(1);
		expect(desk.texts()).toEqual(['Hello!']);
		const { messages } = await threads().read(desk.threadId, 10);
		expect(messages.at(-1)).toMatchObject({ body: 'Hello!', answers: [text.messageSid] });
		// And once, however often it is run.
		expect(await run()).toMatchObject({ sent: { repeated: true } });
		expect(desk.texts()).toEqual(['Hello!']);
	});

	it('is tried less and less often, and given to a person after two hours, with its words', async () => {
		turnedAway(99);
		const waits: number[] = [];
		const since = now();
		let outcome = await run({ handoverText: 'A colleague will text you.' });
		while (outcome.kind === 'noReply' && waits.length < 50) {
			const { retry } = await state();
			const wait = Date.parse(retry?.at ?? '') - now();
			waits.push(Math.round(wait / 1_000));
			pass(wait);
			outcome = await run({ handoverText: 'A colleague will text you.' });
		}
		expect(waits.slice(0, 7)).toEqual([30, 60, 120, 240, 480, 600, 600]);
		expect(now() - since).toBeLessThanOrEqual(2 * HOUR + 10 * MINUTE);
		expect(now() - since).toBeGreaterThan(1.5 * HOUR);
		expect(outcome).toMatchObject({
			kind: 'needsHuman',
			code: 'notSent',
			unsentText: 'Hello!',
			handover: null,
		});
		expect(await state()).toMatchObject({ endedThrough: text.messageSid, endedIn: '7' });
		expect(await state()).not.toHaveProperty('retry');
		expect(requests).toHaveLength(1);
		desk.twilio.faults.clear();
		expect(desk.texts()).toEqual([]);
		// Not even by a run that comes after that: a person has it.
		const after = await run({}, { executionId: '8' });
		expect(after).toMatchObject({ kind: 'noReply', code: 'alreadyEnded' });
		expect(desk.texts()).toEqual([]);
	});

	it('is not sent hours after its time, n8n having been down: a person is told, with its words', async () => {
		turnedAway();
		await run();
		pass(15 * HOUR);
		expect(await run()).toMatchObject({
			kind: 'needsHuman',
			code: 'notSent',
			reason: expect.stringMatching(/15 hours ago, longer than Keep Trying For/),
			unsentText: 'Hello!',
		});
		expect(desk.texts()).toEqual([]);
		expect(await state()).not.toHaveProperty('retry');
	});

	it('gives way to a newer text, to which the model writes anew', async () => {
		turnedAway();
		await run();
		text = await startedBy('And on Sunday?');
		compose = () => ({ kind: 'reply', text: 'Both.', ...told });
		expect(await run()).toMatchObject({ kind: 'replied', text: 'Both.' });
		expect(requests.at(-1)?.messages.at(-1)?.content).toMatch(/Hi\n.*And on Sunday\?$/);
		expect(desk.texts()).toEqual(['Both.']);
	});

	it('does not make a contact who writes again wait anew', async () => {
		turnedAway(2);
		await run();
		const { retry: first } = await state();
		pass(MINUTE);
		text = await startedBy('Hello?');
		await run();
		const { retry } = await state();
		expect(retry).toMatchObject({ through: text.messageSid, times: 2, since: first?.since });
	});

	it.each<[string, () => Promise<unknown>, object]>([
		[
			'a person took over',
			async () => await takeOver(desk.services, desk.threadId),
			{ kind: 'needsHuman', code: 'takenOver' },
		],
		[
			'the contact texted STOP',
			async () => await optOut(desk.services, desk.threadId),
			{ kind: 'noReply', code: 'optedOut' },
		],
		[
			'the contact wrote again',
			async () => await threads().append(desk.threadId, [inbound('Wait')], 0),
			{ kind: 'noReply', code: 'newerText' },
		],
	])('is not sent where %s meanwhile', async (_, happens, outcome) => {
		turnedAway();
		await run();
		await happens();
		pass(MINUTE);
		expect(await run()).toMatchObject(outcome);
		expect(desk.texts()).toEqual([]);
		expect(requests).toHaveLength(1);
	});

	it('is taken up where n8n died between: the words outlive it', async () => {
		turnedAway();
		const { changeState } = threads();
		threads().changeState = async () => await Promise.reject(new Error('died'));
		await expect(run()).rejects.toThrow('died');
		threads().changeState = changeState;
		expect(await state()).not.toHaveProperty('retry');
		expect(await run()).toMatchObject({ kind: 'replied', text: 'Hello!' });
		expect(requests).toHaveLength(1);
	});
});

describe('a reply of which nobody knows whether Twilio took it', () => {
	const POST = { method: 'POST', path: /Messages\.json/ } as const;

	it('is looked for as soon as it is certain, and sent in the same words where it is not there', async () => {
		desk.twilio.faults.next({ kind: '503', times: 1, ...POST });
		const asked = now();
		expect(await run()).toMatchObject({
			code: 'retryLater',
			reason: expect.stringContaining('Twilio is asked again'),
		});
		const { retry } = await state();
		expect(retry).toMatchObject({ why: 'uncertain', times: 1 });
		expect(Date.parse(retry?.at ?? '') - asked).toBe(2 * MINUTE);
		pass(Date.parse(retry?.at ?? '') - now());
		expect(await run()).toMatchObject({ kind: 'replied', text: 'Hello!' });
		expect(desk.texts()).toEqual(['Hello!']);
		expect(requests).toHaveLength(1);
	});

	it('is found and not sent again where Twilio had taken it', async () => {
		desk.twilio.faults.next({ kind: '500-after-accept', times: 1, ...POST });
		desk.twilio.faults.next({ kind: '503', times: 3, method: 'GET', path: /Messages\.json/ });
		expect(await run()).toMatchObject({ code: 'retryLater' });
		pass(2 * MINUTE);
		expect(await run()).toMatchObject({ kind: 'replied', sent: { reconciled: true } });
		expect(desk.texts()).toEqual(['Hello!']);
	});

	it('goes to a person with a word of caution where it never becomes certain', async () => {
		desk.twilio.faults.next({ kind: '503', times: 999, path: /Messages\.json/ });
		let outcome = await run();
		for (let runs = 0; outcome.kind === 'noReply' && runs < 99; runs++) {
			pass(Date.parse((await state()).retry?.at ?? '') - now());
			outcome = await run();
		}
		desk.twilio.faults.clear();
		expect(outcome).toMatchObject({
			code: 'notSent',
			unsentText: 'Hello!',
			reason: expect.stringMatching(/not certain.*message log of the Twilio Console/),
		});
	});
});

describe('a reply that nobody would take up again', () => {
	it.each<[string, Partial<ReplyPlan>, Partial<ReplyTurn>]>([
		['where the builder wants no further try', { keepTryingMs: 0 }, {}],
		['in a run that a person watches', {}, { unattended: false }],
		['where no trigger has started the turn', {}, { messages: [inbound('By hand')] }],
	])('fails %s, and is written anew', async (_, planned, turned) => {
		turnedAway();
		await expect(run(planned, turned)).rejects.toMatchObject({ name: 'TwilioApiError' });
		expect(await state()).not.toHaveProperty('retry');
		await run(planned, turned);
		expect(requests).toHaveLength(2);
	});

	it('fails on a refusal that does not pass', async () => {
		desk.twilio.faults.next({ kind: 'error', code: 30034, times: 1 });
		await expect(run()).rejects.toMatchObject({ name: 'TwilioApiError' });
		expect(await state()).toMatchObject({ endedThrough: text.messageSid });
	});
});

describe('a turn whose model does not answer', () => {
	const down = () => {
		throw modelRefusal({ provider: 'api.example.com', status: 503, detail: '' });
	};
	const retryAfter = async () => Date.parse((await state()).retry?.at ?? '') - now();

	it('is begun again after 1, 3 and 10 minutes, then handed over with the words for that', async () => {
		compose = down;
		const since = now();
		const at: number[] = [];
		let outcome = await run({ handoverText: 'A colleague will text you.' });
		while (outcome.kind === 'noReply' && at.length < 50) {
			expect(outcome).toMatchObject({
				code: 'retryLater',
				reason: expect.stringContaining('The AI was not reachable: api.example.com'),
			});
			at.push(Date.parse((await state()).retry?.at ?? '') - since);
			expect(await state()).toMatchObject({ retry: { why: 'modelFailed' } });
			pass(await retryAfter());
			outcome = await run({ handoverText: 'A colleague will text you.' });
		}
		expect(at).toEqual([MINUTE, 3 * MINUTE, 10 * MINUTE]);
		expect(outcome).toMatchObject({
			kind: 'needsHuman',
			code: 'modelFailed',
			reason: expect.stringContaining('The AI was not reachable: api.example.com'),
			handover: { body: 'A colleague will text you.' },
		});
		expect(desk.texts()).toEqual(['A colleague will text you.']);
	});

	it('is answered as soon as it answers, and told how late that is', async () => {
		compose = down;
		await run();
		pass(10 * MINUTE);
		compose = () => hello;
		expect(await run()).toMatchObject({ kind: 'replied', text: 'Hello!' });
		expect(requests.at(-1)?.instructions).toContain('has waited 10 minutes');
	});

	it('uses up no try with a look between, or with a newer text', async () => {
		compose = down;
		await run();
		pass(MINUTE / 2);
		await run();
		expect(await retryAfter()).toBe(MINUTE / 2);
		text = await startedBy('Hello?');
		await run();
		expect(await retryAfter()).toBe(MINUTE / 2);
	});

	it('is begun again where the words are only to be written, too', async () => {
		const turn = { ...turnAt(desk, [text]), unattended: true };
		const { composer } = composerOf(down);
		const trying = { ...plan, onModelError: 'tryAgain' as const };
		const outcome = await endTurn(threads(), turn, async () =>
			composeOnly({ ...desk.services, composer }, turn, trying),
		);
		expect(outcome).toMatchObject({ code: 'retryLater', retry: { why: 'modelFailed' } });
	});

	it.each<[string, () => never, Partial<ReplyPlan>]>([
		[
			'what it refuses does not pass',
			() => {
				throw modelRefusal({ provider: 'm', status: 401, detail: '' });
			},
			{},
		],
		[
			'the credit is used up',
			() => {
				const providerCode = 'insufficient_quota';
				throw modelRefusal({ provider: 'm', status: 429, detail: '', providerCode });
			},
			{},
		],
		['the builder wants it so', down, { onModelError: 'needsHuman' }],
	])('is handed over at once where %s', async (_, fails, planned) => {
		compose = fails;
		expect(await run(planned)).toMatchObject({ kind: 'needsHuman', code: 'modelFailed' });
	});

	it('fails where the builder wants that', async () => {
		compose = () => {
			throw new ModelNoAnswerError({ code: 'timeout', message: 'Late', fix: '' });
		};
		await expect(run({ onModelError: 'throw' })).rejects.toThrow('Late');
	});

	it('that writes down when it is begun again tells of a store that cannot', async () => {
		compose = down;
		threads().changeState = async () => await Promise.reject(new Error('down'));
		await expect(run()).rejects.toThrow('down');
	});
});
