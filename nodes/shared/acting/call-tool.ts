import { withinDeadline } from '../composing/within-deadline';
import { withoutSecrets } from '../messaging/reason-of';
import { errorText } from '../messaging/text-bounds';
import type { ActionState } from '../threads/actions';
import type { Tool } from './tool';

/** What came of a call, as far as its caller can tell. */
export interface CallOutcome {
	state: Exclude<ActionState, 'running'>;
	/** What the tool gave, or why it failed. Without secrets. */
	result: string;
}

/** Makes one call. Rejects only with the reason of an aborted `signal`. */
export async function callTool(
	tool: Tool,
	args: Readonly<Record<string, unknown>>,
	timeoutMs: number,
	signal: AbortSignal | undefined,
): Promise<CallOutcome> {
	try {
		const answer = await withinDeadline(
			timeoutMs,
			signal,
			async (within) => await tool.call(args, within),
			() => new Error(`it gave no answer within ${timeoutMs / 1000} seconds, timed out`),
		);
		const failure = failureIn(answer);
		return failure === undefined
			? { state: 'done', result: withoutSecrets(answer) }
			: failed(tool, failure);
	} catch (error) {
		signal?.throwIfAborted();
		return failed(tool, wordsOf(error));
	}
}

function failed({ onlyLooks }: Tool, why: string): CallOutcome {
	const mayHaveHappened = !onlyLooks && (LOST.test(why) || SERVER_FAILED.test(why));
	return {
		state: mayHaveHappened ? 'uncertain' : 'failed',
		result: withoutSecrets(errorText(why)),
	};
}

/** The request went out, and what became of it nobody heard. */
const LOST =
	/time[ds]?[ -]?out|timeout|ETIMEDOUT|ECONNRESET|EPIPE|socket hang up|connection (?:was )?(?:closed|lost|reset|aborted)|terminated|aborted/i;
/** A server that fails may have done it before. */
const SERVER_FAILED =
	/\b(?:status(?: code)?|http|error)\W{0,3}5\d\d\b|\b5\d\d\b.{0,30}\b(?:internal server error|bad gateway|service unavailable|gateway time)|internal server error|bad gateway|gateway time-?out|service unavailable|service failed/i;

/** With its code and status, which tell more than its words. */
function wordsOf(error: unknown): string {
	const { message, code, httpCode, description, cause } = (error ?? {}) as Record<
		string,
		unknown
	>;
	const inner = (cause ?? {}) as Record<string, unknown>;
	const given = [httpCode, code, inner['httpCode'], inner['status'], inner['code']];
	const named = given.filter((one) => typeof one === 'string' || typeof one === 'number');
	const status = named.find((one) => /^[1-5]\d\d$/.test(String(one)));
	const codes = named.filter((one) => /^E[A-Z_]+$/.test(String(one)));
	const words = [message, description, ...codes].filter(
		(one) => typeof one === 'string' && one !== '',
	);
	const said = [...new Set(words)].join(': ') || 'it failed without a word';
	return status === undefined ? said : `${said} (status ${status})`;
}

/**
 * Why it failed, where the answer says so in the forms that n8n's nodes give an error: an item with
 * `error` in it, from a node that goes on when it fails, or the words of a tool of an AI Agent.
 */
function failureIn(answer: string): string | undefined {
	const said = /^(?:There was an error:|Error(?: during node execution)?:|Error:)\s*(.*)/s.exec(
		answer.trim(),
	);
	if (said) return said[1] || answer;
	const [item, ...others] = itemsIn(answer);
	if (item === undefined || others.length > 0) return undefined;
	const { error } = item;
	if (typeof error === 'string') return error === '' ? undefined : error;
	const isError = typeof error === 'object' && error !== null;
	return isError ? wordsOf(error) : undefined;
}

/** Characters; an answer that tells of an error has fewer. */
const LONGEST_FAILURE = 50_000;

function itemsIn(answer: string): Array<Record<string, unknown>> {
	if (answer.length > LONGEST_FAILURE || !/^\s*[[{]/.test(answer)) return [];
	try {
		const parsed: unknown = JSON.parse(answer);
		return [parsed]
			.flat()
			.filter(
				(one): one is Record<string, unknown> => typeof one === 'object' && one !== null,
			);
	} catch {
		return [];
	}
}
