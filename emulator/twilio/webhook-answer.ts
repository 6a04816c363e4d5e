import type { HttpOutcome } from './http-call';
import { parseXml, type XmlElement } from './xml';

export interface ReplyText {
	readonly body: string;
	readonly mediaUrls: readonly string[];
	readonly to: string | null;
	readonly from: string | null;
	readonly statusCallback: string | null;
}

export interface WebhookReading {
	readonly errorCode: number | null;
	readonly errorDetail: string | null;
	readonly replies: readonly ReplyText[];
	/** The verbs of an answer about a call. */
	readonly verbs?: readonly XmlElement[];
}

const MAX_TWIML = 64 * 1024;
const XML_TYPES = ['text/xml', 'application/xml', 'text/html'];

/** What Twilio makes of the application's answer to an inbound webhook. */
export function readWebhookAnswer(outcome: HttpOutcome): WebhookReading {
	return readAnswer(outcome, readTwiml, (text) => replying(text === '' ? [] : [plain(text)]));
}

/** What Twilio makes of the answer to a request about a call. */
export function readCallAnswer(outcome: HttpOutcome): WebhookReading {
	return readAnswer(outcome, readVerbs, (text) =>
		failed(12300, `plain text is no answer to a call: ${text.slice(0, 80)}`),
	);
}

function readAnswer(
	outcome: HttpOutcome,
	twiml: (text: string) => WebhookReading,
	plainText: (text: string) => WebhookReading,
): WebhookReading {
	if (outcome.kind === 'failure') {
		const code =
			outcome.detail === 'too many redirects'
				? 11215
				: outcome.phase === 'connect'
					? 11205
					: 11200;
		return failed(code, outcome.detail);
	}
	if (outcome.status < 200 || outcome.status > 299) {
		return failed(11200, `HTTP status ${outcome.status}`);
	}
	if (outcome.status === 204) return replying([]);
	const type = outcome.contentType?.split(';')[0]?.trim().toLowerCase();
	if (!type) return failed(11200, 'the answer has no Content-Type');
	if (type === 'text/plain') return plainText(outcome.body);
	if (!XML_TYPES.includes(type)) return failed(12300, `Content-Type ${type}`);
	if (Buffer.byteLength(outcome.body) > MAX_TWIML) return failed(11750, 'TwiML over 64 kB');
	return twiml(outcome.body);
}

function readVerbs(text: string): WebhookReading {
	let root: XmlElement;
	try {
		root = parseXml(text);
	} catch (error) {
		return failed(12100, error instanceof Error ? error.message : String(error));
	}
	if (root.name !== 'Response') return failed(12102, `root element <${root.name}>`);
	const verbs = root.children.filter((node) => typeof node !== 'string');
	return { ...replying([]), verbs };
}

function readTwiml(text: string): WebhookReading {
	const reading = readVerbs(text);
	const { verbs } = reading;
	if (verbs === undefined) return reading;
	const unknown = verbs.find(({ name }) => name !== 'Message');
	if (unknown) return failed(12200, `<${unknown.name}> is not understood here`);
	return replying(verbs.map(readMessage));
}

function readMessage(message: XmlElement): ReplyText {
	const parts = message.children.filter((node) => typeof node !== 'string');
	const named = (name: string): string[] =>
		parts.filter((part) => part.name === name).map((part) => textOf(part));
	const bodies = named('Body');
	return {
		body: bodies.length > 0 ? bodies.join('') : textOf(message).trim(),
		mediaUrls: named('Media').map((url) => url.trim()),
		to: message.attributes['to'] ?? null,
		from: message.attributes['from'] ?? null,
		statusCallback: message.attributes['action'] ?? null,
	};
}

function textOf(element: XmlElement): string {
	return element.children.filter((node) => typeof node === 'string').join('');
}

function plain(body: string): ReplyText {
	return { body, mediaUrls: [], to: null, from: null, statusCallback: null };
}

function replying(replies: readonly ReplyText[]): WebhookReading {
	return { errorCode: null, errorDetail: null, replies };
}

function failed(errorCode: number, errorDetail: string): WebhookReading {
	return { errorCode, errorDetail, replies: [] };
}
