const BEAT_MS = 15_000;

/** Says what is going on while it is, and how long it took; silent about what is done at once. */
export async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
	const started = Date.now();
	const seconds = () => `${((Date.now() - started) / 1000).toFixed(0)} s`;
	const beat = setInterval(() => console.log(`${what} ... ${seconds()}`), BEAT_MS);
	try {
		return await work();
	} finally {
		clearInterval(beat);
		if (Date.now() - started > 1_000) console.log(`${what}: ${seconds()}`);
	}
}
