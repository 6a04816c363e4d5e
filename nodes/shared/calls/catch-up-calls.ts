import type { Clock } from '../messaging/clock';
import { claimKeys } from '../threads/claim-keys';
import { hasPassed } from '../threads/has-passed';
import type { ClaimRecord } from '../threads/claim-ledger';
import { takeClaim } from '../threads/held-claim';
import { isOutage, type OpenThreadStore } from '../threads/thread-store';
import { callsSince, phonesRungFor, type LoggedCall } from '../twilio/api/call-log';
import { newestMessagesTo, reachesSomebody } from '../twilio/api/messages';
import type { TwilioClient } from '../twilio/api/twilio-client';
import { hasReached, reachMilestone, type CallMilestone } from './call-milestones';
import type { MissedCall } from './missed-call';

export interface CallCatchUpPorts {
	store: OpenThreadStore;
	twilio: TwilioClient;
	clock: Clock;
	/** Our numbers whose calls come to the trigger at this moment: another app may have taken one over. */
	numbersNow(): Promise<readonly string[]>;
	/** Starts a run, unless the caller is not to be texted. Rejects with StoreUnavailableError. */
	handIn(call: MissedCall): Promise<void>;
	/** A call could not be looked into; it is tried again. Must not throw. */
	failed(reason: unknown): void;
}

export interface CallCatchUpSettings {
	/** Names the trigger. */
	triggerKey: string;
	/** E.164: our numbers whose calls come to the trigger. */
	numbers: readonly string[];
	/** Milliseconds; callers from before that are not texted any more. */
	upToMs: number;
	/** Missed calls that are handed in in a minute. */
	perMinute: number;
	/** Milliseconds after its end in which a call may still be decided on as it should be. */
	settledAfterMs: number;
	/**
	 * When the trigger was published, milliseconds since 1970: the calls before that were somebody
	 * else's. Undefined where it started with n8n, or has looked since.
	 */
	beginsAt: number | undefined;
	/** Nothing new is begun once it is aborted. */
	signal?: AbortSignal;
}

/** Up to where missed calls have been looked for. Milliseconds since 1970. */
interface Mark {
	since: number;
	/** The calls before that are not ours. */
	floor: number;
	/** When the last minute began in which late calls were handed in, and how many were. */
	minute: number;
	runs: number;
	/** Whether some are left for the next look. */
	open: boolean;
}

/** How long a look is ours without a sign of life. */
const HOLD_MS = 60_000;
/** Twilio's list lags behind by seconds, and a clock may be off by minutes. */
const OVERLAP_MS = 5 * 60_000;
const MINUTE_MS = 60_000;
/** Enough to tell whether a caller has got any text since. */
const NEWEST_TEXTS = 20;
const ENDED = new Set(['completed', 'busy', 'failed', 'no-answer', 'canceled']);

/**
 * Looks once for calls that nobody answered and of which nobody told us, n8n having been down, and
 * hands them in: one per caller, the newest first, as many as a minute may have. What has been dealt
 * with is told by the milestones of the call, so a call that is found twice starts one run.
 *
 * Passed over are callers whom a phone has answered since (a fallback's too), who have got a text
 * since, or have sent one. Rejects with StoreUnavailableError, or as Twilio's list does; then the
 * mark stays.
 *
 * @returns when to look again before it is time to; milliseconds since 1970.
 */
export async function catchUpOnCalls(
	ports: CallCatchUpPorts,
	settings: CallCatchUpSettings,
): Promise<number | undefined> {
	const { store, clock } = ports;
	const now = clock.now();
	const key = claimKeys.catchUp(settings.triggerKey);
	const taken = await takeClaim(store.claims, key, HOLD_MS);
	// Another main looks, or one died over it.
	if (taken.status !== 'claimed') return now + HOLD_MS;
	const { claim, previous } = taken;
	const known = markIn(previous, now);
	const first: Mark = { since: now - settings.upToMs, floor: 0, minute: 0, runs: 0, open: false };
	let mark = known ?? first;
	// While it was unpublished, another app may have taken the calls.
	if (settings.beginsAt !== undefined && !mark.open) {
		const began = Math.min(settings.beginsAt, now);
		const second = began - (began % 1_000); // Twilio's times know no less
		mark = { ...first, since: second, floor: second };
	}
	try {
		const look = new CallLook(ports, settings, mark);
		const again = await claim.whileRenewing(clock, async () => await look.result());
		mark = look.reached;
		return again;
	} finally {
		await claim.leave({ ...mark });
	}
}

/** What was dealt with by a time of the future, as a clock said that has been set back since, was by now. */
function markIn(record: ClaimRecord | undefined, now: number): Mark | undefined {
	if (typeof record?.['since'] !== 'number') return undefined;
	const number = (name: string) => Number(record[name]) || 0;
	return {
		since: Math.min(number('since'), now),
		floor: Math.min(number('floor'), now),
		minute: number('minute'),
		runs: number('runs'),
		open: record['open'] === true,
	};
}

/** One look, and how far it has come. */
class CallLook {
	private readonly now: number;
	private again = Infinity;
	/** When the oldest call began that is left for a later look. */
	private openSince = Infinity;
	private minute: number;
	private runs: number;

	constructor(
		private readonly ports: CallCatchUpPorts,
		private readonly settings: CallCatchUpSettings,
		private readonly mark: Mark,
	) {
		this.now = ports.clock.now();
		const isOver = hasPassed(mark.minute, MINUTE_MS, this.now);
		this.minute = isOver ? this.now : mark.minute;
		this.runs = isOver ? 0 : mark.runs;
	}

	/** The mark for the next look. Never behind the one before. */
	get reached(): Mark {
		const { since, floor } = this.mark;
		const { minute, runs, openSince } = this;
		const open = openSince < Infinity;
		return { since: Math.max(since, Math.min(openSince, this.now)), floor, minute, runs, open };
	}

	async result(): Promise<number | undefined> {
		const { numbers, upToMs } = this.settings;
		const { since, floor } = this.mark;
		const from = Math.max(since - OVERLAP_MS, floor, this.now - upToMs);
		const unknown: LoggedCall[] = [];
		for (const number of numbers) {
			for (const call of await callsSince(this.ports.twilio, number, from)) {
				if (await this.isOpen(call)) unknown.push(call);
			}
		}
		const ours = unknown.length > 0 ? await this.ports.numbersNow() : [];
		for (const [newest, ...earlier] of byCaller(
			unknown.filter(({ to }) => ours.includes(to)),
		)) {
			if (newest) await this.takeIn(newest, earlier);
		}
		return this.again < Infinity ? this.again : undefined;
	}

	/** Whether it has ended for good, and nobody knows what became of it. */
	private async isOpen(call: LoggedCall): Promise<boolean> {
		if (!ENDED.has(call.status)) return this.leave([call]);
		const settledAt = call.endedAt + this.settings.settledAfterMs;
		if (!hasPassed(call.endedAt, this.settings.settledAfterMs, this.now)) {
			return this.leave([call], settledAt);
		}
		for (const milestone of ['decided', 'answered'] satisfies CallMilestone[]) {
			if (await hasReached(this.claims, call.callSid, milestone)) return false;
		}
		return true;
	}

	/** @param earlier calls of the same caller, which count as the same. */
	private async takeIn(newest: LoggedCall, earlier: readonly LoggedCall[]): Promise<void> {
		const all = [newest, ...earlier];
		if (this.settings.signal?.aborted) return void this.leave(all);
		if (this.runs >= this.settings.perMinute) {
			return void this.leave(all, this.minute + MINUTE_MS);
		}
		try {
			const rung = await phonesRungFor(this.ports.twilio, newest.callSid);
			const isAnswered = rung.some(({ status }) => status === 'completed');
			const isSettled = isAnswered || (await this.hasTextedSince(newest));
			for (const { callSid } of isSettled ? all : earlier) {
				await reachMilestone(this.claims, callSid, isAnswered ? 'answered' : 'decided');
			}
			if (isSettled) return;
			this.runs += 1;
			const lateMinutes = this.minutesSince(newest);
			await this.ports.handIn({ ...missedCall(newest, rung), lateMinutes });
		} catch (error) {
			if (isOutage(error)) throw error;
			// What fails for one caller must not hold up the others.
			this.ports.failed(error);
			this.leave(all, this.now + MINUTE_MS);
		}
	}

	/** Whether the caller has got any text since, or has sent one, which is answered by itself. */
	private async hasTextedSince({ from, to, startedAt }: LoggedCall): Promise<boolean> {
		if (!/^\+\d+$/.test(from)) return false;
		const { twilio } = this.ports;
		const texts = [
			...(await newestMessagesTo(twilio, { to: from }, NEWEST_TEXTS)),
			...(await newestMessagesTo(twilio, { to, from }, NEWEST_TEXTS)),
		];
		return texts.some(
			(text) => reachesSomebody(text) && (text.dateCreated?.getTime() ?? 0) >= startedAt,
		);
	}

	private minutesSince({ startedAt }: LoggedCall): number {
		return Math.max(0, Math.floor((this.now - startedAt) / MINUTE_MS));
	}

	/** A later look comes to them: that at `again`, or the next one. */
	private leave(calls: readonly LoggedCall[], again = Infinity): false {
		this.again = Math.min(this.again, again);
		this.openSince = Math.min(this.openSince, ...calls.map(({ startedAt }) => startedAt));
		return false;
	}

	private get claims() {
		return { claims: this.ports.store.claims, clock: this.ports.clock };
	}
}

/** Newest first, the callers too: who called last most likely still waits. */
function byCaller(calls: readonly LoggedCall[]): LoggedCall[][] {
	const callers = new Map<string, LoggedCall[]>();
	for (const call of [...calls].sort((one, other) => other.startedAt - one.startedAt)) {
		callers.set(call.from, [...(callers.get(call.from) ?? []), call]);
	}
	return [...callers.values()];
}

function missedCall(
	{ callSid, from: caller, to: called }: LoggedCall,
	rung: readonly LoggedCall[],
): MissedCall {
	return {
		...{ callSid, caller, called },
		rang: rung.map(({ to }) => to),
		dialCallStatus: rung[0]?.status ?? '',
		recording: undefined,
	};
}
