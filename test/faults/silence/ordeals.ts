import type { FaultedN8n, KillablePart, N8nMode } from '../support/faulted-n8n';
import { sizes, type SilenceSizes } from '../support/sizes';
import { modelDown, storeAway, twilioAnswers500, twilioIsSilent } from './neighbours-failing';
import { addressDead, beingAnswered, missed } from './nobody-listening';
import type { Blow } from './play';
import type { Ordeal, SilenceSuite } from './silence-suite';
import type { KeptIn } from './thread-place';
import type { Trouble } from './trouble';

/** A Redis that is restarted is away for a moment; n8n gives up after ten seconds. */
const REDIS_DOWN_MS = 3_000;
const SHORT_DOWN_MS = 20_000;

/** Rounds after the first are for the moments at which things die, not for how long they stay dead. */
function sizesOf(all: SilenceSizes, round: number): SilenceSizes {
	if (round === 0) return all;
	const downMs = Math.min(all.downMs, SHORT_DOWN_MS);
	return { ...all, downMs, modelDownMs: Math.min(all.modelDownMs, SHORT_DOWN_MS) };
}

/** All that may fail for an n8n in this mode, with threads kept there. */
export function silenceIn(mode: N8nMode, keptIn: KeptIn): SilenceSuite {
	const { silence } = sizes;
	return {
		mode,
		keptIn,
		rounds: silence.rounds,
		minutes: silence.minutes,
		ordeals(round) {
			const now = sizesOf(silence, round);
			const anywhere = round > 0;
			return [
				...(mode === 'queue'
					? deathsInQueueMode(now, anywhere)
					: deathOfAll(now, anywhere)),
				{ troubles: failingNeighbours(keptIn, now) },
			];
		},
	};
}

/** @param anywhere for "at any moment" of the work of what dies. */
function deathOfAll({ contacts, composing, downMs }: SilenceSizes, anywhere: boolean): Ordeal[] {
	return [
		{
			blow: (n8n) => blow('n8n', n8n.parts, downMs),
			troubles: [
				beingAnswered('n8n killed', contacts, composing, anywhere),
				missed('n8n down'),
			],
		},
	];
}

function deathsInQueueMode(sizes: SilenceSizes, anywhere: boolean): Ordeal[] {
	const { contacts, composing, downMs, nextLookMs } = sizes;
	const answering = (dying: string) => beingAnswered(dying, contacts, composing, anywhere);
	return [
		{
			blow: (n8n) => blow('main', partsOf(n8n, 'main', 'webhook'), downMs),
			troubles: [
				answering('main and webhook processor killed'),
				missed('main and webhook processor down'),
			],
		},
		// Nothing tells the trigger, which is in main, that nobody took texts.
		...(nextLookMs > 0
			? [
					{
						blow: (n8n: FaultedN8n) => blow('webhook', partsOf(n8n, 'webhook'), downMs),
						troubles: [missed('webhook processor down', nextLookMs)],
					},
				]
			: []),
		{
			blow: (n8n) => blow('queue', n8n.queueRedis ? [n8n.queueRedis] : [], REDIS_DOWN_MS),
			troubles: [answering('Redis of the queue restarted')],
		},
		{
			// Last: nothing that is started after it helps.
			blow: (n8n) => blow('worker', partsOf(n8n, 'worker1'), 0),
			troubles: [answering('a worker killed')],
		},
	];
}

function failingNeighbours(keptIn: KeptIn, sizes: SilenceSizes): Trouble[] {
	const { contacts, downMs, modelDownMs, textsPerSecond, mostModelCalls, nextLookMs } = sizes;
	const hasServer = keptIn === 'redis' || keptIn === 'postgres';
	return [
		twilioAnswers500(contacts),
		twilioIsSilent(contacts),
		modelDown(textsPerSecond, modelDownMs, mostModelCalls),
		...(nextLookMs > 0 ? [addressDead(downMs, nextLookMs)] : []),
		...(hasServer ? [storeAway(contacts, downMs)] : []),
	];
}

function blow(name: string, victims: readonly KillablePart[], downMs: number): Blow {
	return { name, victims, downMs };
}

function partsOf({ parts }: FaultedN8n, ...names: string[]): KillablePart[] {
	return names.flatMap((name) => parts.find((part) => part.name === name) ?? []);
}
