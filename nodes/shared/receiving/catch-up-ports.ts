import type { Route } from '../messaging/routing';
import type { Media } from '../messaging/message';
import type { Turn } from '../threads/turns/gather-turn';
import type { InboundMessage } from '../twilio/inbound/inbound-webhook';
import type { RecordedText } from './record-inbound';

/** A text to us as Twilio lists it; what came with it is asked for where it is needed. */
export interface ListedText {
	message: InboundMessage;
	numMedia: number;
	/** When it came. Milliseconds since 1970, by Twilio's clock, whole seconds. */
	at: number;
}

/** A text of the account to a contact that went out, whoever sent it. */
export interface SentText {
	messageSid: string;
	at: number;
	/** Twilio's or another app's answer to a webhook, not a text of its own. */
	isAnswer: boolean;
}

/** What is asked of Twilio. Each rejects where Twilio refused or did not answer. */
export interface TwilioLists {
	/**
	 * Texts to our senders that came at `since` or later, oldest first.
	 *
	 * @returns newest: when the newest message listed came to be, ours or not; undefined without any.
	 */
	textsSince(since: number): Promise<{ texts: ListedText[]; newest: number | undefined }>;
	/** Which texts are to senders that are ours at this moment: another app may have taken one over. */
	stillOurs(): Promise<(message: InboundMessage) => boolean>;
	mediaOf(messageSid: string): Promise<Media[]>;
	/** The newest ones, without those that failed or have not gone out yet. */
	sentTo(contact: string): Promise<SentText[]>;
}

export interface LateText {
	message: InboundMessage;
	route: Route;
	lateness: Lateness;
}

/** A command that an owner's phone has texted, and when. Milliseconds since 1970, by Twilio's clock. */
export interface LateCommand extends LateText {
	hasMedia: boolean;
	at: number;
}

/** What becomes of late texts. None of it throws or rejects, but `obey`. */
export interface LateTextTakers {
	/** A text that is news, for whom it is news too: an agent's webhook, runs on STOP and on reactions. */
	tell(text: LateText, recorded: RecordedText): void;
	/** A turn was started, and its run is to begin. */
	begin(text: LateText, turn: Turn): Promise<void>;
	/**
	 * A command of an owner's phone; it joins no thread and no run begins with it. Resolves to whether it
	 * is dealt with, and rejects where it could not be: a later look comes to it again.
	 */
	obey(command: LateCommand): Promise<boolean>;
	/** A contact's texts could not be taken in now; they are tried again. */
	failed(reason: unknown): void;
}

/** How late a text is, as items and prompts have it. */
export interface Lateness {
	late: boolean;
	/** Whole minutes. */
	lateMinutes: number;
	/** It is not answered any more; a person is told. */
	tooLate: boolean;
}
