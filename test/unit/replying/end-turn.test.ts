import { beforeEach, describe, expect, it } from '@jest/globals';
import { endTurn } from '../../../nodes/shared/replying/end-turn';
import {
	NOT_COMPOSED,
	type NeedsHumanCode,
	type NoReplyCode,
	type ReplyOutcome,
} from '../../../nodes/shared/replying/reply-outcome';
import { OutcomeUnknownError } from '../../../nodes/shared/sending/send-errors';
import { noReply } from '../../../nodes/shared/replying/silence';
import {
	ClaimLostError,
	type OpenThreadStore,
	type ThreadState,
} from '../../../nodes/shared/threads/thread-store';
import { FakeClock } from '../../support/fake-clock';
import { memoryThreadStore } from '../../support/memory-thread-store';
import { storedMessage } from '../../support/stored-message';

const THREAD = `AC${'0'.repeat(32)}:front-desk:+14155550123`;
const texts = [storedMessage('one'), storedMessage('two')];
const turn = {
	threadId: THREAD,
	agentName: 'Ava',
	contact: '+14155550123',
	sender: '+14155550100',
	messagingServiceSid: null,
	messages: texts,
};
const composed = {
	kind: 'replied',
	text: 'Hello!',
	encoding: 'GSM-7',
	numSegments: 1,
	composing: NOT_COMPOSED,
} as const;
const sent = { messageSid: 'SM1' } as NonNullable<
	Extract<ReplyOutcome, { kind: 'replied' }>['sent']
>;

let store: OpenThreadStore;
beforeEach(() => {
	store = memoryThreadStore(new FakeClock());
});

/** The text that the thread says has come to its end after a run with this outcome. */
async function endAfter(run: () => ReplyOutcome): Promise<string | undefined> {
	await endTurn(store.threads, turn, async () => await Promise.resolve(run())).catch(() => {});
	return (await store.threads.read(THREAD, 0)).state.endedThrough;
}

const endWith = (code: NoReplyCode) => () => noReply(code, 'because');
const needHuman = (code: NeedsHumanCode) => (): ReplyOutcome => ({
	kind: 'needsHuman',
	code,
	reason: 'because',
	handover: null,
	composing: NOT_COMPOSED,
});
const failing = (error: Error) => () => {
	throw error;
};

describe('endTurn', () => {
	it.each<[string, () => ReplyOutcome]>([
		['a reply that another step will send', () => ({ ...composed, sent: null })],
		['no reply', endWith('modelDecided')],
		['a text to a person in command', needHuman('takenOver')],
		['a failure that the execution shows', failing(new Error('Wrong key'))],
		['a call for a person', needHuman('modelFailed')],
	])('writes down that the turn ended with %s', async (_, run) => {
		expect(await endAfter(run)).toBe(texts.at(-1)?.messageSid);
	});

	it.each<[string, () => ReplyOutcome]>([
		['a reply in the thread says so itself', () => ({ ...composed, sent })],
		['the run of a newer text answers it', endWith('newerText')],
		['another run is at it', endWith('alreadyBeingAnswered')],
		[
			'nobody knows whether it was sent',
			failing(new OutcomeUnknownError({ to: '+1', since: '' })),
		],
		['another run has taken the contact over', failing(new ClaimLostError('lease'))],
	])('leaves the turn open where %s', async (_, run) => {
		expect(await endAfter(run)).toBeUndefined();
	});

	describe('that is to be begun again', () => {
		const newest = texts.at(-1)?.messageSid ?? '';
		const retry = { through: newest, at: '', since: '', times: 1, why: 'notSent' } as const;
		const later = () => ({ ...noReply('retryLater', 'because'), retry });
		const stateAfter = async (change: Partial<ThreadState>) => {
			await store.threads.changeState(THREAD, (state) => ({ ...state, ...change }));
			await endAfter(later);
			return (await store.threads.read(THREAD, 0)).state;
		};

		it('is written down as such, also where another Agent Reply had handed it over', async () => {
			const state = await stateAfter({
				startedThrough: newest,
				endedThrough: newest,
				endedIn: '7',
			});
			expect(state).toMatchObject({ startedThrough: newest, retry });
			expect(state).not.toHaveProperty('endedThrough');
			expect(state).not.toHaveProperty('endedIn');
		});

		it('is still to come after the end of an earlier turn', async () => {
			const newer = storedMessage('newer');
			await store.threads.append(THREAD, [...texts, newer], 0);
			const ofNewer = { ...retry, through: newer.messageSid };
			await store.threads.changeState(THREAD, (state) => ({ ...state, retry: ofNewer }));
			expect(await endAfter(endWith('modelDecided'))).toBe(newest);
			expect((await store.threads.read(THREAD, 0)).state.retry).toEqual(ofNewer);
		});

		it('is left to the run of a newer text where there is one', async () => {
			expect(await stateAfter({ startedThrough: 'SM9' })).not.toHaveProperty('retry');
		});
	});

	it('names the execution that ended it, but for a failure, which may be tried again', async () => {
		const endedIn = async (run: () => ReplyOutcome) => {
			const ending = { ...turn, executionId: '7' };
			await endTurn(store.threads, ending, async () => run()).catch(() => {});
			return (await store.threads.read(THREAD, 0)).state.endedIn;
		};
		expect(await endedIn(endWith('modelDecided'))).toBe('7');
		expect(await endedIn(failing(new Error('Wrong key')))).toBeUndefined();
	});

	it('says of a turn to which nothing was to be said that nobody waits', async () => {
		const isQuiet = async (run: () => ReplyOutcome) => {
			await endAfter(run);
			return (await store.threads.read(THREAD, 0)).state.endedQuietly;
		};
		expect(await isQuiet(endWith('modelDecided'))).toBe(true);
		expect(await isQuiet(needHuman('modelDecided'))).toBeUndefined();
		expect(await isQuiet(endWith('tooManyModelCalls'))).toBeUndefined();
		expect(await isQuiet(failing(new Error('Wrong key')))).toBeUndefined();
	});

	it('leaves a later turn ended, which another run has brought to its end meanwhile', async () => {
		const later = storedMessage('later');
		await store.threads.append(THREAD, [...texts, later], 0);
		await endTurn(store.threads, { ...turn, messages: [later] }, async () =>
			endWith('modelDecided')(),
		);
		expect(await endAfter(failing(new Error('Wrong key')))).toBe(later.messageSid);
	});

	it('passes on what the run resulted in, though the store has failed', async () => {
		store.threads.changeState = async () => await Promise.reject(new Error('down'));
		const answered = endTurn(store.threads, turn, async () => ({ ...composed, sent: null }));
		expect(await answered).toMatchObject({ text: 'Hello!' });
		const failed = endTurn(store.threads, turn, async () =>
			Promise.reject(new Error('Wrong key')),
		);
		await expect(failed).rejects.toThrow('Wrong key');
	});
});
