import type { Clock } from '../messaging/clock';
import { processWide } from '../process/process-wide';
import {
	FIRST_BACKOFF_MS,
	GATE_WAIT_MS,
	LONGEST_BACKOFF_MS,
	LONGEST_RETRY_AFTER_MS,
	LONGEST_RETRY_MS,
	SLOW_ANSWER_MS,
} from '../threads/timing';
import { TwilioApiError } from '../twilio/api/twilio-client';

/**
 * Twilio counts the requests of an account, not of a text. So one text that it turns away for their
 * number (429, code 20429) holds back all texts of that account in this process: the gate closes for
 * as long as Twilio asks, or for a backoff that doubles from one refusal to the next. Then one text
 * tries while the others wait. Another refusal closes the gate for longer; a text that Twilio takes
 * opens it, for two at a time and then for one more with each, which doubles them from round to round,
 * up to half of those that were too many last; from there on there is one more a round.
 *
 * Whoever waits does so in the order of their places, and a text that was turned away keeps its own.
 */
export interface RateGate {
	/**
	 * Waits until a text may be tried. Rejects with TwilioApiError, nothing having been asked of
	 * Twilio, where it has asked for a longer wait than a run should be blocked for, or has let nobody
	 * through for GATE_WAIT_MS; with the signal's reason as soon as that is aborted.
	 */
	pass(): Promise<Passage>;
}

/** One try. What it says first counts; `end` says nothing, and lets the next one try. */
export interface Passage {
	/** Twilio has taken the request, whatever it made of it. */
	through(): void;
	/** Twilio has turned it away for the number of requests. */
	refused(refusal: TwilioApiError): void;
	end(): void;
}

export interface GateServices {
	clock: Clock;
	signal?: AbortSignal | undefined;
	/** From 0 up to 1. */
	random: () => number;
}

/** With so many at a time nobody need be held back. */
const WIDE_OPEN = 20;

/** Of an account that Twilio has lately turned away; every other gate is open. Times are of `clock.elapsed`. */
interface Gate {
	closedUntil: number;
	/** How often it was closed. A try that began before the last time says nothing about now. */
	closings: number;
	/** Refusals in a row. */
	refusals: number;
	/** When a text went through last, or when it was first closed. */
	movedAt: number;
	/** So many may try at the same time; the part of one counts when it has become one. */
	atOnce: number;
	/** Half of those that were too many last: up to here each that goes through lets in one more. */
	doublesUpTo: number;
	trying: Set<Try>;
	/** By place. */
	waiting: Waiter[];
	/** Twilio's words at the last refusal. */
	why: string;
}

interface Try {
	since: number;
	closings: number;
}

interface Waiter {
	place: number;
	/** Once it may try. */
	admitted?: Try;
	wake: () => void;
}

/** Raise the version with every change of what a gate holds. */
const shared = processWide('rate-gates', 1, () => ({
	lastPlace: 0,
	gates: new Map<string, Gate>(),
}));

/** The gate of the account, for one text: its place is the next one, however often it passes. */
export function rateGate(accountSid: string, services: GateServices): RateGate {
	const place = ++shared.lastPlace;
	return {
		pass: async () => {
			const gate = shared.gates.get(accountSid);
			const admitted = gate && (await admission(gate, place, services));
			return passage(accountSid, gate, admitted, services);
		},
	};
}

async function admission(
	gate: Gate,
	place: number,
	{ clock, signal }: GateServices,
): Promise<Try | undefined> {
	const waiter: Waiter = { place, wake: () => {} };
	const before = gate.waiting.findIndex((other) => other.place > place);
	gate.waiting.splice(before < 0 ? gate.waiting.length : before, 0, waiter);
	const came = clock.elapsed();
	try {
		for (;;) {
			admit(gate, clock.elapsed());
			if (waiter.admitted) return waiter.admitted;
			assertHope(gate, came, clock.elapsed());
			const closedFor = gate.closedUntil - clock.elapsed();
			if (closedFor > 0) await clock.sleep(closedFor, signal);
			else await nextMove(waiter, clock, signal);
		}
	} catch (error) {
		gate.waiting = gate.waiting.filter((other) => other !== waiter);
		if (waiter.admitted) gate.trying.delete(waiter.admitted);
		admit(gate, clock.elapsed());
		throw error;
	}
}

/** Lets in as many as may try now, those of the first places first. */
function admit(gate: Gate, now: number): void {
	if (now < gate.closedUntil) return;
	// One that has no answer for long holds up nobody but itself.
	const busy = [...gate.trying].filter(({ since }) => now - since < SLOW_ANSWER_MS).length;
	for (const waiter of gate.waiting.splice(0, Math.max(0, Math.floor(gate.atOnce) - busy))) {
		waiter.admitted = { since: now, closings: gate.closings };
		gate.trying.add(waiter.admitted);
		waiter.wake();
	}
}

function assertHope({ closedUntil, movedAt, why }: Gate, came: number, now: number): void {
	const closedFor = closedUntil - now;
	const stuckFor = now - Math.max(came, movedAt);
	if (closedFor <= LONGEST_RETRY_AFTER_MS && stuckFor < GATE_WAIT_MS) return;
	const retryAfterMs = Math.max(0, closedFor);
	throw new TwilioApiError({ status: 429, code: 20429, message: why, retryAfterMs });
}

/** Until it is let in or those who try have taken long enough. */
async function nextMove(waiter: Waiter, clock: Clock, signal?: AbortSignal): Promise<void> {
	signal?.throwIfAborted();
	await new Promise<void>((resolve) => {
		const go = () => {
			cancel();
			signal?.removeEventListener('abort', go);
			resolve();
		};
		const cancel = clock.after(SLOW_ANSWER_MS, go);
		signal?.addEventListener('abort', go);
		waiter.wake = go;
	});
	signal?.throwIfAborted();
}

function passage(
	accountSid: string,
	gate: Gate | undefined,
	admitted: Try | undefined,
	{ clock, random }: GateServices,
): Passage {
	let ended = false;
	/** Whether the gate is still as it was when this try began, or nobody has need of it. */
	const isOfNow = (present: Gate | undefined) =>
		!present || (present === gate && present.closings === admitted?.closings);
	const end = () => {
		ended = true;
		if (!gate || !admitted) return;
		gate.trying.delete(admitted);
		admit(gate, clock.elapsed());
	};
	return {
		end,
		through: () => {
			if (ended) return;
			const present = shared.gates.get(accountSid);
			if (present && isOfNow(present)) {
				present.refusals = 0;
				present.movedAt = clock.elapsed();
				present.atOnce += present.atOnce < present.doublesUpTo ? 1 : 1 / present.atOnce;
				if (present.atOnce >= WIDE_OPEN) {
					present.atOnce = Infinity;
					shared.gates.delete(accountSid);
				}
			}
			end();
		},
		refused: ({ retryAfterMs = 0, message }) => {
			if (ended) return;
			const now = clock.elapsed();
			const isFirst = isOfNow(shared.gates.get(accountSid));
			const present = shared.gates.get(accountSid) ?? newGate(now);
			shared.gates.set(accountSid, present);
			present.why = message;
			let closedFor = Math.min(retryAfterMs, LONGEST_RETRY_MS);
			// Those that went out with the one that was turned away first tell nothing new.
			if (isFirst) {
				present.closings++;
				present.refusals++;
				present.doublesUpTo = Math.max(1, present.atOnce / 2);
				present.atOnce = 1;
				closedFor = Math.max(closedFor, backoff(present.refusals, random));
			}
			present.closedUntil = Math.max(present.closedUntil, now + closedFor);
			end();
		},
	};
}

function newGate(now: number): Gate {
	return {
		...{ closedUntil: now, closings: 0, refusals: 0, movedAt: now, atOnce: WIDE_OPEN, why: '' },
		doublesUpTo: WIDE_OPEN,
		trying: new Set(),
		waiting: [],
	};
}

/** Full jitter, so that processes which were turned away together do not come back together. */
export function backoff(failures: number, random: () => number): number {
	const most = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
	return Math.round(random() * most);
}
