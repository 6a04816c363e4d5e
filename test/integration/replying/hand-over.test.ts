import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { MalformedCompositionError } from '../../../nodes/shared/composing/model-error';
import type { Composition } from '../../../nodes/shared/composing/parse-answer';
import type { Message } from '../../../nodes/shared/messaging/message';
import { composeOnly } from '../../../nodes/shared/replying/compose-reply';
import type { ReplyPlan } from '../../../nodes/shared/replying/reply-turn';
import { replyToThread } from '../../../nodes/shared/replying/reply-to-thread';
import { claimKeys } from '../../../nodes/shared/threads/claim-keys';
import { takeoverAt } from '../../../nodes/shared/threads/takeover';
import { releaseThread } from '../../../nodes/shared/threads/turns/speaking';
import { takeOver } from '../../support/contact-state';
import { openSendingDesk, type SendingDesk } from '../sending/sending-fixture';
import { composerOf, hello, inbound, plan, told, turnAt } from './reply-fixture';

const PAUSE_MS = 12 * 3_600_000;
const WORDS = 'A colleague will text you.';
const TAKEN_OVER = { kind: 'needsHuman', code: 'takenOver', handover: null };
const person: Composition = { kind: 'needsHuman', reason: 'Asked for a person', ...told };

let desk: SendingDesk;
/** What each composing was asked; it answers as `compose` says, which each test may change. */
let requests: ReturnType<typeof composerOf>['requests'];
let compose: () => Composition | Promise<Composition>;
beforeAll(async () => {
	desk = await openSendingDesk();
});
beforeEach(() => {
	desk.reset();
	requests = [];
	compose = () => hello;
});
afterAll(() => desk.close());

const textNow = (body: string): Message => ({
	...inbound(body),
	at: new Date(desk.services.clock.now()).toISOString(),
});
const receive = async (message: Message) =>
	await desk.services.store.threads.append(desk.threadId, [message], 0);
const servicesOf = () => {
	const { composer } = composerOf(async (request) => {
		requests.push(request);
		return await compose();
	});
	return { ...desk.services, sms: desk.sender, composer };
};
const planned = (change: Partial<ReplyPlan>): ReplyPlan => ({
	...plan,
	...{ handoverText: WORDS, pauseAfterHandOverMs: PAUSE_MS },
	...change,
});
const reply = async (text: Message, change: Partial<ReplyPlan> = {}) =>
	await replyToThread(servicesOf(), turnAt(desk, [text]), planned(change));

async function takeover() {
	const { state } = await desk.services.store.threads.read(desk.threadId, 0);
	return takeoverAt(state, desk.services.clock.now());
}

it('goes to a person at once where the model, as its rules say, sees an emergency', async () => {
	const reason = 'Emergency: there is a smell of gas.';
	compose = () => ({ kind: 'needsHuman', reason, ...told });
	const outcome = await reply(textNow('It smells of gas here, what shall I do?'));
	expect(requests[0]?.instructions).toMatch(/^- An emergency goes to a person at once/m);
	expect(outcome).toMatchObject({ kind: 'needsHuman', code: 'modelDecided', reason });
	expect(desk.texts()).toEqual([WORDS]);
	expect(await takeover()).toBeDefined();
});

describe('a turn that was handed over', () => {
	beforeEach(() => {
		compose = () => person;
	});

	it('leaves the next texts to the person, who is told of each, for as long as the builder says', async () => {
		const handedOver = { kind: 'needsHuman', code: 'modelDecided', handover: { body: WORDS } };
		expect(await reply(textNow('A person please'))).toMatchObject(handedOver);
		for (const body of ['Hello?', 'Anybody there?']) {
			expect(await reply(textNow(body))).toMatchObject(TAKEN_OVER);
		}
		expect(requests).toHaveLength(1);
		expect(desk.texts()).toEqual([WORDS]);

		desk.services.clock.advance(PAUSE_MS);
		compose = () => hello;
		expect(await reply(textNow('Are you open?'))).toMatchObject({ kind: 'replied' });
		expect(desk.texts()).toEqual([WORDS, 'Hello!']);
	});

	it('is followed by an answer to the next text where the builder wants that', async () => {
		await reply(textNow('A person please'), { pauseAfterHandOverMs: null });
		expect(await takeover()).toBeUndefined();
		compose = () => hello;
		expect(await reply(textNow('Hello?'))).toMatchObject({ kind: 'replied' });
	});

	it('tells the contact so, though they have written again while the model decided', async () => {
		compose = async () => {
			await receive(textNow('Hello?'));
			return person;
		};
		expect(await reply(textNow('A person please'))).toMatchObject({
			handover: { body: WORDS },
		});
		expect(desk.texts()).toEqual([WORDS]);
	});

	it('tells the contact nothing where a person was faster', async () => {
		compose = async () => {
			await takeOver(desk.services, desk.threadId);
			return person;
		};
		expect(await reply(textNow('A person please'))).toMatchObject({
			kind: 'needsHuman',
			handover: null,
			reason: expect.stringContaining('A person has this conversation'),
		});
		expect(desk.texts()).toEqual([]);
		// And what the agent makes of it takes nothing from them.
		expect(await takeover()).toMatchObject({ until: null });
	});

	it('pauses the agent where its words are only written, too', async () => {
		const turn = turnAt(desk, [textNow('A person please')]);
		await composeOnly(servicesOf(), turn, planned({}));
		expect(await takeover()).toMatchObject({ by: 'handed over by the agent' });
		const next = turnAt(desk, [textNow('Hello?')]);
		expect(await composeOnly(servicesOf(), next, planned({}))).toMatchObject(TAKEN_OVER);
		expect(requests).toHaveLength(1);
	});

	it('pauses nobody where somebody only tries the prompt', async () => {
		const turn = { ...turnAt(desk, [textNow('A person please')]), isTry: true };
		expect(await composeOnly(servicesOf(), turn, planned({}))).toMatchObject({
			kind: 'needsHuman',
		});
		expect(await takeover()).toBeUndefined();
	});
});

it.each<[string, string, Partial<ReplyPlan>, () => Composition]>([
	[
		'a model that failed',
		'modelFailed',
		{},
		() => {
			throw new MalformedCompositionError('The answer is broken JSON');
		},
	],
	['a limit that is reached', 'tooManyReplies', { maxRepliesPerHour: 0 }, () => hello],
])('%s does not pause the agent: the next text is answered', async (_, code, change, fails) => {
	compose = fails;
	expect(await reply(textNow('Hi'), change)).toMatchObject({ kind: 'needsHuman', code });
	expect(await takeover()).toBeUndefined();
	compose = () => hello;
	expect(await reply(textNow('Hello?'))).toMatchObject({ kind: 'replied' });
});

it('a text to a person in command is told of at once, though another run has the thread', async () => {
	await takeOver(desk.services, desk.threadId);
	await desk.services.store.claims.claim(claimKeys.lease(desk.threadId), 600_000);
	expect(await reply(textNow('Hello?'))).toMatchObject(TAKEN_OVER);
	expect(desk.services.clock.sleeps).toEqual([]);
	expect(requests).toEqual([]);
});

it('an agent that gets the thread back answers, and knows what the person has said', async () => {
	await receive(textNow('Is the blue one in stock?'));
	const takes = { by: 'Ana', why: '', pauseMs: PAUSE_MS };
	const words = { body: 'I look it up', author: 'operator', person: takes } as const;
	await desk.send(desk.draft(words), 'key');
	expect(await reply(textNow('Thanks'))).toMatchObject(TAKEN_OVER);
	expect(await releaseThread(desk.services, desk.threadId)).toBe(true);
	expect(await releaseThread(desk.services, desk.threadId)).toBe(false);
	expect(await reply(textNow('And?'))).toMatchObject({ kind: 'replied' });
	const seen = requests.at(-1)?.messages.map(({ role, content }) => `${role}: ${content}`);
	expect(seen).toContainEqual('assistant: [person] I look it up');
	expect(desk.texts()).toEqual(['I look it up', 'Hello!']);
});
