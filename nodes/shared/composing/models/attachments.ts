import type { Media } from '../../messaging/message';
import { reasonOf } from '../../messaging/reason-of';
import { outsideLine } from '../outside-words';
import type { Attachment, CompositionRequest, ModelMessage } from '../reply-composer';

/** What of the media of the newest texts a model is given beside the words. */
export type Senses = 'pictures' | 'picturesAndVoice';

/** Media as a model can be given them, and why others are not. */
export interface SeenMedia {
	attachments: Attachment[];
	leftOut: Array<{ contentType: string; why: string }>;
}

/** What of its media a turn's model was given; for the item. */
export interface MediaReport {
	pictures: number;
	voiceNotes: number;
	/** Sentences about what it was not given. */
	notes: string[];
}

/** Of one turn, oldest first: more is not asked for. */
const MOST_FILES = 5;
/** Bytes of one file; Twilio takes in no larger message. */
export const MOST_BYTES = 5_000_000;
/** Bytes of all together. */
const MOST_BYTES_TOGETHER = 10_000_000;

/** What the models take that can see. */
const PICTURES: Readonly<Record<string, string>> = {
	'image/jpeg': 'image/jpeg',
	'image/jpg': 'image/jpeg',
	'image/png': 'image/png',
	'image/gif': 'image/gif',
	'image/webp': 'image/webp',
};
/** And that can hear; under the names that they give these types. */
const VOICE_NOTES: Readonly<Record<string, string>> = {
	'audio/mpeg': 'audio/mp3',
	'audio/mp3': 'audio/mp3',
	'audio/wav': 'audio/wav',
	'audio/wave': 'audio/wav',
	'audio/x-wav': 'audio/wav',
	'audio/vnd.wave': 'audio/wav',
};

/**
 * The media as a model can be given them: each fetched once, at the same time. Never rejects: what cannot
 * be had is left out, with the reason. What the model has no sense for is passed over.
 *
 * @param fetch rejects with a sentence; also where a file has more bytes than it may.
 */
export async function seenMedia(
	media: readonly Media[],
	senses: Senses,
	fetch: (url: string, maxBytes: number) => Promise<Buffer>,
): Promise<SeenMedia> {
	const wanted = media.filter(({ contentType }) => kindOf(contentType, senses) !== undefined);
	const tried = await Promise.all(
		wanted.map(async (medium, index) => await seen(medium, index, senses, fetch)),
	);
	const found: SeenMedia = { attachments: [], leftOut: [] };
	let bytes = 0;
	for (const one of tried) {
		if ('why' in one) found.leftOut.push(one);
		else if (bytes + one.bytes > MOST_BYTES_TOGETHER) {
			const why = `all files together are larger than ${MOST_BYTES_TOGETHER / 1_000_000} MB`;
			found.leftOut.push({ contentType: one.attachment.contentType, why });
		} else {
			bytes += one.bytes;
			found.attachments.push(one.attachment);
		}
	}
	return found;
}

async function seen(
	{ url, contentType }: Media,
	index: number,
	senses: Senses,
	fetch: (url: string, maxBytes: number) => Promise<Buffer>,
): Promise<{ attachment: Attachment; bytes: number } | { contentType: string; why: string }> {
	const kind = kindOf(contentType, senses) ?? 'picture';
	const types = kind === 'picture' ? PICTURES : VOICE_NOTES;
	const type = types[plainType(contentType)];
	if (type === undefined) return { contentType, why: 'models do not take this kind of file' };
	if (index >= MOST_FILES) return { contentType, why: `more than ${MOST_FILES} files have come` };
	try {
		const data = await fetch(url, MOST_BYTES);
		const attachment = { kind, contentType: type, base64: data.toString('base64') };
		return { attachment, bytes: data.length };
	} catch (error) {
		return { contentType, why: reasonOf(error) };
	}
}

function kindOf(contentType: string, senses: Senses): Attachment['kind'] | undefined {
	const type = plainType(contentType);
	if (type.startsWith('image/')) return 'picture';
	return type.startsWith('audio/') && senses === 'picturesAndVoice' ? 'voiceNote' : undefined;
}

function plainType(contentType: string): string {
	return contentType.split(';')[0]?.trim().toLowerCase() ?? '';
}

/** The request with them; its last words say which files are not given along. */
export function withAttachments(
	request: CompositionRequest,
	{ attachments, leftOut }: SeenMedia,
): CompositionRequest {
	const marks = leftOut.map(
		({ contentType, why }) => `[attached: ${outsideLine(`${contentType}, not shown: ${why}`)}]`,
	);
	const last = request.messages.at(-1);
	if (last === undefined) return request;
	const content = [last.content, ...marks].join('\n');
	return {
		...request,
		messages: [...request.messages.slice(0, -1), { ...last, content }],
		...(attachments.length > 0 ? { attachments } : {}),
	};
}

/** @param refused why the model took the words alone, where it did. */
export function mediaReport(
	{ attachments, leftOut }: SeenMedia,
	refused: string | undefined,
): MediaReport | undefined {
	if (attachments.length + leftOut.length === 0) return undefined;
	const given = refused === undefined ? attachments : [];
	const pictures = given.filter(({ kind }) => kind === 'picture').length;
	return {
		pictures,
		voiceNotes: given.length - pictures,
		notes: [
			...leftOut.map(({ contentType, why }) => `${outsideLine(contentType)}: ${why}`),
			...(refused === undefined ? [] : [`The model was given the words alone: ${refused}`]),
		],
	};
}

/** Each message as it is, the last one in parts: its words, then what comes with it. */
export function messagesWith<Part>(
	messages: readonly ModelMessage[],
	attachments: readonly Attachment[] | undefined,
	partOf: (attachment: Attachment) => Part,
): Array<ModelMessage | { role: 'user'; content: Array<Part | { type: 'text'; text: string }> }> {
	const last = messages.at(-1);
	if (last === undefined || !attachments?.length) return [...messages];
	const words = { type: 'text' as const, text: last.content };
	const parts = attachments.map(partOf);
	return [...messages.slice(0, -1), { role: 'user', content: [words, ...parts] }];
}

export function dataUrl({ contentType, base64 }: Attachment): string {
	return `data:${contentType};base64,${base64}`;
}

/**
 * Asks with what comes with the words, or with the words alone where the model refuses that; then it is
 * not asked with it again, as after each tool.
 *
 * @param refusal why, where the model may take the same words without it; rejects as asking does otherwise.
 */
export function askingBesideWords(refusal: (error: unknown) => string | undefined) {
	let takesWordsOnly = false;
	return async <Request extends CompositionRequest, Answer>(
		request: Request,
		ask: (request: Request) => Promise<Answer>,
	): Promise<Answer> => {
		const words = { ...request, attachments: [] };
		if (!request.attachments?.length || takesWordsOnly) return await ask(words);
		try {
			return await ask(request);
		} catch (error) {
			const why = refusal(error);
			if (why === undefined) throw error;
			const answer = await ask(words);
			takesWordsOnly = true;
			request.attachmentsRefused?.(why);
			return answer;
		}
	};
}

/** Of models that cannot see or hear, and of files that they cannot read; 404 is OpenRouter's. */
const REFUSING = new Set([400, 404, 413, 415, 422]);
/** As some local servers say it, with a status that tells of a failure. */
const SAYS_SO = /\b(?:images?|audio|vision|multi-?modal|mmproj)\b/i;

/** Whether the model may take the same words without what came with them. */
export function mayRefuseAttachments(status: number | undefined, says: string): boolean {
	return status === undefined || REFUSING.has(status) || (status >= 500 && SAYS_SO.test(says));
}
