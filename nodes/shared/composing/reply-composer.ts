import type { Composition, Told } from './parse-answer';

/** One side of the conversation, as models know it. Sides alternate; the last one is the user's. */
export interface ModelMessage {
	role: 'user' | 'assistant';
	content: string;
}

/** A picture or a voice note that came with the texts to answer. */
export interface Attachment {
	kind: 'picture' | 'voiceNote';
	/** `image/jpeg`, `image/png`, `image/gif`, `image/webp`, `audio/mp3` or `audio/wav`. */
	contentType: string;
	base64: string;
}

export interface CompositionRequest {
	/** The system text: rules, SMS prompt, context. */
	instructions: string;
	/** Oldest first. At least one. */
	messages: ModelMessage[];
	/** Given along with the last message. A model that refuses them is asked with the words alone. */
	attachments?: readonly Attachment[];
	/** Is told in a sentence why it refused them. */
	attachmentsRefused?: (why: string) => void;
	/** Names of the agents that the model may pass the contact on to. */
	passTo?: readonly string[];
	/** The model is on a task, and asked whether it is done. */
	taskOn?: boolean;
}

/** A tool as the model is offered it. */
export interface OfferedTool {
	/** Letters, digits, underscores and hyphens. */
	name: string;
	description: string;
	/** JSON Schema of the arguments. */
	parameters: Readonly<Record<string, unknown>>;
	/** The same tool as its node supplies it, which a connected Chat Model is given. */
	native: unknown;
}

/** A call of a tool that the model asks for. */
export interface ToolCall {
	/** By which the model knows the answer to it. */
	id: string;
	tool: string;
	/** Undefined where what the model wrote is no JSON object. */
	arguments: Readonly<Record<string, unknown>> | undefined;
}

/** Calls that the model asked for at once, each with the words that it is answered with. */
export type ToolRound = ReadonlyArray<ToolCall & { answer: string }>;

export interface ActingRequest extends CompositionRequest {
	/** At least one. */
	tools: readonly OfferedTool[];
	/** The calls of this answer so far, oldest first. */
	rounds: readonly ToolRound[];
}

/** Before it answers, the model wants to know what these calls give. At least one. */
export type ToolCalls = { kind: 'toolCalls'; calls: ToolCall[] } & Told;

/** A question whose answer is one JSON object. The instructions say what to put into it. */
export interface FormRequest extends CompositionRequest {
	form: {
		/** Letters, digits and underscores. */
		name: string;
		/** JSON Schema, in the subset that strict structured output accepts. */
		schema: Readonly<Record<string, unknown>>;
	};
}

/** What the model wrote, whatever it is. */
export type FormAnswer = {
	text: string;
	/** Whether the model stopped because it ran out of tokens. */
	cutOff: boolean;
} & Told;

/**
 * Decides the words of a text. Sends nothing, so it may be repeated. Every method rejects with a
 * ModelError: ModelRefusedError where the provider refused, ModelNoAnswerError where none came in time,
 * MalformedCompositionError where the answer is unusable. With an aborted `signal` they reject with the
 * signal's reason.
 */
export interface ReplyComposer {
	compose(request: CompositionRequest, signal?: AbortSignal): Promise<Composition>;

	/** The next step of an answer for which the model may call tools; the caller makes the calls. */
	step(request: ActingRequest, signal?: AbortSignal): Promise<Composition | ToolCalls>;

	/** Has a form filled in, which whoever asks reads with care. */
	fill(request: FormRequest, signal?: AbortSignal): Promise<FormAnswer>;
}
