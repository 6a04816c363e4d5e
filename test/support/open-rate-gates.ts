import { processWide } from '../../nodes/shared/process/process-wide';

/** Forgets which accounts Twilio has turned away: tests have clocks of their own, and one process. */
export function openRateGates(): void {
	const make = () => ({ lastPlace: 0, gates: new Map<string, unknown>() });
	processWide('rate-gates', 1, make).gates.clear();
}
