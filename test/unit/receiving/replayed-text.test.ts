import { expect, it } from '@jest/globals';
import { isReplayed } from '../../../nodes/shared/receiving/replayed-text';
import {
	INITIAL_STATE,
	REMEMBERED_SIDS,
	type Thread,
} from '../../../nodes/shared/threads/thread-store';
import { REPLAYED_AFTER_MS } from '../../../nodes/shared/threads/timing';
import { FakeClock } from '../../support/fake-clock';

const clock = new FakeClock();
const longAgo = clock.now() - REPLAYED_AFTER_MS - 1;

function threadOf(keptMessages: number, droppedMessages: number): Thread {
	const rest = { threadId: 'thread', messages: [], state: INITIAL_STATE };
	return { ...rest, keptMessages, droppedMessages };
}

it.each([
	['holds nothing', threadOf(0, 0), true],
	['knows all its SIDs', threadOf(50, REMEMBERED_SIDS), false],
	['has dropped more than it remembers', threadOf(50, REMEMBERED_SIDS + 1), true],
])('an old text is found where the thread %s: %#', async (_, thread, isAsked) => {
	let asked = 0;
	const cameAt = async () => {
		asked += 1;
		return await Promise.resolve(longAgo);
	};
	expect(await isReplayed(thread, clock, cameAt)).toBe(isAsked);
	expect(asked).toBe(isAsked ? 1 : 0);
});

it.each([
	['a day old at most', async () => Promise.resolve(longAgo + 1)],
	['not known at Twilio', async () => Promise.reject(new Error('404'))],
	['without a date', async () => Promise.resolve(undefined)],
])('a text that is %s is one of now', async (_, cameAt) => {
	expect(await isReplayed(threadOf(0, 0), clock, cameAt)).toBe(false);
});
