import type { ChatMessage, ChatRequest } from './chat-request';
import { readConversation } from './conversation';
import { needsHuman, reply, type Draft } from './draft';

/** The tools of the workflow "Appointment booking by text", as a model sees them. */
const TOOLS = ['Free_Times', 'My_Booking', 'Book_Time', 'Cancel_Booking'] as const;
type Tool = (typeof TOOLS)[number];

/** What to do next: call a tool, or answer. */
export type Step = { call: Tool; args: Record<string, string> } | Draft;

interface Result {
	action: string;
	/** As the calendar writes them: `2026-03-02 09:00 Monday`. */
	times: string[];
}

const CANCELS = /\bcancel\b/i;
const ASKS_WHAT_IS_BOOKED =
	/\b(?:what do i have|when (?:is|was) (?:my|it)|do i have|my (?:appointment|booking))\b/i;
const WANTS_ONE =
	/\b(?:book|appointment|free|available|slots?|times?|come in|check-?up|cleaning|schedule)\b/i;
const WEEKDAY = /\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b/i;
const CLOCK =
	/\b(?<hour>\d{1,2})(?::(?<minute>\d\d))? ?(?<half>[ap]m)?\b(?! ?(?:min|hour|dollar))/i;
const ORDINALS = [/\b(?:first|earliest|soonest)\b/i, /\bsecond\b/i, /\bthird\b/i];
/** What the stand-in says where it offers times. */
const OFFERS = /^(?:I have|That time is taken)/;
/** Offered at once. */
const SHOWN = 3;

/**
 * Plays a model that keeps a calendar by its tools: looks, books what the contact chose, cancels.
 * Undefined where the tools are not on offer, or the contact speaks of something else.
 */
export function keepAppointments(request: ChatRequest): Step | undefined {
	if (!TOOLS.every((tool) => request.tools.includes(tool))) return undefined;
	// What the model has called since belongs to the same turn.
	const texted = request.messages.findLastIndex(({ role }) => role === 'user') + 1;
	const { turn, lastReply } = readConversation(request.messages.slice(0, texted));
	const results = resultsOf(request.messages.slice(texted));
	if (CANCELS.test(turn)) return cancel(results);
	const choice = choiceIn(turn);
	const chooses = choice !== undefined && (OFFERS.test(lastReply) || WANTS_ONE.test(turn));
	if (chooses) return book(choice, results);
	if (ASKS_WHAT_IS_BOOKED.test(turn)) return tellBooking(results);
	return WANTS_ONE.test(turn) && !/\b(?:cost|price|how (?:much|long))\b/i.test(turn)
		? offer(results, 'I have')
		: undefined;
}

type Results = Partial<Record<Tool, Result>>;

function offer(results: Results, opening: string): Step {
	const free = results.Free_Times;
	if (!free) return { call: 'Free_Times', args: { from: '2020-01-01' } };
	if (free.times.length === 0) return reply('Nothing is free at the moment, sorry.');
	const shown = free.times.slice(0, SHOWN).map(spoken);
	return reply(`${opening} ${listed(shown)}. Which suits you?`);
}

function book(choice: Choice, results: Results): Step {
	const free = results.Free_Times;
	if (!free) return { call: 'Free_Times', args: { from: '2020-01-01' } };
	const booked = results.Book_Time;
	const [time, ...others] = chosenOf(choice, free.times);
	if (booked?.times[0]) {
		return resting(`You are booked for ${spoken(booked.times[0])}.`, booked);
	}
	if (booked || time === undefined) {
		const left = free.times.filter((other) => other !== time);
		return offer(
			{ ...results, Free_Times: { ...free, times: left } },
			'That time is taken. I have',
		);
	}
	if (others.length > 0) {
		const times = [time, ...others].slice(0, SHOWN).map(spoken);
		return reply(`I have ${listed(times)}. Which suits you?`);
	}
	const mine = results.My_Booking;
	if (!mine) return { call: 'My_Booking', args: {} };
	if (mine.times[0]) {
		return needsHuman(
			`They have ${spoken(mine.times[0])} already, and want ${spoken(time)} as well.`,
		);
	}
	return { call: 'Book_Time', args: { time } };
}

function cancel(results: Results): Step {
	const mine = results.My_Booking;
	if (!mine) return { call: 'My_Booking', args: {} };
	const [time] = mine.times;
	if (time === undefined) return reply('You have no appointment with us.');
	const cancelled = results.Cancel_Booking;
	if (!cancelled) return { call: 'Cancel_Booking', args: { time } };
	return cancelled.times.length > 0
		? resting(`Your appointment on ${spoken(time)} is cancelled.`, cancelled)
		: needsHuman(`Cancelling ${spoken(time)} did not work.`);
}

function tellBooking(results: Results): Step {
	const mine = results.My_Booking;
	if (!mine) return { call: 'My_Booking', args: {} };
	const [time] = mine.times;
	return reply(time ? `You have ${spoken(time)}.` : 'You have no appointment with us.');
}

/** A reply that reports an action names it. */
function resting(text: string, { action }: Result): Draft {
	return { ...reply(text), actions: [action] };
}

interface Choice {
	weekday?: string;
	/** `09:00` */
	clock?: string;
	/** Of those that were offered, from 0. */
	place?: number;
}

function choiceIn(turn: string): Choice | undefined {
	const weekday = WEEKDAY.exec(turn)?.[0];
	const { hour, minute = '00', half } = CLOCK.exec(turn)?.groups ?? {};
	const place = ORDINALS.findIndex((ordinal) => ordinal.test(turn));
	const choice: Choice = {
		...(weekday && { weekday: weekday.toLowerCase() }),
		...(hour !== undefined && { clock: `${inFull(Number(hour), half)}:${minute}` }),
		...(place >= 0 && { place }),
	};
	return Object.keys(choice).length > 0 ? choice : undefined;
}

/** "2 pm" is 14; so is a mere "2", for nobody comes at night. */
function inFull(hour: number, half: string | undefined): string {
	const isLater = half === undefined ? hour < 8 : /p/i.test(half) && hour < 12;
	return String(isLater ? hour + 12 : hour).padStart(2, '0');
}

function chosenOf({ weekday, clock, place }: Choice, times: readonly string[]): string[] {
	const fitting = times.filter(
		(time) =>
			(weekday === undefined || time.toLowerCase().endsWith(weekday)) &&
			(clock === undefined || time.includes(` ${clock} `)),
	);
	return place === undefined ? fitting : fitting.slice(place, place + 1);
}

/** "2026-03-02 09:00 Monday" -> "Monday, March 2, at 9:00 AM" */
function spoken(time: string): string {
	const [date = '', clock = ''] = time.split(' ');
	const at = new Date(`${date}T${clock}:00Z`);
	if (Number.isNaN(at.getTime())) return time;
	const written = (options: Intl.DateTimeFormatOptions) =>
		at.toLocaleString('en-US', { timeZone: 'UTC', ...options });
	const day = written({ weekday: 'long', month: 'long', day: 'numeric' });
	return `${day}, at ${written({ hour: 'numeric', minute: '2-digit' }).replace(/\s/gu, ' ')}`;
}

function listed(words: readonly string[]): string {
	return words.join('; ').replace(/; (?!.*; )/, '; or ');
}

/** What the tools gave, the newest of each. */
function resultsOf(since: readonly ChatMessage[]): Results {
	const calls = since.flatMap((message) => message.calls ?? []);
	const answers = since.filter(({ role }) => role === 'tool');
	const found: Results = {};
	calls.forEach((name, at) => {
		const tool = TOOLS.find((each) => each === name);
		const answer = answers[at];
		if (tool && answer) found[tool] = resultIn(answer.text);
	});
	return found;
}

function resultIn(text: string): Result {
	const { action, result } = parsed(text) as { action?: unknown; result?: unknown };
	const rows = parsed(String(result));
	const times = (Array.isArray(rows) ? rows : []).map((row) =>
		String((row as { time?: unknown }).time),
	);
	return { action: String(action), times };
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text) ?? {};
	} catch {
		return {};
	}
}
