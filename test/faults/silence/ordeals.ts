import type { FaultedN8n, KillablePart, N8nMode } from '../support/faulted-n8n';
import type { SilenceSizes } from '../support/sizes';
import { modelDown, storeAway, twilioAnswers500, twilioIsSilent } from './neighbours-failing';
import { addressDead, beingAnswered, missed } from './nobody-listening';
import type { Blow } from './play';
import type { Ordeal } from './silence-suite';
import type { KeptIn } from './thread-place';
import type { Trouble } from './trouble';

/** A Redis that is restarted is away for a moment; n8n gives up after ten seconds. */
const REDIS_DOWN_MS = 3_000;
const SHORT_DOWN_MS = 20_000;

/** Rounds after the first are for the moments at which things die, not for how long they stay dead. */
function sizesOf(sizes: SilenceSizes, round: number): SilenceSizes {
	if (round === 0) return sizes;
	const downMs = Math.min(sizes.downMs, SHORT_DOWN_MS);
	return { ...sizes, downMs, modelDownMs: Math.min(sizes.modelDownMs, SHORT_DOWN_MS) };
}

export function ordealsOf(
	mode: N8nMode,
	keptIn: KeptIn,
	sizes: SilenceSizes,
): (round: number) => Ordeal[] {
	return (round) => {
		const now = sizesOf(sizes, round);
		const deaths = mode === 'queue' ? deathsInQueueMode(now) : deathOfAll(now);
		return [...deaths, { troubles: failingNeighbours(keptIn, now) }];
	};
}

function deathOfAll({ contacts, composing, downMs }: SilenceSizes): Ordeal[] {
	return [
		{
			blow: (n8n) => blow('n8n', n8n.parts, downMs),
			troubles: [beingAnswered('n8n killed', contacts, composing), missed('n8n down')],
		},
	];
}

function deathsInQueueMode({ contacts, composing, downMs }: SilenceSizes): Ordeal[] {
	return [
		{
			blow: (n8n) => blow('main', partsOf(n8n, 'main', 'webhook'), downMs),
			troubles: [
				beingAnswered('main and webhook processor killed', contacts, composing),
				missed('main and webhook processor down'),
			],
		},
		{
			blow: (n8n) => blow('queue', n8n.queueRedis ? [n8n.queueRedis] : [], REDIS_DOWN_MS),
			troubles: [beingAnswered('Redis of the queue restarted', contacts, composing)],
		},
		{
			// Last: nothing that is started after it helps.
			blow: (n8n) => blow('worker', partsOf(n8n, 'worker1'), 0),
			troubles: [beingAnswered('a worker killed', contacts, composing)],
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
