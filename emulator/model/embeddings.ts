import { JsonReader } from '../json-reader';

/** How many numbers stand for a text. */
const SIZE = 256;

/**
 * Answers `POST /v1/embeddings`: texts that share words lie close to each other. In the two encodings
 * that OpenAI has, lists of numbers and base64 of 32-bit ones.
 */
export function embed(body: unknown): object {
	const request = new JsonReader(body);
	const single = request.text('input');
	const inputs = (single === undefined ? request.list('input') : [single]).map(String);
	const isBase64 = request.text('encoding_format') === 'base64';
	const data = inputs.map((text, index) => {
		const numbers = vectorOf(text);
		const bytes = Buffer.from(Float32Array.from(numbers).buffer);
		const embedding = isBase64 ? bytes.toString('base64') : numbers;
		return { object: 'embedding', index, embedding };
	});
	const usage = { prompt_tokens: inputs.length, total_tokens: inputs.length };
	return { object: 'list', data, model: request.text('model') ?? 'emulated', usage };
}

/** Each word counts at a place of its own; the whole has the length 1. */
function vectorOf(text: string): number[] {
	const counts = new Array<number>(SIZE).fill(0);
	for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
		const place = [...word].reduce((hash, sign) => (hash * 31 + sign.charCodeAt(0)) % SIZE, 7);
		counts[place] = (counts[place] ?? 0) + 1;
	}
	const length = Math.hypot(...counts) || 1;
	return counts.map((count) => count / length);
}
