import { setTimeout as pause } from 'node:timers/promises';
import type { KillablePart } from '../support/faulted-n8n';
import type { Line } from './line';
import type { Trouble } from './trouble';
import { answeredWrongly, brokenThreads, endingsFor, handedOver, unanswered } from './verdict';

/** Parts that die at once, and are started again. */
export interface Blow {
	readonly name: string;
	/** In the order in which they are started again. */
	readonly victims: readonly KillablePart[];
	readonly downMs: number;
}

/** A trouble with the line that has it. */
export interface Case {
	readonly name: string;
	readonly trouble: Trouble;
	readonly line: Line;
	/** Undefined where no part of n8n dies for it. */
	readonly blow: Blow | undefined;
}

const LOOK_MS = 1_000;
/** A second reply would follow soon. */
const LINGER_MS = 10_000;
/** Of so many who were not answered it is told why. */
const SHOWN = 5;

/**
 * One blow after the other falls, then all that can fail beside n8n fails, then there is silence
 * until everybody is answered or their time is up. Resolves to what was not as it should be, by case.
 */
export async function play(cases: readonly Case[]): Promise<Map<string, string[]>> {
	const wrong = new Map(cases.map(({ name }): [string, string[]] => [name, []]));
	const inEach = async (some: readonly Case[], act: (one: Case) => Promise<void>) => {
		await Promise.all(
			some.map(async (one) => {
				await act(one).catch((error: unknown) => wrong.get(one.name)?.push(String(error)));
			}),
		);
	};
	for (const blow of new Set(cases.flatMap((one) => one.blow ?? []))) {
		const struck = cases.filter((one) => one.blow === blow);
		await inEach(struck, async ({ trouble, line }) => await trouble.before?.(line));
		await Promise.all(blow.victims.map(async (victim) => await victim.kill()));
		const down = pause(blow.downMs);
		await inEach(struck, async ({ trouble, line }) => await trouble.during?.(line));
		await down;
		for (const victim of blow.victims) await victim.restart();
	}
	await inEach(cases, async (one) => {
		await one.trouble.after?.(one.line);
		wrong.get(one.name)?.push(...(await leftOver(one)));
	});
	await pause(LINGER_MS);
	await inEach(cases, async ({ name, trouble, line }) => {
		const found = [
			...answeredWrongly(line),
			...(await brokenThreads(line)),
			...((await trouble.check?.(line)) ?? []),
		];
		wrong.get(name)?.push(...found);
	});
	return wrong;
}

/** Waits in silence. Resolves to who is not answered in time, and why. */
async function leftOver({ name, trouble, line }: Case): Promise<string[]> {
	const startedAt = Date.now();
	const seconds = () => Math.round((Date.now() - startedAt) / 1_000);
	const people = [...line.expected.values()].filter((replies) => replies > 0).length;
	const say = (what: string) => process.stdout.write(`    ${name}: ${what}\n`);
	while (unanswered(line).length > 0 && Date.now() - startedAt < trouble.withinMs) {
		await pause(LOOK_MS);
	}
	const left = unanswered(line);
	if (left.length === 0) {
		say(`${people} answered, the last after ${seconds()} s of silence`);
		return [];
	}
	const executions = await line.executions();
	const told = trouble.mayHandOver ? handedOver(executions) : new Set<string>();
	const untold = left.filter((contact) => !told.has(contact));
	say(
		`${people - left.length} of ${people} answered, ${told.size} handed over in ${seconds()} s of silence`,
	);
	if (untold.length === 0) return [];
	return [
		`${untold.length} of ${people} not answered after ${seconds()} s of silence`,
		...untold
			.slice(0, SHOWN)
			.map((contact) => `${contact} has no answer: ${endingsFor(contact, executions)}`),
	];
}
