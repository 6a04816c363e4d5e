import type { Summary } from './statistics';

/** Three figures are what rounds on a shared machine can carry. */
export function figure(value: number): string {
	if (!Number.isFinite(value)) return '–';
	const digits = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
	return value.toFixed(Math.max(0, Math.min(3, 2 - digits)));
}

/** A ratio with its lowest and highest round. */
export function ratioText({ median, low, high }: Summary): string {
	return `${median.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;
}

export const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;

export type Bound = { atMost: number } | { atLeast: number };

/** A target, and whether the median keeps it. */
export function verdict({ median }: Pick<Summary, 'median'>, bound: Bound): string {
	const kept = 'atMost' in bound ? median <= bound.atMost : median >= bound.atLeast;
	const target = 'atMost' in bound ? `≤ ${bound.atMost}` : `≥ ${bound.atLeast}`;
	return `${target}: ${kept ? 'met' : '**missed**'}`;
}
