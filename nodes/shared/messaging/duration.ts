const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A span of time as a sentence says it, rounded: "30 seconds", "1 minute", "14 hours". */
export function inWords(ms: number): string {
	const [seconds, minutes, hours] = [SECOND_MS, MINUTE_MS, HOUR_MS].map((unit) =>
		Math.round(ms / unit),
	) as [number, number, number];
	if (seconds < 60) return counted(seconds, 'second');
	if (minutes < 60) return counted(minutes, 'minute');
	if (hours < 48) return counted(hours, 'hour');
	return counted(Math.round(ms / DAY_MS), 'day');
}

function counted(count: number, unit: string): string {
	const whole = Math.max(1, count);
	return `${whole} ${unit}${whole === 1 ? '' : 's'}`;
}
