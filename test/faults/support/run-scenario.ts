import { setTimeout as pause } from 'node:timers/promises';
import type { FaultBench } from './fault-bench';
import type { Verdict } from './judge-thread';
import { settle, type Rouser } from './settle';

const QUIET_MS = 1_000;

/** What a scenario has done. */
export interface Ordeal {
	/** Everybody who texted. */
	contacts: string[];
	/** Servers and processes killed. Default 0. */
	kills?: number;
	/** More runs than that are too many. */
	mostRuns?: number;
}

export interface Scenario {
	name: string;
	act: (bench: FaultBench) => Promise<Ordeal>;
	/** Default: nobody. Something else only where something died. */
	rouser?: Rouser;
}

/** Runs it, waits until all is quiet, prints a line of counts, and resolves to what was broken. */
export async function runScenario(bench: FaultBench, scenario: Scenario): Promise<string[]> {
	const startedAt = Date.now();
	const sentBefore = bench.texting.sent.length;
	const runsBefore = await runsOnceQuiet(bench);
	const { contacts, kills = 0, mostRuns = Infinity } = await scenario.act(bench);
	const { verdicts, rousing } = await settle(bench, contacts, scenario.rouser ?? 'nobody');

	const runs = (await runsOnceQuiet(bench)) - runsBefore;

	const all = [...verdicts.values()];
	const texts = bench.texting.sent.slice(sentBefore);
	const acked = texts.filter(({ ackedAt }) => ackedAt !== undefined).length;
	const replies = bench.world.twilio
		.messages({ direction: 'outbound' })
		.filter(({ to }) => verdicts.has(to)).length;
	const counts = {
		acked,
		refused: texts.length - acked,
		rousing,
		runs,
		replies,
		superseded: sum(all.map(({ superseded }) => superseded)),
		kills,
		broken: sum(all.map(({ faults }) => faults.length)),
		unanswered: sum(all.map(({ uncovered }) => uncovered.length)),
		unrecorded: sum(all.map(({ unrecorded }) => unrecorded.length)),
		seconds: Math.round((Date.now() - startedAt) / 1000),
	};
	const line = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
	process.stdout.write(
		`${bench.name}, ${scenario.name} (seed ${bench.random.seed}): ${line.join(', ')}\n`,
	);
	return [
		...[...verdicts].flatMap(([contact, verdict]) => brokenIn(contact, verdict)),
		...(runs > mostRuns ? [`${runs} runs, and ${mostRuns} would do`] : []),
	];
}

function brokenIn(contact: string, { faults, uncovered, unrecorded }: Verdict): string[] {
	return [
		...faults,
		...uncovered.map((sid) => `${sid} was acknowledged and never answered`),
		...unrecorded.map((sid) => `${sid} went out and is not in the thread`),
	].map((fault) => `${contact}: ${fault}`);
}

/** How many runs there have been, when no more begin. */
async function runsOnceQuiet(bench: FaultBench): Promise<number> {
	let before = -1;
	for (;;) {
		const runs = await countRuns(bench);
		if (runs === before) return runs;
		before = runs;
		await pause(QUIET_MS);
	}
}

async function countRuns({ world, workflowId }: FaultBench): Promise<number> {
	let count = 0;
	let cursor = '';
	do {
		const query = new URLSearchParams({ workflowId, limit: '250', ...(cursor && { cursor }) });
		const page = await world.client.api<{ data: unknown[]; nextCursor: string | null }>(
			'GET',
			`/executions?${query.toString()}`,
		);
		count += page.data.length;
		cursor = page.nextCursor ?? '';
	} while (cursor !== '');
	return count;
}

function sum(numbers: number[]): number {
	return numbers.reduce((total, number) => total + number, 0);
}
