import type { Encoding } from '../messaging/segments';
import type { TokenUsage } from '../composing/parse-answer';
import type { HistoryReport } from '../composing/history';
import type { MediaReport } from '../composing/models/attachments';
import type { SentMessage } from '../sending/outbound-draft';
import type { Action } from '../threads/actions';
import type { PassedOn } from '../contacts/speaker';
import type { Retry, TaskOn } from '../threads/thread-store';

/** What composing cost and saw; null where it did not come to that. */
export interface ComposingReport {
	usage: TokenUsage | null;
	model: string | null;
	history: HistoryReport | null;
	/** What of the media of the texts the model was given; absent where there were none for it. */
	media?: MediaReport | undefined;
	/** What was done by tools for this reply, in order. */
	actions?: readonly Action[];
	/** The contact was passed on to another agent, who wrote this. */
	passed?: PassedOn;
	/** The task that the agent was on, and whether it says that it is done. */
	task?: Pick<TaskOn, 'name' | 'by'> & { isDone: boolean };
}

export const NOT_COMPOSED: ComposingReport = { usage: null, model: null, history: null };

export type NeedsHumanCode =
	/** A tool was called, and nobody can tell whether it did what it should. */
	| 'actionUncertain'
	/** The contact may have asked not to be texted any more. */
	| 'maybeOptOut'
	/** The model asked for a person. */
	| 'modelDecided'
	/** All calls of the model that the node may make within an hour are used up. */
	| 'modelLimitReached'
	/** The model did not answer, refused, or gave something that is not fit to be sent. */
	| 'modelFailed'
	/** The reply was written, and could not be sent for as long as it was tried. */
	| 'notSent'
	/** A person has the thread, or all agents of the brand are paused. */
	| 'takenOver'
	/** The text came while nobody listened, and is too old to be answered now. */
	| 'tooLate'
	/** The model called more tools than one reply may take. */
	| 'tooManyActions'
	/** All calls of the model that the contact may cost within an hour are used up. */
	| 'tooManyModelCalls'
	/** So many replies went to this contact within an hour that it is probably a machine. */
	| 'tooManyReplies'
	/** The reply is longer than the builder, or Twilio, allows. */
	| 'tooLong'
	/** The reply reports what no action of the agent did. */
	| 'unearnedClaim';

export type NoReplyCode =
	| 'optedOut'
	/** The contact has written again; that turn's reply will answer both. */
	| 'newerText'
	/** As for a hand-over, of which a person has been told within the hour. */
	| 'modelLimitReached'
	| 'tooManyModelCalls'
	/** The builder's own phone was told of another contact, and answers that. */
	| 'ownPhone'
	/** A lone STOP, START or HELP, which Twilio answers itself. */
	| 'keyword'
	/** The contact's phone wrote by itself: a tapback, an automatic answer. */
	| 'reaction'
	/** Another execution has handed it over, or decided that there is no reply. */
	| 'alreadyEnded'
	/** The text came from a name or a short code, which no number can text. */
	| 'cannotText'
	/** Another execution is at it. */
	| 'alreadyBeingAnswered'
	/** What kept it from its reply may pass: its trigger begins the turn again by itself. */
	| 'retryLater'
	/** The model saw nothing to answer. */
	| 'modelDecided';

/** What became of a turn. */
export type ReplyOutcome =
	| {
			kind: 'replied';
			text: string;
			encoding: Encoding;
			numSegments: number;
			/** Null where the text was only composed. */
			sent: SentMessage | null;
			composing: ComposingReport;
	  }
	| {
			kind: 'needsHuman';
			code: NeedsHumanCode;
			/** For the person who takes over; never for the contact. */
			reason: string;
			/** The fixed words that the contact got instead of a reply. */
			handover: SentMessage | null;
			/** The reply that was written and did not go out, as far as is known. */
			unsentText?: string;
			composing: ComposingReport;
	  }
	| {
			kind: 'noReply';
			code: NoReplyCode;
			reason: string;
			/** The one text that the contact got to confirm that they get no more, with the code `optedOut` alone. */
			confirmation?: SentMessage;
			/** When the turn is begun again, with the code `retryLater` alone. */
			retry?: Retry;
			composing: ComposingReport;
	  };
