import { BadInput, JsonReader } from '../json-reader';

export interface ChatMessage {
	readonly role: string;
	/** Text parts joined; what is not text is left out. */
	readonly text: string;
	/** Names of the tools that the model asked for here. */
	readonly calls?: readonly string[];
	/** Types of the pictures and sounds among its parts, such as image/png and audio/mp3. */
	readonly media: readonly string[];
}

/** One request to the model, for the answer and for assertions. Never holds the key. */
export interface ChatRequest {
	readonly model: string;
	readonly messages: readonly ChatMessage[];
	readonly stream: boolean;
	/** `text`, `json_object` or `json_schema`; null when nothing was asked. */
	readonly responseFormat: string | null;
	/** Names of the tools on offer. */
	readonly tools: readonly string[];
	/** The request as it came. */
	readonly raw: unknown;
	/** The kind of fault that hit this request. */
	readonly fault: string | null;
	readonly at: Date;
}

export function readChatRequest(body: unknown, fault: string | null): ChatRequest {
	const input = new JsonReader(body);
	const messages = input.list('messages').map(readMessage);
	if (messages.length === 0) throw new BadInput("'messages' must not be empty");
	const { response_format: format } = { response_format: undefined, ...(body as object) };
	return {
		model: input.required('model'),
		messages,
		stream: input.flag('stream') ?? false,
		responseFormat: new JsonReader(format).text('type') ?? null,
		tools: input.list('tools').flatMap((tool) => {
			const { function: described } = { function: undefined, ...(tool as object) };
			return new JsonReader(described).text('name') ?? [];
		}),
		raw: body,
		fault,
		at: new Date(),
	};
}

function readMessage(item: unknown): ChatMessage {
	const message = new JsonReader(item);
	const parts = message.list('content').map((part) => new JsonReader(part));
	const calls = message.list('tool_calls').map((call) => {
		const { function: called } = { function: undefined, ...(call as object) };
		return new JsonReader(called).text('name') ?? '';
	});
	return {
		role: message.required('role'),
		text: message.text('content') ?? parts.map((part) => part.text('text') ?? '').join('\n'),
		media: message.list('content').flatMap((part) => typeOfMedia(part) ?? []),
		...(calls.length > 0 && { calls }),
	};
}

function typeOfMedia(part: unknown): string | undefined {
	const { image_url: image, input_audio: audio } = (part ?? {}) as Record<string, unknown>;
	const url = typeof image === 'string' ? image : new JsonReader(image).text('url');
	if (url !== undefined) return /^data:([^;,]+)/.exec(url)?.[1] ?? url;
	const format = new JsonReader(audio).text('format');
	return format === undefined ? undefined : `audio/${format}`;
}
