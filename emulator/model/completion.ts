import { randomBytes } from 'node:crypto';
import { keepAppointments } from './appointments';
import type { ChatRequest } from './chat-request';
import { readConversation } from './conversation';
import { reply, type Draft } from './draft';
import { scriptedAnswer } from './scripted-answers';

export interface ToolCall {
	readonly id: string;
	readonly name: string;
	readonly arguments: string;
}

export interface Completion {
	readonly content: string | null;
	readonly refusal: string | null;
	readonly toolCalls: readonly ToolCall[];
	readonly finishReason: 'stop' | 'length' | 'tool_calls';
}

/** A draft or its words, which are put into the form that was asked for; or a completion that goes out as it is. */
export type Responder = (request: ChatRequest) => Completion | Draft | string | undefined;

/** What the model says. A responder may decide instead; undefined leaves it to the script. */
export function complete(request: ChatRequest, respond?: Responder): Completion {
	const decided = respond?.(request);
	if (decided !== undefined) return speak(decided, request);
	const step = keepAppointments(request);
	if (step && !('call' in step)) return speak(step, request);
	if (step) return callOf(step.call, [JSON.stringify(step.args)]);
	const last = request.messages.at(-1);
	if (last?.role === 'tool') return speak(wordsOf(last.text), request);
	const call = /call tool (\w+) with (\{.*\}|\[.*\])/s.exec(
		last?.role === 'user' ? last.text : '',
	);
	if (call?.[1] !== undefined && call[2] !== undefined && request.tools.includes(call[1])) {
		const [, name, given] = call;
		return callOf(name, argumentsIn(given));
	}
	return speak(scriptedAnswer(readConversation(request.messages), wantsJson(request)), request);
}

/** What a tool said; where that comes with the id of an action, the answer rests on it. */
function wordsOf(said: string): Draft | string {
	const { action, result } = /^\{.*\}$/s.test(said)
		? (JSON.parse(said) as { action?: string; result?: string })
		: {};
	if (action === undefined || result === undefined) return `Tool said: ${said}`;
	return { ...reply(`Tool said: ${result}`), actions: [action] };
}

/** @param given the arguments of each call. */
function callOf(name: string, given: readonly string[]): Completion {
	return {
		content: null,
		refusal: null,
		toolCalls: given.map((args) => ({
			id: `call_${randomBytes(12).toString('hex')}`,
			name,
			arguments: args,
		})),
		finishReason: 'tool_calls',
	};
}

/** Those of one call as they were written or, of a list, of one call each. */
function argumentsIn(given: string): string[] {
	if (!given.startsWith('[')) return [given];
	return (JSON.parse(given) as unknown[]).map((one) => JSON.stringify(one));
}

function speak(answer: Completion | Draft | string, request: ChatRequest): Completion {
	if (typeof answer === 'object' && 'finishReason' in answer) return answer;
	const draft: Draft =
		typeof answer === 'string' ? { kind: 'reply', reply: answer, reason: null } : answer;
	const text = wantsJson(request) ? JSON.stringify(draft) : (draft.reply ?? '');
	return spoil(request, draft, {
		content: text,
		refusal: null,
		toolCalls: [],
		finishReason: 'stop',
	});
}

function wantsJson(request: ChatRequest): boolean {
	if (request.responseFormat?.startsWith('json')) return true;
	return request.messages.some(
		({ role, text }) =>
			(role === 'system' || role === 'developer') &&
			/json/i.test(text) &&
			text.includes('"kind"'),
	);
}

/** The faults that answer with 200 and something else than was asked. */
function spoil(request: ChatRequest, draft: Draft, good: Completion): Completion {
	const text = draft.reply ?? '';
	switch (request.fault) {
		case 'malformed-json':
			return {
				...good,
				content: `{"kind":"reply","reply":${JSON.stringify(text).slice(0, 4)}`,
				finishReason: 'length',
			};
		case 'plain-text':
			return { ...good, content: text };
		case 'fenced-json':
			return { ...good, content: `\`\`\`json\n${JSON.stringify(draft, null, 2)}\n\`\`\`` };
		case 'wrong-shape':
			return { ...good, content: '{"kind":"answer","text":"Hello"}' };
		case 'empty':
			return { ...good, content: '' };
		case 'refusal':
			return { ...good, content: null, refusal: "I'm sorry, I can't help with that." };
		case 'too-long': {
			const long = 'This answer goes on and on. '.repeat(80).trim();
			return {
				...good,
				content: wantsJson(request)
					? JSON.stringify({ ...draft, kind: 'reply', reply: long })
					: long,
			};
		}
		default:
			return good;
	}
}
