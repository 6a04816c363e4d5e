import { describe, expect, it } from '@jest/globals';
import type { Message } from '../../nodes/shared/messaging/message';
import { judgeThread, type Evidence, type SentText } from './support/judge-thread';

const inbound = (messageSid: string): Message => ({
	messageSid,
	direction: 'inbound',
	author: 'contact',
	body: messageSid,
	media: [],
	sender: '+14155550100',
	numSegments: 1,
	at: '2026-01-15T12:00:00.000Z',
});
const reply = (messageSid: string, ...answers: string[]): Message => ({
	...inbound(messageSid),
	direction: 'outbound',
	author: 'agent',
	answers,
});
const sent = (messageSid: string, sentAt: number, ackedAt?: number): SentText => ({
	contact: '+14155550199',
	messageSid,
	sentAt,
	ackedAt,
});

const SOUND: Evidence = {
	texts: [sent('A', 1, 2), sent('B', 3, 4), sent('C', 3)],
	thread: [inbound('A'), inbound('B'), reply('R', 'B')],
	outbound: ['R'],
};
const judge = (change: Partial<Evidence>) => judgeThread({ ...SOUND, ...change });

describe('the judge of a thread', () => {
	it('finds nothing wrong where a later reply covers a text, and one that was refused is absent', () => {
		expect(judge({})).toEqual({ faults: [], uncovered: [], unrecorded: [], superseded: 1 });
	});

	it.each<[string, Partial<Evidence>, RegExp]>([
		['a lost text', { thread: [inbound('B'), reply('R', 'B')] }, /^A was acknowledged/],
		[
			'a doubled text',
			{ thread: [...SOUND.thread, inbound('A')] },
			/^A is in the thread twice/,
		],
		[
			'two replies to one text',
			{ thread: [...SOUND.thread, reply('S', 'B')], outbound: ['R', 'S'] },
			/^B is answered by two/,
		],
		['an invented reply', { outbound: [] }, /^R is in the thread, but/],
		[
			'a wrong order',
			{ thread: [inbound('B'), inbound('A'), reply('R', 'A')] },
			/^A stands behind B/,
		],
		[
			'a reply to nothing',
			{ thread: [...SOUND.thread.slice(0, 2), reply('R')] },
			/^R answers no/,
		],
		[
			'a reply to a stranger',
			{ thread: [...SOUND.thread.slice(0, 2), reply('R', 'X')] },
			/^R ans/,
		],
	])('sees %s', (_, change, fault) => {
		expect(judge(change).faults).toEqual([expect.stringMatching(fault)]);
	});

	it('sees a text after the last reply as open', () => {
		const thread = [inbound('A'), reply('R', 'A'), inbound('B')];
		expect(judge({ thread })).toMatchObject({ faults: [], uncovered: ['B'] });
	});

	it('sees a message of Twilio that the thread lacks', () => {
		expect(judge({ outbound: ['R', 'S'] })).toMatchObject({ faults: [], unrecorded: ['S'] });
	});
});
