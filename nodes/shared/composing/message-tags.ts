import { EMPTY_TEXT, hasWords, type Message } from '../messaging/message';
import { outsideLine, outsideWords } from './outside-words';

/** How the tags look, for the rules that explain them. */
export const TAGS = {
	time: '[2026-01-15 09:30]',
	operator: '[operator]',
	person: '[person]',
	attached: '[attached: image/jpeg]',
	empty: EMPTY_TEXT,
};

/**
 * A message as the model reads it: what a text alone does not tell is in tags around it, and none of
 * its words can look like one.
 */
export function tagMessage(message: Message, timeZone: string): string {
	const { body, media } = message;
	const shown = {
		body: outsideWords(body),
		media: media.map((one) => ({ ...one, contentType: outsideLine(one.contentType) })),
	};
	return [...tagsBefore(message, timeZone), bodyOf(shown)]
		.filter((part) => part !== '')
		.join(' ');
}

/** The message alone, as it was written: no time and no speaker, but what a picture or nothing at all leaves to tell. */
export function bodyOf({ body, media }: Pick<Message, 'body' | 'media'>): string {
	const attached = media.map(({ contentType }) => `[attached: ${contentType}]`);
	const said = hasWords(body) ? [body.trim()] : [];
	return [...said, ...attached].join(' ') || EMPTY_TEXT;
}

/** The agent's own texts carry no tag: models imitate the form of what they said before. */
function tagsBefore({ author, at, person }: Message, timeZone: string): string[] {
	switch (author) {
		case 'contact':
			return [`[${minute(at, timeZone)}]`];
		case 'operator':
			return [person === undefined ? TAGS.operator : TAGS.person];
		case 'agent':
			return [];
	}
}

/** The text without tags that a model imitated all the same: a time at its beginning, others anywhere. */
export function withoutTags(text: string): string {
	return text
		.replace(
			/^(?:\[(?:operator|person|\d{4}-\d\d-\d\d \d\d:\d\d|empty text|attached: [^\][]*|action a\d[^\][\n]{0,100})\]\s*)+/,
			'',
		)
		.replace(
			/\[(?:operator|person|empty text|attached: [^\][\n]{0,100}|action a\d[^\][\n]{0,100})\]\s?/g,
			'',
		);
}

function minute(at: string, timeZone: string): string {
	// Swedish writes dates as ISO 8601 does.
	const format = dateFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short', timeZone });
	return format.format(new Date(at));
}

const made = new Map<string, Intl.DateTimeFormat>();

/** Making a format costs more than all else about a message, and every prompt needs some. */
export function dateFormat(
	locale: string,
	options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
	const key = JSON.stringify([locale, options]);
	const before = made.get(key);
	if (before) return before;
	const format = new Intl.DateTimeFormat(locale, options);
	made.set(key, format);
	return format;
}
