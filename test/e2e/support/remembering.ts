import type { Responder } from '../../../emulator/model/completion';

/** Tells so of each conversation that has ended; the others are left to whatever answers them. */
export function remembering(told: {
	summary: string;
	disposition: string | null;
	facts: Record<string, string>;
}): Responder {
	return ({ messages }) => {
		if (!messages[0]?.text.startsWith('You keep the records')) return undefined;
		const content = JSON.stringify(told);
		return { content, refusal: null, toolCalls: [], finishReason: 'stop' };
	};
}
