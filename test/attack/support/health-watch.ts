import { setTimeout as pause } from 'node:timers/promises';
import { Attacker } from './attacker';

const EVERY_MS = 10;
/** Nobody waits for an n8n that has said nothing for so long. */
const STUCK_MS = 30_000;
const HEALTH = { method: 'GET', path: '/healthz', headers: [], body: Buffer.alloc(0) };

/**
 * Does the work while n8n is asked without end whether it is well, and tells how long it took to say
 * so at most, in milliseconds. Rejects when it says nothing any more, whatever the work is at.
 */
export async function whileWatched<T>(
	url: string,
	work: () => Promise<T>,
): Promise<{ result: T; worstMs: number }> {
	const watch = new AbortController();
	const asking = worstWait(url, watch.signal);
	try {
		const result = await Promise.race([work(), asking]);
		watch.abort();
		const worstMs = await asking;
		// The watch ends first only by a rejection.
		return { result: result as T, worstMs };
	} finally {
		watch.abort();
	}
}

async function worstWait(url: string, signal: AbortSignal): Promise<number> {
	const client = new Attacker(url, 1, STUCK_MS);
	let worst = 0;
	try {
		while (!signal.aborted) {
			const startedAt = performance.now();
			const { status } = await client.send(HEALTH);
			if (status !== 200) throw new Error('n8n does not say any more that it is well');
			worst = Math.max(worst, performance.now() - startedAt);
			await pause(EVERY_MS);
		}
		return worst;
	} finally {
		client.close();
	}
}
