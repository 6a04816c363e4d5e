const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A span of time as a sentence says it, rounded: "30 seconds", "1 minute", "14 hours". */
export function inWords(ms: number): string {
	if (ms < MINUTE_MS) return counted(ms / SECOND_MS, 'second');
	if (ms < HOUR_MS) return counted(ms / MINUTE_MS, 'minute');
	if (ms < 2 * DAY_MS) return counted(ms / HOUR_MS, 'hour');
	return counted(ms / DAY_MS, 'day');
}

function counted(count: number, unit: string): string {
	const whole = Math.max(1, Math.round(count));
	return `${whole} ${unit}${whole === 1 ? '' : 's'}`;
}
