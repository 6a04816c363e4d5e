import type { ConsentWord } from './consent-keywords';
import type { Reaction } from './reaction';
import { beginningOf } from './text-bounds';

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
	return /[^\s\p{Cf}\p{Cc}\p{DI}\u2800\uFFFC]/u.test(beginningOf(body));
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
	/** Of a contact's text that Twilio answers by itself: STOP, HELP and their like; START where it lifted an opt-out. */
	consent?: ConsentWord;
	/** Of a text that the contact's phone wrote by itself. */
	reaction?: Reaction;
	/** Of an agent's reply: the SIDs of the texts it answers. */
	answers?: string[];
	/** Of an operator's text that a person wrote, no workflow step: who, or from where. */
	person?: string;
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isTextIfAny = (value: unknown): boolean => value === undefined || isText(value);

/** What each field of a message must be. */
const FIELDS: { readonly [name in keyof Required<Message>]: (value: unknown) => boolean } = {
	messageSid: isText,
	direction: (value) => value === 'inbound' || value === 'outbound',
	author: (value) => value === 'contact' || value === 'agent' || value === 'operator',
	body: isText,
	media: isMediaList,
	sender: isText,
	messagingServiceSid: isTextIfAny,
	numSegments: (value) => Number.isFinite(value),
	at: isText,
	consent: isTextIfAny,
	reaction: isTextIfAny,
	answers: (value) => value === undefined || (Array.isArray(value) && value.every(isText)),
	person: isTextIfAny,
};

/** The first field that a message could not have; undefined where all of it is sound. */
export function faultyFieldOf(message: unknown): string | undefined {
	const fields = (message ?? {}) as Record<string, unknown>;
	return Object.entries(FIELDS).find(([name, isSound]) => !isSound(fields[name]))?.[0];
}

/** Files as a message or an item lists them. */
export function isMediaList(value: unknown): value is Media[] {
	const isMedia = (one: Partial<Media> | null) => isText(one?.url) && isText(one?.contentType);
	return Array.isArray(value) && value.every(isMedia);
}
