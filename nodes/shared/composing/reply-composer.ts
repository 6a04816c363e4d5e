import type { Composition } from './parse-answer';

/** One side of the conversation, as models know it. Sides alternate; the last one is the user's. */
export interface ModelMessage {
	role: 'user' | 'assistant';
	content: string;
}

export interface CompositionRequest {
	/** The system text: rules, SMS prompt, context. */
	instructions: string;
	/** Oldest first. At least one. */
	messages: ModelMessage[];
}

/** Decides the words of a text. Sends nothing, so it may be repeated. */
export interface ReplyComposer {
	/**
	 * Rejects with a ModelError: ModelRefusedError where the provider refused, ModelNoAnswerError
	 * where none came in time, MalformedCompositionError where the answer is unusable. With an
	 * aborted `signal` it rejects with the signal's reason.
	 */
	compose(request: CompositionRequest, signal?: AbortSignal): Promise<Composition>;
}
