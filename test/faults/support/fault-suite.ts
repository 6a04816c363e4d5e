import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { E2E_FOLDER } from '../../../scripts/paths';
import { openFaultBench, type BenchOptions, type FaultBench } from './fault-bench';
import { runScenario, type Scenario } from './run-scenario';
import { newRandom, sizes } from './sizes';

const MINUTE_MS = 60_000;

/** One n8n with one store goes through the scenarios, one after the other. */
export function faultSuite(
	{ mode, threads }: Pick<BenchOptions, 'mode' | 'threads'>,
	scenarios: readonly Scenario[],
): void {
	describe(`in ${mode} mode with threads in ${threads}, no text is lost and none is answered twice`, () => {
		let bench: FaultBench;

		beforeAll(async () => {
			bench = await openFaultBench({ mode, threads, random: newRandom() });
		});
		afterAll(async () => {
			if (!bench) return;
			const folder = join(E2E_FOLDER, 'logs');
			mkdirSync(folder, { recursive: true });
			writeFileSync(join(folder, `faults-${mode}-${threads}.log`), bench.logs());
			await bench.close();
		});

		for (const scenario of scenarios) {
			const title = `with ${scenario.name}`;
			it(
				title,
				async () => {
					expect(await runScenario(bench, scenario)).toEqual([]);
				},
				sizes.minutes * MINUTE_MS,
			);
		}
	});
}
