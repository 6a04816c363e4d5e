import { withSpeaker } from '../contacts/speaker';
import type { Agent } from '../messaging/agent';
import type { Route } from '../messaging/routing';
import { consentWordOf } from '../messaging/consent-keywords';
import { InvalidInputError } from '../messaging/invalid-input-error';
import type { Message } from '../messaging/message';
import { parseThreadId, threadIdOf } from '../messaging/thread-id';
import { hasPassed } from '../threads/has-passed';
import {
	NEWEST_MESSAGES,
	isOutage,
	type Thread,
	type ThreadServices,
} from '../threads/thread-store';
import { AT_ONCE, gatherTurn, type TurnStart } from '../threads/turns/gather-turn';
import type { CatchUpMark } from './catch-up-mark';
import type { LateText, LateTextTakers, TwilioLists } from './catch-up-ports';
import { readStanding } from '../contacts/standing';
import { heedLaterStart, isSettled, latenessOf, settleAt } from './late-texts';
import { iso, isSaid, newestOf, unknownAmong, type Missed, type RoutedText } from './missed';
import { recordInbound, type ConsentRules, type RecordedText } from './record-inbound';

export interface CatchUpSettings {
	accountSid: string;
	/** Names the trigger. */
	triggerKey: string;
	agents: readonly [Agent, ...Agent[]];
	/** Milliseconds; what is older is not answered, and a person is told. */
	upToMs: number;
	/** Contacts that are taken in in a minute. */
	perMinute: number;
	consentRules: ConsentRules;
	/**
	 * When the trigger was published, milliseconds since 1970: without a mark it begins there. Undefined
	 * where it started with n8n.
	 */
	beginsAt: number | undefined;
	/** What is written down with the start of a turn. */
	start?: (route: Route) => TurnStart;
}

export interface CatchUpResult {
	/** Contacts whose turn began, or of whom another app was told. */
	begun: number;
	/** When to look again before it is time to; milliseconds since 1970. */
	lookAgainAt?: number;
}

/** Twilio's list lags behind by seconds, and a clock may be off by minutes. */
const OVERLAP_MS = 5 * 60_000;
const LOOK_BACK_MS = 7 * 86_400_000;
/** A younger text is its webhook's: Twilio gives that 15 seconds, and its fallback as many. */
const WEBHOOK_HAS_MS = 30_000;
const MINUTE_MS = 60_000;
const MOST_AGENT_IDS = 50;

interface Work {
	services: ThreadServices;
	twilio: TwilioLists;
	takers: LateTextTakers;
	settings: CatchUpSettings;
}

/** One look, and how far it has come. */
export class CatchUpLook {
	private begun = 0;
	private again = Infinity;
	/** When the oldest text came that is left for a later look. */
	private openSince = Infinity;
	private newest = 0;
	/** Today's first. */
	private readonly agentIds: string[];

	constructor(
		private readonly work: Work,
		private readonly mark: CatchUpMark,
	) {
		const now = work.services.clock.now();
		const ids = [...work.settings.agents.map(({ id }) => id), ...mark.agentIds];
		this.agentIds = [...new Set(ids)].slice(0, MOST_AGENT_IDS);
		if (hasPassed(mark.minute, MINUTE_MS, now)) {
			this.mark = { ...mark, minute: now, runs: 0 };
		}
	}

	/** The mark for the next look. Never behind the one before. */
	get reached(): CatchUpMark {
		const since = Math.max(this.mark.since, Math.min(this.openSince, this.newest));
		const { agentIds, begun } = this;
		return { ...this.mark, since, runs: this.mark.runs + begun, agentIds };
	}

	async result(): Promise<CatchUpResult> {
		const { clock } = this.work.services;
		const { since, floor } = this.mark;
		const from = Math.max(since - OVERLAP_MS, floor + 1, clock.now() - LOOK_BACK_MS);
		const { texts, newest = 0 } = await this.work.twilio.textsSince(from);
		// Until its contacts have been looked at, every text counts as left.
		this.openSince = texts[0]?.at ?? Infinity;
		this.newest = newest;
		const left: Missed[] = [];
		for (const missed of await unknownAmong(texts, this.work, this.agentIds)) {
			if (!(await this.tried(async () => await this.takeInWords(missed)))) {
				left.push(missed);
			}
		}
		// Whoever wrote last most likely still waits.
		left.sort((one, other) => newestOf(other).at - newestOf(one).at);
		const open: Missed[] = [];
		for (const missed of left) {
			const done = await this.tried(async () => await this.takeIn(missed));
			if (!done) open.push(missed);
		}
		this.openSince = Math.min(...open.map(({ texts: [oldest] }) => oldest?.at ?? Infinity));
		return {
			begun: this.begun,
			...(this.again < Infinity ? { lookAgainAt: this.again } : {}),
		};
	}

	/** Whether it is dealt with. What fails for one contact must not hold up the others. */
	private async tried(work: () => Promise<boolean>): Promise<boolean> {
		try {
			return await work();
		} catch (error) {
			if (isOutage(error)) throw error;
			this.work.takers.failed(error);
			// What the store will never take must not be tried for ever.
			if (error instanceof InvalidInputError) return true;
			this.lookAgainIn(MINUTE_MS);
			return false;
		}
	}

	/** STOP, START and HELP, which wait for nothing; what is left are the other texts. */
	private async takeInWords(missed: Missed): Promise<boolean> {
		const { services } = this.work;
		for (const text of [...missed.texts]) {
			const word = consentWordOf(text.message.body, undefined, true);
			if (word === undefined || (word === 'help' && this.answersHelp(text))) continue;
			const { consent } = (await readStanding(services, missed.threadId, 1)).contact;
			// Of somebody who has not opted out, "Yes" is an answer to something.
			const optedOut = consent.status === 'optedOut' && consent.since <= iso(text);
			if (word === 'start' && !optedOut) continue;
			const { thread } = await this.record(missed.threadId, text);
			if (word === 'stop') await heedLaterStart(services, thread, iso(text));
			missed.texts.splice(missed.texts.indexOf(text), 1);
		}
		return missed.texts.length === 0;
	}

	/** Resolves to whether the texts are dealt with; where not, a later look comes to them. */
	private async takeIn(missed: Missed): Promise<boolean> {
		const { services, twilio, takers, settings } = this.work;
		const { threadId } = missed;
		// The trigger was unpublished meanwhile.
		if (services.signal?.aborted) return false;
		const newest = newestOf(missed);
		if (!hasPassed(newest.at, WEBHOOK_HAS_MS, services.clock.now())) {
			return this.lookAgainAt(newest.at + WEBHOOK_HAS_MS);
		}

		const { agent } = newest.route;
		if (agent.ownersPhones.includes(newest.message.from)) return await this.obeyAll(missed);
		const said = missed.texts.findLast(isSaid);
		if (said === undefined) {
			await this.recordAll(missed);
			return true;
		}
		if (agent.onText === 'notify') {
			if (!this.mayBegin()) return false;
			await this.recordAll(missed);
			return true;
		}
		const thread = await readStanding(services, threadId, NEWEST_MESSAGES);
		const sent = await twilio.sentTo(newest.message.from);
		const messages = [...thread.messages, ...(await this.messagesMoved(thread))];
		if (isSettled({ ...thread, messages }, sent, said.at, services.clock.now())) {
			const settled = await settleAt(services, thread, newest.message.messageSid);
			if (!settled) return this.lookAgainIn(MINUTE_MS);
			await this.recordAll(missed);
			return true;
		}
		if (!this.mayBegin()) return false;
		const recorded = await this.recordAll(missed);
		const route = withSpeaker(settings.agents, said.route, recorded.thread.state);
		const text = { ...this.lateText(said), route };
		const turn = await gatherTurn(
			services,
			recorded.thread,
			recorded.message.messageSid,
			AT_ONCE,
			settings.start?.(text.route),
		);
		if (turn) await takers.begin(text, turn);
		return true;
	}

	/** Of the conversation that the contact's texts were moved to last: our replies to them stand there. */
	private async messagesMoved({ threadId, state: { movedTo } }: Thread): Promise<Message[]> {
		const identity = parseThreadId(threadId);
		if (movedTo === undefined || identity === undefined) return [];
		const other = threadIdOf({ ...identity, agentId: movedTo.agentId });
		return (await this.work.services.store.threads.read(other, NEWEST_MESSAGES)).messages;
	}

	/** HELP of an owner's phone is a command where Twilio does not answer it. */
	private answersHelp({ message, route }: RoutedText): boolean {
		const { consentRules } = this.work.settings;
		const { ownersPhones } = route.agent;
		return consentRules.keywordsAnsweredBy === 'us' && ownersPhones.includes(message.from);
	}

	private async obeyAll({ texts }: Missed): Promise<boolean> {
		for (const text of texts) {
			const { at, numMedia } = text;
			const command = { ...this.lateText(text), at, hasMedia: numMedia > 0 };
			if (!(await this.work.takers.obey(command))) return this.lookAgainIn(MINUTE_MS);
		}
		return true;
	}

	/** Whether the minute has room for one more; the next one has. */
	private mayBegin(): boolean {
		const { minute, runs } = this.mark;
		if (runs + this.begun >= this.work.settings.perMinute) {
			return this.lookAgainAt(minute + MINUTE_MS);
		}
		this.begun += 1;
		return true;
	}

	/** Resolves to the last text that waits for an answer. */
	private async recordAll({ threadId, texts }: Missed): Promise<RecordedText> {
		let last: RecordedText | undefined;
		for (const text of texts) {
			const recorded = await this.record(threadId, text);
			if (last === undefined || isSaid(text)) last = recorded;
			else last = { ...last, thread: recorded.thread };
		}
		if (last === undefined) throw new Error('A contact without texts has missed none');
		return last;
	}

	private async record(threadId: string, text: RoutedText): Promise<RecordedText> {
		const { services, twilio, takers, settings } = this.work;
		const { consentRules } = settings;
		const media = text.numMedia > 0 ? await twilio.mediaOf(text.message.messageSid) : [];
		const message = { ...text.message, media };
		const recorded = await recordInbound(services, threadId, message, consentRules, iso(text));
		// Where the webhook was faster, it has told everybody.
		if (recorded.kind !== 'duplicate') {
			takers.tell(this.lateText({ ...text, message }), recorded);
		}
		return recorded;
	}

	private lateText({ message, route, at }: RoutedText): LateText {
		const { upToMs } = this.work.settings;
		const lateness = latenessOf(at, this.work.services.clock.now(), upToMs);
		return { message, route, lateness };
	}

	private lookAgainAt(at: number): false {
		this.again = Math.min(this.again, at);
		return false;
	}

	private lookAgainIn(ms: number): false {
		return this.lookAgainAt(this.work.services.clock.now() + ms);
	}
}
