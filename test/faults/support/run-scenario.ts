import { N8nRefusal } from '../../../harness/n8n-client';
import { poll } from '../../../harness/poll';
import type { Delivery } from '../../../emulator/twilio/delivery';
import type { FaultFixture } from './fault-fixture';
import type { Verdict } from './judge-thread';
import { settle, type Rouser } from './settle';

const QUIET_MS = 1_000;
const OVERRUN_MS = 5 * 60_000;

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
	act: (fixture: FaultFixture) => Promise<Ordeal>;
	/** Default: nobody. Something else only where something died. */
	rouser?: Rouser;
}

/** Runs it, waits until all is quiet, prints a line of counts, and resolves to what was broken. */
export async function runScenario(fixture: FaultFixture, scenario: Scenario): Promise<string[]> {
	const startedAt = Date.now();
	const sentBefore = fixture.texting.sent.length;
	const deliveriesBefore = fixture.e2e.twilio.deliveries.length;
	const runsBefore = await runsOnceQuiet(fixture);
	const { contacts, kills = 0, mostRuns = Infinity } = await scenario.act(fixture);
	const { verdicts, rousing } = await settle(fixture, contacts, scenario.rouser ?? 'nobody');

	const runs = (await runsOnceQuiet(fixture)) - runsBefore;

	const all = [...verdicts.values()];
	const texts = fixture.texting.sent.slice(sentBefore);
	const acked = texts.filter(({ ackedAt }) => ackedAt !== undefined).length;
	const replies = fixture.e2e.twilio
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
		`${fixture.name}, ${scenario.name} (seed ${fixture.random.seed}): ${line.join(', ')}\n`,
	);
	for (const [reason, count] of failuresIn(
		fixture.e2e.twilio.deliveries.slice(deliveriesBefore),
	)) {
		process.stdout.write(`    ${count} deliveries failed: ${reason}\n`);
	}
	return [
		...[...verdicts].flatMap(([contact, verdict]) => brokenIn(contact, verdict)),
		...(kills === 0 && acked < texts.length
			? ['texts were refused, and nothing was killed']
			: []),
		...(acked === 0 ? ['no text was acknowledged, so this shows nothing'] : []),
		...(runs > mostRuns ? [`${runs} runs, and ${mostRuns} would do`] : []),
	];
}

/** Why Twilio's requests came to nothing, and how often. */
function failuresIn(deliveries: readonly Delivery[]): Map<string, number> {
	const counts = new Map<string, number>();
	for (const { errorCode, errorDetail, responseBody } of deliveries) {
		if (errorCode === null) continue;
		const reason = `${errorDetail ?? errorCode} ${responseBody.slice(0, 60)}`;
		counts.set(reason, (counts.get(reason) ?? 0) + 1);
	}
	return counts;
}

function brokenIn(contact: string, { faults, uncovered, unrecorded }: Verdict): string[] {
	return [
		...faults,
		...uncovered.map((sid) => `${sid} was acknowledged and never answered`),
		...unrecorded.map((sid) => `${sid} went out and is not in the thread`),
	].map((fault) => `${contact}: ${fault}`);
}

/** How many runs there have been, when no more begin. An n8n that is overrun says 503 for a while. */
async function runsOnceQuiet(fixture: FaultFixture): Promise<number> {
	let before = -1;
	return await poll(
		'n8n to be quiet',
		async () => {
			const { client } = fixture.e2e;
			const runs = await client.executionCount(fixture.workflowId).catch((error: unknown) => {
				if (error instanceof N8nRefusal && error.status === 503) return undefined;
				throw error;
			});
			if (runs === before) return runs;
			before = runs ?? -1;
			return undefined;
		},
		{ timeoutMs: OVERRUN_MS, everyMs: QUIET_MS },
	);
}

function sum(numbers: number[]): number {
	return numbers.reduce((total, number) => total + number, 0);
}
