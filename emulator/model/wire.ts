import { randomBytes } from 'node:crypto';
import type { Response } from 'express';
import type { ChatRequest } from './chat-request';
import type { Completion } from './completion';

/** Roughly four characters to a token. */
function usage(request: ChatRequest, completion: Completion): Record<string, unknown> {
	const tokens = (text: string): number => Math.ceil(text.length / 4);
	const prompt = request.messages.reduce((sum, { text }) => sum + tokens(text) + 4, 3);
	const spoken = completion.content ?? completion.refusal ?? JSON.stringify(completion.toolCalls);
	const answer = Math.max(tokens(spoken), 1);
	return {
		prompt_tokens: prompt,
		completion_tokens: answer,
		total_tokens: prompt + answer,
		prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
		completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
	};
}

export function sendCompletion(
	response: Response,
	request: ChatRequest,
	completion: Completion,
): void {
	const head = {
		id: `chatcmpl-${randomBytes(12).toString('hex')}`,
		created: Math.floor(Date.now() / 1000),
		model: request.model,
	};
	if (request.stream) return sendStream(response, head, request, completion);
	const calls = toolCalls(completion);
	response.json({
		...head,
		object: 'chat.completion',
		choices: [
			{
				index: 0,
				message: {
					role: 'assistant',
					content: completion.content,
					refusal: completion.refusal,
					...(calls.length > 0 ? { tool_calls: calls } : {}),
				},
				logprobs: null,
				finish_reason: completion.finishReason,
			},
		],
		usage: usage(request, completion),
	});
}

/** A word at a time, as servers do. */
function sendStream(
	response: Response,
	head: Record<string, unknown>,
	request: ChatRequest,
	completion: Completion,
): void {
	response.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
	const write = (delta: Record<string, unknown>, finish: string | null = null): void => {
		const choices = [{ index: 0, delta, logprobs: null, finish_reason: finish }];
		response.write(
			`data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices })}\n\n`,
		);
	};
	write({ role: 'assistant', content: completion.content === null ? null : '' });
	for (const word of completion.content?.match(/\S+\s*|\s+/g) ?? []) write({ content: word });
	if (completion.refusal !== null) write({ refusal: completion.refusal });
	toolCalls(completion).forEach((call, index) => write({ tool_calls: [{ index, ...call }] }));
	write({}, completion.finishReason);
	const closing = {
		...head,
		object: 'chat.completion.chunk',
		choices: [],
		usage: usage(request, completion),
	};
	response.end(`data: ${JSON.stringify(closing)}\n\ndata: [DONE]\n\n`);
}

function toolCalls(completion: Completion): Array<Record<string, unknown>> {
	return completion.toolCalls.map(({ id, name, arguments: given }) => ({
		id,
		type: 'function',
		function: { name, arguments: given },
	}));
}

/** OpenAI's error shape. */
export function sendError(
	response: Response,
	status: number,
	error: { message: string; type: string; code: string | null; param?: string },
): void {
	response.status(status).json({ error: { param: null, ...error } });
}
