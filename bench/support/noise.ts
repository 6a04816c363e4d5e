import { figure } from './figures';
import type { MachineNow } from './machine';
import { summary } from './statistics';

/** What else the machine had to do meanwhile, in a sentence. */
export function noiseText(moments: readonly MachineNow[]): string {
	const { low, high } = summary(moments.map(({ load }) => load));
	const yardstick = summary(moments.map(({ yardstickMs }) => yardstickMs));
	return (
		`Load average ${low.toFixed(1)} to ${high.toFixed(1)}; fixed work on one processor: ` +
		`${figure(yardstick.low)} to ${figure(yardstick.high)} ms.`
	);
}
