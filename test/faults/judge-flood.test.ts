import { describe, expect, it } from '@jest/globals';
import type { Message } from '../../nodes/shared/messaging/message';
import { storedMessage } from '../support/stored-message';
import { judgeFlood, type FloodEvidence } from './flood/judge-flood';

const CONTACT = '+14155550199';
const inbound = (messageSid: string): Message => storedMessage(messageSid, { messageSid });
const reply = (...answers: string[]): Message =>
	storedMessage('Yes', { direction: 'outbound', author: 'agent', answers });
const sent = (messageSid: string, sentAt: number, ackedAt?: number) => ({
	contact: CONTACT,
	messageSid,
	sentAt,
	ackedAt,
});

/** A and B come at the same time, C later. */
const SOUND: FloodEvidence = {
	texts: [sent('A', 0, 20), sent('B', 10, 30), sent('C', 100, 110)],
	replies: [
		{ answered: 0, writtenAt: 50 },
		{ answered: 2, writtenAt: 150 },
	],
	thread: [inbound('B'), inbound('A'), reply('A'), inbound('C'), reply('C')],
	mostReplies: 5,
};
const judge = (change: Partial<FloodEvidence>) => judgeFlood({ ...SOUND, ...change });
const replies = (...answered: number[]) =>
	answered.map((one, at) => ({ answered: one, writtenAt: 50 + 100 * at }));

describe('the judge of a flood', () => {
	it('finds nothing wrong where each reply was to the newest text of its time', () => {
		expect(judge({})).toEqual([]);
	});

	it.each<[string, Partial<FloodEvidence>, RegExp]>([
		['a text answered twice', { replies: replies(2, 2) }, /answered twice/],
		['an older text answered later', { replies: replies(2, 0) }, /answered after/],
		[
			'a reply that was stale when it was written',
			{ replies: [{ answered: 0, writtenAt: 120 }, ...replies(2)] },
			/newer ones were there/,
		],
		['the newest unanswered', { replies: replies(0) }, /newest text is not answered/],
		['nothing answered', { replies: [] }, /no text is answered/],
		['a thread without the last reply', { thread: SOUND.thread.slice(0, -1) }, /last reply/],
		['a text twice in the thread', { thread: [inbound('C'), ...SOUND.thread] }, /twice/],
		[
			'a text behind one sent later',
			{ thread: [inbound('C'), inbound('A'), reply('A')] },
			/stands behind/,
		],
		['too many replies', { replies: replies(0, 1, 2), mostReplies: 2 }, /permitted/],
	])('finds %s', (_, change, fault) => {
		expect(judge(change).join('\n')).toMatch(fault);
	});
});
