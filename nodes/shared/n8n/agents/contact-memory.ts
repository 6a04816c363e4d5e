import type { IDataObject } from 'n8n-workflow';
import type { MemoryForm, WantedFact } from '../../remembering/memory-form';
import { namesBehind, runningAfter } from '../host/connected-to';
import type { TriggerContext } from '../host/field-value';
import type { Silence } from '../../remembering/ended-threads';
import { DISPOSITIONS, FACTS, SILENCE, USUAL_MEMORY_HOURS } from './contact-memory-options';
import { idlingIn } from './idle-options';

const HOUR_MS = 3_600_000;
/** Of facts, and of choices; each is shown to the model. */
const MOST_ASKED = 30;

/** What is asked for when a conversation has ended; undefined where nobody wants to remember. */
export function memoryFormIn(options: IDataObject): MemoryForm | undefined {
	if (!remembers(options)) return undefined;
	const { fact = [] } = (options[FACTS] ?? {}) as { fact?: IDataObject[] };
	const facts = new Map<string, WantedFact>();
	for (const one of fact.slice(0, MOST_ASKED)) {
		const wanted = wantedFactOf(one);
		if (wanted.name !== '') facts.set(wanted.name, wanted);
	}
	return { dispositions: listIn(options[DISPOSITIONS]), facts: [...facts.values()] };
}

function wantedFactOf({ name, description, kind, choices }: IDataObject): WantedFact {
	const listed = listIn(choices);
	const isKnown =
		kind === 'number' || kind === 'yesNo' || (kind === 'choice' && listed.length > 0);
	return {
		name: wordsIn(name).slice(0, 100),
		description: wordsIn(description).slice(0, 500),
		kind: isKnown ? kind : 'text',
		choices: listed,
	};
}

/**
 * By output of this trigger, what silence comes to for the Agent Replies behind it: of several what comes
 * first. Undefined where it comes to nothing.
 */
export function silenceBehind(
	context: TriggerContext,
	outputs: readonly number[],
): Array<Silence | undefined> {
	const minding = runningAfter(context, 'agentReply').flatMap(({ name, parameters }) => {
		const options = (parameters?.['options'] ?? {}) as IDataObject;
		const isSent = (parameters?.['delivery'] ?? 'send') === 'send';
		const silence: Silence = {
			...idlingIn(options, isSent),
			...(remembers(options) ? { endMs: silenceIn(options) } : {}),
		};
		return Object.keys(silence).length > 0 ? [{ name, silence }] : [];
	});
	// Asked with every text, so what follows is for those who use it.
	if (minding.length === 0) return outputs.map(() => undefined);
	return outputs.map((output) => {
		const behind = namesBehind(context, output);
		const found = minding
			.filter(({ name }) => behind === undefined || behind.includes(name))
			.map(({ silence }) => silence);
		return found.length === 0 ? undefined : found.reduce(firstOfEach);
	});
}

function firstOfEach(one: Silence, other: Silence): Silence {
	const first = (name: keyof Silence) => {
		const waits = [one[name], other[name]].filter((ms) => ms !== undefined);
		return waits.length > 0 ? { [name]: Math.min(...waits) } : {};
	};
	return { ...first('endMs'), ...first('textMs'), ...first('closeMs') };
}

function remembers(options: IDataObject): boolean {
	return [SILENCE, DISPOSITIONS, FACTS].some((name) => options[name] !== undefined);
}

function silenceIn(options: IDataObject): number {
	const given = options[SILENCE] ?? USUAL_MEMORY_HOURS;
	// Nobody works out an expression for a trigger.
	const hours = typeof given === 'number' && given >= 0 ? given : USUAL_MEMORY_HOURS;
	return hours === 0 ? Infinity : hours * HOUR_MS;
}

function wordsIn(value: unknown): string {
	return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
}

function listIn(value: unknown): string[] {
	const words = wordsIn(value).split(/[,\n]/);
	return words.flatMap((word) => word.trim().slice(0, 100) || []).slice(0, MOST_ASKED);
}
