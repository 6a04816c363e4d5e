import type { Author, Message } from '../messaging/message';
import type { Encoding } from '../messaging/segments';
import type { TakesOver } from '../threads/takeover';
import type { ThreadServices } from '../threads/thread-store';
import type { NewMessage } from '../twilio/api/messages';
import type { TwilioClient } from '../twilio/api/twilio-client';

/** What sending needs from outside; bound once, see `smsSender`. */
export interface SendServices extends ThreadServices {
	twilio: TwilioClient;
	/** From 0 up to 1; spreads retries. */
	random?: () => number;
}

/** Whose text it is, and what it answers. */
export interface SendIdentity {
	threadId: string;
	author: Exclude<Author, 'contact'>;
	/**
	 * SIDs of the texts that this one answers, newest last; kept with the message in the thread. So
	 * a reply under the lease is known by its entry there, any other text by the claim under its key.
	 */
	answers?: readonly string[];
	/** Of an operator's text that a person wrote: they have the thread before it goes out. */
	person?: TakesOver | undefined;
	/** Who gets what the contact answers: they have the thread once it is out. Else the agent answers. */
	answersTo?: TakesOver | undefined;
}

/** A text that is ready to be sent, and the thread it belongs to. */
export interface OutboundDraft extends NewMessage, SendIdentity {
	purpose?: SendPurpose | undefined;
	/** Fixed words that go out in the agent's name, as all that an agent writes does. */
	asAgent?: boolean | undefined;
	/** The words without what only the first text to a contact says; absent where nothing was added. */
	words?: string;
}

/** What a text is for, where that decides whether it is wanted; an opt-out forbids all but its confirmation. */
export type SendPurpose =
	/** Something to say to these texts; not once a newer one came or a person took the thread over. */
	| { kind: 'reply'; turn: readonly Message[] }
	/** That a person will answer from now on; not once a person has taken the thread. */
	| { kind: 'handOver' }
	/**
	 * Not once the contact has answered the text of that SID. Where it is not known, the newest text is
	 * meant that we sent without being asked or, in a run about texts (`turnSids`), what was said to
	 * them; where there is neither, our newest text.
	 */
	| {
			kind: 'followUp';
			earlierSid: string | undefined;
			turnSids?: readonly string[] | undefined;
	  }
	/**
	 * Words for the writer of these texts; not where an agent has replied to one of them with just
	 * these words. `words` are those before they were fitted.
	 */
	| { kind: 'answer'; turnSids: readonly string[]; words: string }
	/**
	 * Asks a contact who is silent after the text of that SID whether they are still there; not once
	 * anybody has had the word since the reply to it.
	 */
	| {
			kind: 'idle';
			through: string;
			/** Milliseconds of silence. */
			afterMs: number;
			/** Texts of agents to the contact in an hour. */
			maxPerHour: number;
	  }
	/** The one text that may follow an opt-out; see opt-out-confirmation.ts. */
	| { kind: 'optOutConfirmation' };

/** Why a text must not go out, or not any more. An outcome, nobody's failure: nothing was sent. */
export type Unwanted =
	| {
			why: 'optedOut';
			message: string;
			contact: string;
			/** ISO 8601, UTC. */
			since: string;
			/** The contact's words, or Twilio's error code that taught us. */
			by: string;
			/** Twilio's refusal, where it taught us. */
			cause?: unknown;
	  }
	/** The confirmation of an opt-out that is none, is too old, or was confirmed by Twilio. */
	| { why: 'noConfirmation'; message: string; cause?: unknown }
	/** The contact is a name or a short code, which no number can text. */
	| { why: 'cannotText'; message: string }
	/** A follow-up whose contact has written. */
	| { why: 'answered'; message: string }
	/** The agent has replied in these words. */
	| { why: 'sentAlready'; message: string }
	/** A person has the thread, or all agents of the brand are paused. */
	| { why: 'takeover'; message: string }
	/** Nobody is to be asked whether they are still there. */
	| { why: 'notIdle'; message: string }
	/** The contact has written again; that turn's reply will answer both. */
	| { why: 'newerText'; message: string };

/** A text that Twilio has. */
export interface SentMessage {
	messageSid: string;
	threadId: string;
	/** Twilio's word at the time: queued, accepted, scheduled ... */
	status: string;
	to: string;
	/** Null until a Messaging Service has picked a number. */
	from: string | null;
	messagingServiceSid: string | null;
	/** The words as they were handed to Twilio. */
	body: string;
	numSegments: number;
	encoding: Encoding;
	/** What costs more than it needs to or looks different at the contact's end. */
	warnings: string[];
	/** ISO 8601, UTC: when Twilio took it. */
	sentAt: string;
	/** An earlier attempt at the same send had done it; nothing was sent now. */
	repeated: boolean;
	/** Twilio's answer had been lost, and the text was found in its message list. */
	reconciled: boolean;
}

export type SendOutcome = { kind: 'sent'; sent: SentMessage } | { kind: 'unwanted'; why: Unwanted };
