import type { Message } from '../messaging/message';
import type { Thread } from '../threads/thread-store';
import { tagMessage } from './message-tags';
import type { ModelMessage } from './reply-composer';

export interface HistoryLimits {
	maxMessages: number;
	/** Of all earlier messages together, tags included. */
	maxCharacters: number;
}

/** What of the conversation the model was shown besides the turn itself. */
export interface HistoryReport {
	includedMessages: number;
	/** In the store, or what a connected memory gave, but beyond the limits. */
	omittedMessages: number;
	/** No longer in the store. Null with a connected memory, which does not tell. */
	droppedFromStore: number | null;
}

export interface ModelHistory {
	messages: ModelMessage[];
	report: HistoryReport;
}

/** What happened in the conversation beside its texts, as the model is shown it. */
export interface Happening {
	/** ISO 8601, UTC. */
	at: string;
	shown: ModelMessage;
}

/** Some vendors' models accept only a conversation that the user begins. */
const WE_WROTE_FIRST = '[the business wrote first]';
/** Stands where a model expects the user's words and the contact has said nothing new. */
const NOTHING_NEW = '[no new text from the contact; write to them now]';

/**
 * The thread as model messages: the newest earlier turns that fit, then the turn's own texts, always
 * whole. A turn is what the contact wrote and what was answered; it is shown whole or not at all,
 * unless not even the newest one fits.
 *
 * @param turn the texts to answer, oldest first; empty when we write without being asked.
 * @param happenings oldest first. Those since the turn began are always shown, as its texts are.
 */
export function modelHistory(
	thread: Thread,
	turn: readonly Message[],
	limits: HistoryLimits,
	timeZone: string,
	happenings: readonly Happening[] = [],
): ModelHistory {
	const turnSids = new Set(turn.map(({ messageSid }) => messageSid));
	const earlier = thread.messages.filter(({ messageSid }) => !turnSids.has(messageSid));
	const [before, since] = splitAtTurn(happenings, turn);
	const { messages, report } = fitted(thread, earlier, before, limits, timeZone);
	return { messages: asConversation([...messages, ...inOrder(turn, since, timeZone)]), report };
}

/**
 * The same for somebody who asks the model with the turn's words themselves: without these texts, for
 * as long as nothing says that it answers them, and without later ones, which have a run of their own.
 * Whoever spoke last has the last word.
 *
 * @param turn SIDs of the texts to answer; empty where nobody has written.
 */
export function historyBeside(
	thread: Thread,
	turn: readonly string[],
	limits: HistoryLimits,
	timeZone: string,
	happenings: readonly Happening[],
): ModelHistory {
	const { messages: all } = thread;
	const answered = all.flatMap(({ answers }) => answers ?? []);
	const newest = all.findLastIndex(({ messageSid }) => turn.includes(messageSid));
	const spoke = all.findLastIndex(({ direction }) => direction === 'outbound');
	const earlier = all.filter(({ messageSid }, index) =>
		turn.includes(messageSid)
			? answered.includes(messageSid)
			: newest < 0 || index <= Math.max(newest, spoke),
	);
	const { messages, report } = fitted(thread, earlier, happenings, limits, timeZone);
	return { messages: alternating(messages), report };
}

/** Behind a conversation that is to be told of. */
const OVER = '[the conversation is over; fill in the form]';

/**
 * A conversation that is over, for a model that is to tell of it: as much of its end as fits, with the
 * last word ours.
 */
export function endedHistory(
	thread: Thread,
	limits: HistoryLimits,
	timeZone: string,
	happenings: readonly Happening[],
): ModelMessage[] {
	const { messages } = fitted(thread, thread.messages, happenings, limits, timeZone);
	return alternating([...messages, { role: 'user', content: OVER }]);
}

/** As much of some of the thread's messages as fits; the others are nobody's to miss. */
function fitted(
	thread: Thread,
	some: readonly Message[],
	happenings: readonly Happening[],
	limits: HistoryLimits,
	timeZone: string,
): ModelHistory {
	const messages = newestThatFit(inOrder(some, happenings, timeZone), limits);
	const notTexts = new Set(happenings.map(({ shown }) => shown));
	const texts = messages.filter((message) => !notTexts.has(message)).length;
	const others = thread.messages.length - some.length;
	return {
		messages,
		report: {
			includedMessages: texts,
			omittedMessages: Math.max(0, thread.keptMessages - others - texts),
			droppedFromStore: thread.droppedMessages,
		},
	};
}

/** What happened before the turn began, and since. */
export function splitAtTurn(
	happenings: readonly Happening[],
	[oldest]: readonly Message[],
): [before: Happening[], since: Happening[]] {
	const began = oldest === undefined ? Infinity : Date.parse(oldest.at);
	const isBefore = ({ at }: Happening) => Date.parse(at) < began;
	return [happenings.filter(isBefore), happenings.filter((one) => !isBefore(one))];
}

/** Texts in the order of the thread, with what happened between them. */
export function inOrder(
	texts: readonly Message[],
	happenings: readonly Happening[],
	timeZone: string,
): ModelMessage[] {
	const waiting = [...happenings];
	const shown: ModelMessage[] = [];
	for (const [index, message] of asModelMessages(texts, timeZone).entries()) {
		const at = Date.parse(texts[index]?.at ?? '');
		while (waiting[0] && Date.parse(waiting[0].at) < at) {
			shown.push(waiting[0].shown);
			waiting.shift();
		}
		shown.push(message);
	}
	return [...shown, ...waiting.map((one) => one.shown)];
}

/** One entry for each message. */
export function asModelMessages(messages: readonly Message[], timeZone: string): ModelMessage[] {
	return messages.map((message) => ({
		role: message.direction === 'inbound' ? 'user' : 'assistant',
		content: tagMessage(message, timeZone),
	}));
}

/** The newest turns that fit, whole; of the newest one its end, where it alone is too much. */
export function newestThatFit(
	messages: readonly ModelMessage[],
	limits: HistoryLimits,
): ModelMessage[] {
	const room = { messages: limits.maxMessages, characters: limits.maxCharacters };
	const fits = (candidates: readonly ModelMessage[]) => {
		const characters = candidates.reduce((sum, { content }) => sum + content.length, 0);
		if (candidates.length > room.messages || characters > room.characters) return false;
		room.messages -= candidates.length;
		room.characters -= characters;
		return true;
	};
	const kept: ModelMessage[] = [];
	for (const turn of turnsOf(messages).reverse()) {
		if (fits(turn)) {
			kept.unshift(...turn);
			continue;
		}
		// The contact wrote a lot without an answer: better the end of it than nothing.
		if (kept.length === 0) {
			for (const message of [...turn].reverse()) {
				if (!fits([message])) break;
				kept.unshift(message);
			}
		}
		break;
	}
	return kept;
}

/** A new turn begins where the contact writes after we did. */
function turnsOf(messages: readonly ModelMessage[]): ModelMessage[][] {
	const turns: ModelMessage[][] = [];
	let previous: ModelMessage | undefined;
	for (const message of messages) {
		const begins = message.role === 'user' && previous?.role === 'assistant';
		const current = turns.at(-1);
		if (current === undefined || begins) turns.push([message]);
		else current.push(message);
		previous = message;
	}
	return turns;
}

/** What was said in the form that models accept: sides alternate, the user begins and has the last word. */
export function asConversation(messages: readonly ModelMessage[]): ModelMessage[] {
	const result = alternating(messages);
	if (result.at(-1)?.role !== 'user') result.push({ role: 'user', content: NOTHING_NEW });
	return result;
}

/** Sides alternate and the user begins; whoever spoke last has the last word. */
function alternating(messages: readonly ModelMessage[]): ModelMessage[] {
	const result: ModelMessage[] = [];
	for (const { role, content } of messages) {
		const last = result.at(-1);
		if (last?.role === role) last.content += `\n${content}`;
		else result.push({ role, content });
	}
	if (result[0]?.role === 'assistant') result.unshift({ role: 'user', content: WE_WROTE_FIRST });
	return result;
}
