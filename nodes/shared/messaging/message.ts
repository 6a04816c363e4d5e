import type { ConsentWord } from './consent-keywords';

export type Direction = 'inbound' | 'outbound';

/** Who wrote it. An operator is a person, or a workflow step that sends fixed words. */
export type Author = 'contact' | 'agent' | 'operator';

export interface Media {
	url: string;
	contentType: string;
}

/** What stands for a text in which there is nothing to read. */
export const EMPTY_TEXT = '[empty text]';

/** Whether there is something to read in it; blanks and characters that nobody sees are nothing. */
export function hasWords(body: string): boolean {
	return /[^\s\p{Cf}\p{Cc}\uFFFC]/u.test(body);
}

/** One text of a thread, in or out. */
export interface Message {
	/** Twilio's id; within a thread no two messages share one. */
	messageSid: string;
	direction: Direction;
	author: Author;
	/** Exactly as written, blanks included; empty for a media-only message. */
	body: string;
	media: Media[];
	/** Our address in this exchange: a number, a short code or a Messaging Service SID. */
	sender: string;
	/** Of a contact's text: the Messaging Service that it came through, if any. */
	messagingServiceSid?: string;
	numSegments: number;
	/** ISO 8601, UTC: when we received it or handed it to Twilio. */
	at: string;
	/** Of a contact's text that Twilio answers by itself: STOP, HELP and their like. */
	consent?: ConsentWord;
	/** Of an agent's reply: the SIDs of the texts it answers. */
	answers?: string[];
}
