/** What a measure has found in several rounds. */
export interface Summary {
	median: number;
	low: number;
	high: number;
}

/** The value below which the share `q` (0 to 1) of the values lies; between two values, in proportion. */
export function quantile(values: readonly number[], q: number): number {
	if (values.length === 0) throw new Error('There is no quantile of no values');
	const sorted = values.toSorted((one, other) => one - other);
	const place = (sorted.length - 1) * q;
	const [below = NaN, above = below] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
	return below + (above - below) * (place - Math.floor(place));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export function summary(values: readonly number[]): Summary {
	return { median: median(values), low: Math.min(...values), high: Math.max(...values) };
}

/** How far the rounds lie apart: highest less lowest, as a share of the median. */
export function spread(values: readonly number[]): number {
	const { median: middle, low, high } = summary(values);
	return middle === 0 ? 0 : (high - low) / middle;
}

/**
 * Ours over the reference, round by round. Both sides of a pair were measured within seconds of each
 * other, so a machine that slows down for a while does not favour one of them.
 */
export function pairedRatio(ours: readonly number[], reference: readonly number[]): Summary {
	if (ours.length !== reference.length) throw new Error('Rounds do not pair up');
	return summary(ours.map((value, round) => value / (reference[round] ?? NaN)));
}
