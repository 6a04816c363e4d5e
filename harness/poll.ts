import { setTimeout as pause } from 'node:timers/promises';

/** Asks until there is an answer; rejects with `what`, as it is by then, when there was none in time. */
export async function poll<T>(
	what: string | (() => string),
	ask: () => Promise<T | undefined> | T | undefined,
	{ timeoutMs = 60_000, everyMs = 100 } = {},
): Promise<T> {
	const deadline = Date.now() + timeoutMs;
	for (;;) {
		const answer = await ask();
		if (answer !== undefined) return answer;
		if (Date.now() > deadline) {
			const missing = typeof what === 'string' ? what : what();
			throw new Error(`Waited ${timeoutMs} ms in vain for ${missing}`);
		}
		await pause(everyMs);
	}
}
