/** Twilio's defaults, and what a webhook URL's fragment may change, e.g. `#rc=2&rp=5xx,ct`. */
export interface ConnectionSettings {
	/** Of each attempt. */
	readonly connectTimeoutMs: number;
	/** How long each attempt waits for an answer. */
	readonly readTimeoutMs: number;
	/** Of all attempts together. */
	readonly totalTimeoutMs: number;
	readonly retries: number;
	readonly retryOn: ReadonlySet<RetryCause>;
}

export type RetryCause = '4xx' | '5xx' | 'ct' | 'rt';

const CAUSES: readonly RetryCause[] = ['4xx', '5xx', 'ct', 'rt'];

export function connectionSettings(
	url: string,
	defaults: { connectTimeoutMs: number; totalTimeoutMs: number; patience: number },
): ConnectionSettings {
	const { connectTimeoutMs, totalTimeoutMs, patience } = defaults;
	const fragment = new URLSearchParams(/#(.*)$/s.exec(url)?.[1] ?? '');
	const within = (name: string, low: number, high: number, otherwise: number): number => {
		const value = fragment.get(name);
		if (value === null || !/^\d+$/.test(value)) return otherwise;
		return Math.min(Math.max(Number(value), low), high);
	};
	const policy = fragment.get('rp')?.split(',') ?? ['ct'];
	return {
		connectTimeoutMs: patience * within('ct', 100, 10_000, connectTimeoutMs),
		readTimeoutMs: patience * within('rt', 100, 15_000, totalTimeoutMs),
		totalTimeoutMs: patience * within('tt', 100, 15_000, totalTimeoutMs),
		retries: within('rc', 0, 5, 1),
		retryOn: new Set(
			CAUSES.filter((cause) => policy.includes('all') || policy.includes(cause)),
		),
	};
}
