import type { Contact } from './contact';
import type { Standing } from './standing';

/** Of facts and notes; a model is shown facts, and a person reads notes. */
export const FACT_LIMITS = { count: 100, name: 100, value: 2_000 } as const;

/** What an earlier conversation has come to, by name. Words of others, as every fact. */
function remembered({ memory }: Contact): Array<readonly [string, string]> {
	if (memory === undefined) return [];
	return [
		['Summary of earlier conversations', memory.summary],
		['Outcome of the last conversation', memory.disposition],
	];
}

/**
 * What the agent is told of a contact beside the conversation, by name: what is kept of the contact,
 * then of this conversation, then what the builder says for this text. The last one of a name holds.
 */
export function factsOf(
	{ contact, state }: Pick<Standing, 'contact' | 'state'>,
	typed: Readonly<Record<string, string>>,
): Record<string, string> {
	const known = [
		['Name of the contact', contact.name],
		['Time zone of the contact', contact.timeZone],
		...remembered(contact),
		...Object.entries(contact.facts),
		...Object.entries(state.metadata),
		...Object.entries(typed),
	] as const;
	const facts = new Map<string, readonly [string, string]>();
	for (const [name, value] of known) {
		if (name.trim() === '' || value.trim() === '') continue;
		facts.set(name.trim().toLowerCase(), [name.trim(), value]);
	}
	return Object.fromEntries(facts.values());
}
