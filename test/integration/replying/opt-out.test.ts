import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Composition } from '../../../nodes/shared/composing/parse-answer';
import { parseThreadId } from '../../../nodes/shared/messaging/thread-id';
import { recordInbound, type ConsentRules } from '../../../nodes/shared/receiving/record-inbound';
import { composeOnly } from '../../../nodes/shared/replying/compose-reply';
import type { ReplyPlan, ReplyTurn } from '../../../nodes/shared/replying/reply-turn';
import { replyToThread } from '../../../nodes/shared/replying/reply-to-thread';
import { takeoverAt } from '../../../nodes/shared/threads/takeover';
import { CONFIRM_OPT_OUT_WITHIN_MS } from '../../../nodes/shared/threads/timing';
import { consentOf, USUAL_RULES } from '../../support/contact-state';
import { CONTACT, openSendingDesk, OURS, type SendingDesk } from '../sending/sending-fixture';
import { composerOf, hello, plan, told, turnAt } from './reply-fixture';

const WORDS = 'You will get no more texts.';
const ANSWERED_BY_US: ConsentRules = { ...USUAL_RULES, keywordsAnsweredBy: 'us' };

let desk: SendingDesk;
let serial = 0;
let requests: ReturnType<typeof composerOf>['requests'];
let composition: Composition;
beforeAll(async () => {
	desk = await openSendingDesk();
});
beforeEach(() => {
	desk.reset();
	requests = [];
	composition = hello;
});
afterAll(() => desk.close());

/** The text comes in, and begins a turn. */
async function arrives(body: string, rules = USUAL_RULES) {
	const { accountSid = '' } = parseThreadId(desk.threadId) ?? {};
	const inbound = {
		...{ messageSid: `SM${String(serial++).padStart(32, '0')}`, accountSid },
		...{ from: CONTACT, to: OURS, body, media: [], numSegments: 1 },
	};
	const recorded = await recordInbound(desk.services, desk.threadId, inbound, rules);
	return { ...recorded, turn: turnAt(desk, [recorded.message]) };
}

const servicesOf = () => {
	const { composer } = composerOf((request) => {
		requests.push(request);
		return composition;
	});
	return { ...desk.services, sms: desk.sender, composer };
};
const reply = async (turn: ReplyTurn, change: Partial<ReplyPlan> = {}) =>
	await replyToThread(servicesOf(), turn, { ...plan, optOutText: WORDS, ...change });
const consent = async () => await consentOf(desk.services, desk.threadId);
const OPTED_OUT = { kind: 'noReply', code: 'optedOut' };

describe('who opts out in words of their own', () => {
	const SAYS = 'Please take me off your list';

	it('gets one confirmation, in the words of the builder, and nothing after that', async () => {
		const { turn } = await arrives(SAYS);
		expect(await reply(turn)).toMatchObject({ ...OPTED_OUT, confirmation: { body: WORDS } });
		expect(await reply(turn)).toMatchObject({ confirmation: { repeated: true } });
		const again = await arrives(SAYS);
		expect(await reply(again.turn)).not.toHaveProperty('confirmation');
		expect(await reply((await arrives('Thanks')).turn)).not.toHaveProperty('confirmation');
		expect(desk.texts()).toEqual([WORDS]);
		expect(requests).toEqual([]);
	});

	it('gets none that comes later than five minutes after it', async () => {
		const { turn } = await arrives(SAYS);
		desk.services.clock.advance(CONFIRM_OPT_OUT_WITHIN_MS);
		expect(await reply(turn)).toMatchObject({
			...OPTED_OUT,
			reason: expect.stringMatching(/It was not confirmed: .*more than five minutes ago/),
		});
		expect(desk.texts()).toEqual([]);
	});

	it('gets none where the builder has no words for it', async () => {
		const { turn } = await arrives(SAYS);
		expect(await reply(turn, { optOutText: ' ' })).toMatchObject(OPTED_OUT);
		expect(desk.texts()).toEqual([]);
	});

	it('is answered again after START', async () => {
		await reply((await arrives(SAYS)).turn);
		await arrives('START');
		expect(await reply((await arrives('Are you open?')).turn)).toMatchObject({
			kind: 'replied',
		});
	});
});

it('STOP is confirmed by us where Twilio does not answer it', async () => {
	const { kind, turn } = await arrives('STOP', ANSWERED_BY_US);
	expect(kind).toBe('text');
	expect(await reply(turn)).toMatchObject({ ...OPTED_OUT, confirmation: { body: WORDS } });
	expect(desk.texts()).toEqual([WORDS]);
	expect(await consent()).toMatchObject({ status: 'optedOut', by: 'STOP', how: 'keyword' });
});

describe('an opt-out that only the model sees', () => {
	const SAYS = 'I sold the house, so there is no need for these';
	const sees = (words: string): Composition => ({ kind: 'optOut', words, ...told });

	it('counts by the words that it quotes, and is confirmed', async () => {
		composition = sees('there is no need for these');
		const { turn, message } = await arrives(SAYS);
		expect(await consent()).toEqual({ status: 'unknown' });
		expect(await reply(turn)).toMatchObject({
			...OPTED_OUT,
			confirmation: { body: WORDS },
			composing: told,
		});
		expect(await consent()).toMatchObject({
			...{ status: 'optedOut', by: 'there is no need for these' },
			...{ how: 'ownWords', messageSid: message.messageSid },
		});
		expect(desk.texts()).toEqual([WORDS]);
	});

	it('goes to a person where the words are made up, and opts nobody out', async () => {
		composition = sees('never text me again');
		const { turn } = await arrives(SAYS);
		const outcome = await reply(turn, { pauseAfterHandOverMs: 3_600_000 });
		expect(outcome).toMatchObject({ kind: 'needsHuman', code: 'maybeOptOut' });
		expect(await consent()).toEqual({ status: 'unknown' });
		expect(desk.texts()).toEqual([]);
		const { state } = await desk.services.store.threads.read(desk.threadId, 0);
		expect(takeoverAt(state, desk.services.clock.now())).toBeDefined();
	});

	it('counts where the words are only written, and not where somebody tries the prompt', async () => {
		composition = sees('there is no need for these');
		const { turn } = await arrives(SAYS);
		const tried = await composeOnly(servicesOf(), { ...turn, isTry: true }, plan);
		expect(tried).toMatchObject(OPTED_OUT);
		expect(await consent()).toEqual({ status: 'unknown' });
		expect(await composeOnly(servicesOf(), turn, plan)).toMatchObject(OPTED_OUT);
		expect(await consent()).toMatchObject({ status: 'optedOut' });
	});
});
