import type { OfferedTool } from '../composing/reply-composer';

/** What an agent can do beside texting. */
export interface Tool extends OfferedTool {
	/** It changes nothing anywhere, so calling it again does no harm. */
	onlyLooks: boolean;
	/** Gives the words of its answer. Rejects as its node does. */
	call(args: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<string>;
}

/** How far a turn may go with its tools. */
export interface ActingLimits {
	/** Calls in one turn. */
	maxCalls: number;
	/** Milliseconds for one call. */
	callTimeoutMs: number;
}

/** Milliseconds for all calls of a turn together; whoever waits for the contact waits longer. */
export const TURN_ACTS_FOR_MS = 150_000;
/** Characters of an answer that the model is shown. */
export const LONGEST_TOOL_ANSWER = 10_000;
