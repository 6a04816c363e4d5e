import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOGS } from '../../../harness/run';
import { openFaultFixture, type FaultOptions, type FaultFixture } from './fault-fixture';
import { runScenario, type Scenario } from './run-scenario';
import { newRandom, sizes } from './sizes';

const MINUTE_MS = 60_000;

/** One n8n with one store goes through the scenarios, one after the other. */
export function faultSuite(
	{ mode, threads }: Pick<FaultOptions, 'mode' | 'threads'>,
	scenarios: readonly Scenario[],
): void {
	describe(`in ${mode} mode with threads in ${threads}, no text is lost and none is answered twice`, () => {
		let fixture: FaultFixture;

		beforeAll(async () => {
			fixture = await openFaultFixture({ mode, threads, random: newRandom() });
		});
		afterAll(async () => {
			if (!fixture) return;
			mkdirSync(LOGS, { recursive: true });
			writeFileSync(join(LOGS, `faults-${mode}-${threads}.log`), fixture.logs());
			await fixture.close();
		});

		for (const scenario of scenarios) {
			const title = `with ${scenario.name}`;
			it(
				title,
				async () => {
					expect(await runScenario(fixture, scenario)).toEqual([]);
				},
				sizes.minutes * MINUTE_MS,
			);
		}
	});
}
