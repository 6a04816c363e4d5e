import { LONGEST_TEXT } from './text-bounds';

/**
 * What a phone wrote by itself: a tapback (an emoji put on a text, told in words to those who have
 * only SMS), or an automatic answer. Nobody has said anything, so nobody is waiting for a reply.
 */
export type Reaction = 'tapback' | 'automatic';

/**
 * Only forms that phones are known to send; whatever else looks like one is a person's text, because
 * a reply too many costs less than a person left alone. The whole text must have the form.
 */
export function reactionOf(body: string): Reaction | undefined {
	if (body.length > LONGEST_TEXT) return undefined;
	const text = body.trim();
	if (isFromGoogleMessages(body) || IPHONE_TAPBACKS.some((form) => form.test(text)))
		return 'tapback';
	return AUTOMATIC_ANSWERS.some((form) => form.test(text)) ? 'automatic' : undefined;
}

/** What a tapback is on: the words in quotation marks, those of the phone's language, or a thing. */
const QUOTED = '(?:[“"„«‹][\\s\\S]+[”"“»›])';
const THING = {
	en: '(?:an? (?:image|photo|picture|video|movie|audio message|voice message|attachment|sticker|link|location|contact))',
	es: '(?:una imagen|una foto|un vídeo|un video)',
	fr: '(?:une image|une photo|une vidéo)',
};
/** An emoji, which no letter stands in; "Reacted badly to “...”" is a person's text. */
const EMOJI = '(?:with )?(?:an? )?(?:[^\\p{L}\\p{N}\\s“"]{1,30}|sticker)';

/** iPhones (Messages), in the words of Apple's own language files. */
const IPHONE_TAPBACKS = [
	`(?:Liked|Loved|Disliked|Laughed at|Emphasi[sz]ed|Questioned) (?:${QUOTED}|${THING.en})`,
	`Reacted ${EMOJI} to (?:${QUOTED}|${THING.en})`,
	`Removed (?:an? )?(?:heart|like|dislike|laugh|exclamation(?: mark)?|question mark|${EMOJI}) from (?:${QUOTED}|${THING.en})`,
	`(?:Le gustó|No le gustó|Le encantó|Le dio risa|Exclamó por|Dudó sobre) (?:${QUOTED}|${THING.es})`,
	`Reaccionó con ${EMOJI} a (?:${QUOTED}|${THING.es})`,
	`A (?:aimé|adoré) (?:${QUOTED}|${THING.fr})`,
	`A réagi avec ${EMOJI} à (?:${QUOTED}|${THING.fr})`,
	`Gefällt ${QUOTED}`,
].map((form) => new RegExp(`^${form}$`, 'u'));

/** In every language Google Messages puts hair spaces about its quotation and around the whole. */
function isFromGoogleMessages(body: string): boolean {
	const text = body.trimEnd();
	const quotation = /[“"„«]\u200A/.exec(text)?.index;
	const isQuoted = quotation !== undefined && quotation + 2 < text.length - 2;
	return (
		(isQuoted && text.startsWith('\u200A') && /^\u200A[”"“»]$/.test(text.slice(-2))) ||
		/^[\u200A\u200B]*[^\p{L}\p{N}\s“"]{1,30} to [“"][\s\S]+[”"]$/u.test(text)
	);
}

/** What Focus of iPhones and Android Auto send while their owner drives, and how mail gateways begin. */
const AUTOMATIC_ANSWERS = [
	/^I[’']m driving with (?:Focus|Do Not Disturb While Driving) turned on\. I[’']ll see your message when I get where I[’']m going\./,
	/^\(I[’']m not receiving notifications\. If this is urgent, reply [“"]urgent[”"] to send a notification through/,
	/^I[’']m driving right now[.,]? [-–—]?\s?I[’']ll (?:get back to|text|reply to|respond to) you (?:later|soon)\.?$/,
	/^[[(]?(?:auto(?:matic|mated)?[- ]?(?:reply|response)|out of office(?: auto(?:matic|mated)?[- ]?(?:reply|response))?)(?:[\])]|\s?:)/i,
	/^this is an auto(?:matic|mated)?[- ]?(?:reply|response|message)\b/i,
	/^(?:Automatische Antwort|Réponse automatique|Respuesta automática|Abwesenheitsnotiz)\s?:/i,
];
