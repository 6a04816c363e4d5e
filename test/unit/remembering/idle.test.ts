import { describe, expect, it } from '@jest/globals';
import type { Message } from '../../../nodes/shared/messaging/message';
import { idleStandingOf, type Idling } from '../../../nodes/shared/remembering/idle';
import { takenOver } from '../../../nodes/shared/threads/takeover';
import type { Thread, ThreadState } from '../../../nodes/shared/threads/thread-store';
import { storedMessage } from '../../support/stored-message';

const HOUR_MS = 3_600_000;
const ANSWERED = Date.parse('2026-01-15T12:00:00Z');
const after = (hours: number) => ANSWERED + hours * HOUR_MS;
const iso = (ms: number) => new Date(ms).toISOString();
const IDLING: Idling = { textMs: 24 * HOUR_MS, closeMs: 48 * HOUR_MS };
const TAKES = { by: 'Ana', why: '', pauseMs: 2 * HOUR_MS };

const text = storedMessage('Do you have time on Friday?', { at: iso(ANSWERED) });
const ours = (change: Partial<Message> = {}, hours = 0) =>
	storedMessage('At nine. Shall I book it?', {
		...{ direction: 'outbound', author: 'agent', at: iso(after(hours)), ...change },
	});
const reply = ours({ answers: [text.messageSid] });

function threadOf(more: Message[] = [], state: Partial<ThreadState> = {}): Thread {
	const messages = [text, ...more];
	const started = { startedThrough: text.messageSid, startedAt: iso(ANSWERED) };
	return {
		...{ threadId: 'AC:desk:+1', messages, keptMessages: messages.length },
		...{ droppedMessages: 0, state: { metadata: {}, ...started, ...state } },
	};
}
const standing = (thread: Thread, hours: number, idling = IDLING) =>
	idleStandingOf(thread, idling, after(hours));

describe('the idle text', () => {
	it('is due when nobody has said anything for so long after a reply, and not long after that', () => {
		const silent = threadOf([reply]);
		expect(standing(silent, 23)).toEqual({ kind: 'later', at: after(24) });
		expect(standing(silent, 24)).toEqual({ kind: 'text', text });
		expect(standing(silent, 47)).toEqual({ kind: 'text', text });
		// n8n was down: it is closed at its time all the same.
		expect(standing(silent, 48)).toEqual({ kind: 'later', at: after(72) });
		expect(standing(silent, 72)).toEqual({ kind: 'close' });
		expect(standing(silent, 48, { textMs: 24 * HOUR_MS })).toEqual({ kind: 'nothing' });
		// The clock has been set back: nobody knows how long it was.
		expect(standing(silent, -5)).not.toMatchObject({ kind: 'text' });
	});

	it.each<[string, Thread]>([
		['has no reply', threadOf()],
		['was found to want no reply', threadOf([], { endedThrough: text.messageSid })],
		['was told that a person answers', threadOf([ours()], { endedThrough: text.messageSid })],
		['got a follow-up, or the idle text itself', threadOf([reply, ours()])],
		['got a text of a person', threadOf([reply, ours({ author: 'operator', person: 'Ana' })])],
		['got a reminder', threadOf([reply, ours({ author: 'operator' })])],
		['sent a thumbs-up', threadOf([reply, storedMessage('👍', { reaction: 'tapback' })])],
		['has opted out', threadOf([reply, storedMessage('STOP', { consent: 'stop' })])],
		['has written since', threadOf([reply, storedMessage('Yes')])],
		['is closed', threadOf([reply], { closed: closedByEve() })],
		['a person has', threadOf([reply], takenOver({ metadata: {} }, TAKES, after(23)))],
		['a person had', threadOf([reply], takenOver({ metadata: {} }, TAKES, after(2)))],
		['has been asked three times', threadOf([reply], begun(3, 1))],
	])('goes to nobody who %s', (_, thread) => {
		expect(standing(thread, 24.5, { textMs: 24 * HOUR_MS }).kind).not.toBe('text');
	});

	it('never goes to somebody who has not written', () => {
		const thread = { ...threadOf(), messages: [ours()] };
		expect(standing(thread, 24)).toEqual({ kind: 'nothing' });
		expect(standing(thread, 240)).toEqual({ kind: 'nothing' });
	});

	it('is tried again where nothing came of it', () => {
		expect(standing(threadOf([reply], begun(1, 24)), 24.1)).toMatchObject({ kind: 'later' });
		expect(standing(threadOf([reply], begun(1, 24)), 24.2)).toEqual({ kind: 'text', text });
		const ofEarlier = { idle: { ...begun(3, 1).idle, through: 'SM-earlier' } };
		expect(standing(threadOf([reply], ofEarlier), 24)).toEqual({ kind: 'text', text });
	});
});

describe('closing', () => {
	const CLOSES = { closeMs: 48 * HOUR_MS };

	it('comes so long after the idle text, or after when that would have been', () => {
		const asked = threadOf([reply, ours({}, 25)], begun(1, 25));
		expect(standing(asked, 72)).toEqual({ kind: 'later', at: after(73) });
		expect(standing(asked, 73)).toEqual({ kind: 'close' });
		expect(standing(threadOf([reply]), 72)).toEqual({ kind: 'close' });
		// It could not be sent.
		expect(standing(threadOf([reply], begun(3, 30)), 77)).toMatchObject({ at: after(78) });
		expect(standing(threadOf([reply]), 48, CLOSES)).toEqual({ kind: 'close' });
	});

	it.each<[string, 'close' | 'later' | 'nothing', Thread]>([
		['got a reminder last', 'close', threadOf([reply, ours({ author: 'operator' })])],
		['wanted no reply', 'close', threadOf([], { ...ended(), endedQuietly: true })],
		['waits for a person', 'nothing', threadOf([], ended())],
		['waits for an answer', 'nothing', threadOf()],
		['is closed', 'nothing', threadOf([reply], { closed: closedByEve() })],
		[
			'a person has',
			'later',
			threadOf([reply], takenOver({ metadata: {} }, { ...TAKES, pauseMs: null }, ANSWERED)),
		],
	])('of one that %s: %s', (_, kind, thread) => {
		expect(standing(thread, 100, CLOSES).kind).toBe(kind);
	});
});

function ended(): Partial<ThreadState> {
	return { endedThrough: text.messageSid };
}

function closedByEve() {
	return { since: iso(after(1)), by: 'Eve', through: reply.messageSid };
}

function begun(times: number, hours: number) {
	return { idle: { through: text.messageSid, at: iso(after(hours)), times } };
}
