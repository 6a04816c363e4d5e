import { describe, expect, it } from '@jest/globals';
import { historyBeside, modelHistory } from '../../../nodes/shared/composing/history';
import type { Author, Message } from '../../../nodes/shared/messaging/message';
import { INITIAL_STATE, type Thread } from '../../../nodes/shared/threads/thread-store';

let serial = 0;

function text(author: Author, body: string, change: Partial<Message> = {}): Message {
	const sid = ++serial;
	return {
		messageSid: `SM${sid}`,
		direction: author === 'contact' ? 'inbound' : 'outbound',
		author,
		body,
		media: [],
		sender: '+15550001000',
		numSegments: 1,
		at: '2026-01-15T12:00:00.000Z',
		...change,
	};
}

function thread(messages: Message[], change: Partial<Thread> = {}): Thread {
	return {
		threadId: 'thread',
		messages,
		state: INITIAL_STATE,
		droppedMessages: 0,
		keptMessages: messages.length,
		...change,
	};
}

const AMPLE = { maxMessages: 100, maxCharacters: 10_000 };
const show = (all: Thread, turn: Message[], limits = AMPLE, zone = 'UTC') =>
	modelHistory(all, turn, limits, zone);

describe('modelHistory', () => {
	it('shows earlier turns and the texts to answer, oldest first, sides alternating', () => {
		const turn = [text('contact', 'Tomorrow?'), text('contact', 'At 4?')];
		const earlier = [
			text('contact', 'Hi'),
			text('agent', 'Hello!'),
			text('agent', 'How are you?'),
		];
		expect(show(thread([...earlier, ...turn]), turn).messages).toEqual([
			{ role: 'user', content: '[2026-01-15 12:00] Hi' },
			{ role: 'assistant', content: 'Hello!\nHow are you?' },
			{ role: 'user', content: '[2026-01-15 12:00] Tomorrow?\n[2026-01-15 12:00] At 4?' },
		]);
	});

	it('tells times in the time zone of the workflow', () => {
		const turn = [text('contact', 'Hi', { at: '2026-01-15T03:05:00.000Z' })];
		const { messages } = show(thread(turn), turn, AMPLE, 'America/New_York');
		expect(messages[0]?.content).toBe('[2026-01-14 22:05] Hi');
	});

	it('puts the texts to answer last, even where something was sent after them', () => {
		const turn = [text('contact', 'Are you there?')];
		const after = text('operator', 'One moment please');
		const { messages } = show(thread([text('contact', 'Hi'), ...turn, after]), turn);
		expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
		expect(messages.at(-1)?.content).toContain('Are you there?');
	});

	it('says who of us wrote by hand, and what was attached', () => {
		const photo = { url: 'https://example.com/1', contentType: 'image/jpeg' };
		const turn = [text('contact', '', { media: [photo] })];
		const { messages } = show(thread([text('operator', 'Ann here'), ...turn]), turn);
		expect(messages).toEqual([
			{ role: 'user', content: '[the business wrote first]' },
			{ role: 'assistant', content: '[operator] Ann here' },
			{ role: 'user', content: '[2026-01-15 12:00] [attached: image/jpeg]' },
		]);
	});

	it('leaves out whole turns, the oldest first, and says how many messages that are', () => {
		const earlier = [
			text('contact', 'One'),
			text('agent', 'First'),
			text('contact', 'Two'),
			text('contact', 'Two and a half'),
			text('agent', 'Second'),
		];
		const turn = [text('contact', 'Three')];
		const all = thread([...earlier, ...turn], { droppedMessages: 7 });

		const { messages, report } = show(all, turn, { ...AMPLE, maxMessages: 4 });
		expect(messages[0]?.content).toContain('Two');
		expect(JSON.stringify(messages)).not.toContain('First');
		expect(report).toEqual({ includedMessages: 3, omittedMessages: 2, droppedFromStore: 7 });
	});

	it('keeps to the budget of characters, which the texts to answer do not count towards', () => {
		const turn = [text('contact', 'x'.repeat(2000))];
		const all = thread([
			text('contact', 'a'.repeat(100)),
			text('agent', 'b'.repeat(100)),
			text('contact', 'c'.repeat(50)),
			text('agent', 'd'.repeat(50)),
			...turn,
		]);
		const { messages, report } = show(all, turn, { ...AMPLE, maxCharacters: 200 });
		expect(report).toMatchObject({ includedMessages: 2, omittedMessages: 2 });
		expect(messages.at(-1)?.content).toContain('x'.repeat(2000));
	});

	it('shows the end of a newest turn that is too long by itself', () => {
		const unanswered = Array.from({ length: 5 }, (_, at) => text('contact', `Number ${at}`));
		const turn = [text('contact', 'Hello?')];
		const { messages, report } = show(thread([...unanswered, ...turn]), turn, {
			...AMPLE,
			maxMessages: 2,
		});
		expect(messages).toHaveLength(1);
		expect(messages[0]?.content).toMatch(/Number 3\n.*Number 4\n.*Hello\?$/);
		expect(report).toMatchObject({ includedMessages: 2, omittedMessages: 3 });
	});

	it('counts what the store keeps but was not read', () => {
		const turn = [text('contact', 'Hi')];
		const { report } = show(thread(turn, { keptMessages: 41 }), turn);
		expect(report).toEqual({ includedMessages: 0, omittedMessages: 40, droppedFromStore: 0 });
	});

	it('ends with the other side where we write without being asked', () => {
		const { messages } = show(thread([]), []);
		expect(messages.map(({ role }) => role)).toEqual(['user']);
	});
});

describe('historyBeside', () => {
	const beside = (messages: Message[], turn: Message[], limits = AMPLE) =>
		historyBeside(
			thread(messages),
			turn.map(({ messageSid }) => messageSid),
			limits,
			'UTC',
			[],
		);
	const words = (messages: Message[], turn: Message[]) =>
		beside(messages, turn).messages.map(({ content }) => content.replace(/\[20[^\]]*\] /g, ''));

	it('leaves the texts to answer to whoever asks, and later ones to their own runs', () => {
		const turn = [text('contact', 'Tomorrow?'), text('contact', 'At 4?')];
		const later = text('contact', 'Or at 5?');
		const { messages, report } = beside(
			[text('contact', 'Hi'), text('agent', 'Hello!'), ...turn, later],
			turn,
		);
		expect(messages).toEqual([
			{ role: 'user', content: '[2026-01-15 12:00] Hi' },
			{ role: 'assistant', content: 'Hello!' },
		]);
		expect(report).toEqual({ includedMessages: 2, omittedMessages: 0, droppedFromStore: 0 });
	});

	it('shows the turn once it is answered, and what was said after it', () => {
		const asked = text('contact', 'Tomorrow?');
		const [turn, others] = [
			[asked],
			[text('contact', 'Or today?'), text('operator', 'Ann here')],
		];
		const reply = text('agent', 'At 4.', { answers: [asked.messageSid] });
		expect(words([asked, reply], turn)).toEqual(['Tomorrow?', 'At 4.']);
		expect(words([asked, ...others], turn)).toEqual(['Or today?', '[operator] Ann here']);
	});

	it('shows an earlier text that nobody has answered', () => {
		const turn = [text('contact', 'Hello?')];
		expect(words([text('contact', 'Hi'), ...turn], turn)).toEqual(['Hi']);
	});

	it('has nothing to show of a first text, and begins with the contact where we wrote first', () => {
		const turn = [text('contact', 'Hi')];
		expect(words(turn, turn)).toEqual([]);
		const person = text('operator', 'Ann here', { person: 'Ann' });
		expect(words([person, ...turn], turn)).toEqual([
			'[the business wrote first]',
			'[person] Ann here',
		]);
	});

	it('leaves out whole turns beyond the limits, and says how many messages', () => {
		const turn = [text('contact', 'Three')];
		const earlier = [text('contact', 'One'), text('agent', 'First'), text('contact', 'Two')];
		const all = [...earlier, text('agent', 'Second'), ...turn];
		const { messages, report } = beside(all, turn, { ...AMPLE, maxMessages: 3 });
		expect(messages.map(({ content }) => content)).toEqual([
			expect.stringContaining('Two'),
			'Second',
		]);
		expect(report).toMatchObject({ includedMessages: 2, omittedMessages: 2 });
	});
});
