import { processWide } from './process-wide';

const last = processWide('turns', 1, () => new Map<string, Promise<unknown>>());

/** Runs one at a time of those with the same key, in the order they came, whatever becomes of them. */
export async function inTurn<T>(key: string, run: () => Promise<T>): Promise<T> {
	const before = last.get(key) ?? Promise.resolve();
	const running = before.then(run);
	const ended = running.catch(() => undefined);
	last.set(key, ended);
	try {
		return await running;
	} finally {
		if (last.get(key) === ended) last.delete(key);
	}
}
