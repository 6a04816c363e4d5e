import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LAZY_ENGINE } from '../../../harness/n8n-host';
import { LOGS } from '../../../harness/run';
import { startFaultedN8n, type FaultedN8n, type N8nMode } from '../support/faulted-n8n';
import { newRandom } from '../support/sizes';
import { startStoreServer } from '../support/store-server';
import { openLine, type Line } from './line';
import { play, type Blow, type Case } from './play';
import type { Trouble } from './trouble';
import type { KeptIn } from './thread-place';

const MINUTE_MS = 60_000;

/** Troubles that come with one blow, or with none. */
export interface Ordeal {
	/** Which parts die; undefined where none does. */
	readonly blow?: (n8n: FaultedN8n) => Blow;
	readonly troubles: readonly Trouble[];
}

export interface SilenceSuite {
	readonly mode: N8nMode;
	readonly keptIn: KeptIn;
	/** Anew for each round. Troubles have the same names in each. */
	readonly ordeals: (round: number) => readonly Ordeal[];
	readonly rounds: number;
	/** The most that a round may take. Minutes. */
	readonly minutes: number;
}

/**
 * Suites, each in an n8n of its own, that all run at once: mostly they wait. Each ordeal of a suite
 * is followed by the next, and all by one silence.
 */
export function silenceSuites(suites: readonly SilenceSuite[]): void {
	const running = new Map<SilenceSuite, ReturnType<typeof startSuite>>();
	beforeAll(() => {
		for (const suite of suites) running.set(suite, startSuite(suite));
	});

	describe.each(suites)('in $mode mode with threads in $keptIn, nobody is left', (suite) => {
		const names = suite.ordeals(0).flatMap(({ troubles }) => troubles.map(({ name }) => name));
		const limit = suite.rounds * suite.minutes * MINUTE_MS;
		it.each(names)(
			'unanswered by %s',
			async (name) => {
				const found = await running.get(suite)?.found;
				expect(found?.get(name)).toEqual([]);
			},
			limit,
		);
	});

	afterAll(async () => {
		await Promise.all([...running.values()].map(async ({ close }) => await close()));
	});
}

function startSuite(suite: SilenceSuite) {
	const cleanUp: Array<() => Promise<void>> = [];
	const found = runSuite(suite, cleanUp);
	// Each test asks for it, some time.
	found.catch(() => {});
	const close = async () => {
		await found.catch(() => {});
		for (const step of cleanUp.splice(0).reverse()) await step();
	};
	return { found, close };
}

async function runSuite(
	{ mode, keptIn, ordeals, rounds }: SilenceSuite,
	cleanUp: Array<() => Promise<void>>,
): Promise<Map<string, string[]>> {
	const random = newRandom();
	const isServer = keptIn === 'redis' || keptIn === 'postgres';
	const server = isServer ? await startStoreServer(keptIn) : undefined;
	if (server) cleanUp.push(() => server.dispose());
	// Several suites share a small machine.
	const n8n = await startFaultedN8n(mode, LAZY_ENGINE);
	cleanUp.push(async () => {
		mkdirSync(LOGS, { recursive: true });
		writeFileSync(join(LOGS, `silence-${mode}-${keptIn}.log`), n8n.logs());
		await n8n.stop();
	});
	const lines = new Map<string, Line>();
	const lineOf = async ({ name, line: options = {} }: Trouble): Promise<Line> => {
		const line =
			lines.get(name) ?? (await openLine({ n8n, keptIn, server, random }, options, cleanUp));
		lines.set(name, line);
		return line;
	};
	const found = new Map<string, string[]>();
	for (let round = 0; round < rounds; round++) {
		process.stdout.write(`${mode} mode, ${keptIn}, round ${round + 1} (seed ${random.seed})\n`);
		const cases: Case[] = [];
		for (const { blow, troubles } of ordeals(round)) {
			const struck = blow?.(n8n);
			for (const trouble of troubles) {
				const { name } = trouble;
				cases.push({ name, trouble, line: await lineOf(trouble), blow: struck });
			}
		}
		for (const [name, wrong] of await play(cases)) {
			found.set(name, [...(found.get(name) ?? []), ...wrong]);
		}
	}
	return found;
}
