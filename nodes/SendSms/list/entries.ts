import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { KnownAgents } from '../../shared/n8n/agents/known-agents';
import type { SendServices } from '../../shared/sending/outbound-draft';
import { isOutage } from '../../shared/threads/thread-store';
import { planText, sameText, type PlannedText } from '../plan-text';
import { checkText } from './check-list';

/** One item of the list. */
export interface Entry {
	itemIndex: number;
	/** What it asks for, or why that cannot be read. */
	planned: PlannedText | Error;
	/** Which text of this list to its contact it is, from 0; those that say the same are one. */
	nth: number;
	/** The earlier item that says the same to the same contact. */
	twinOf: number | undefined;
}

/** Reading fields costs n8n a little for each; between so many it does other work. */
const READ_AT_A_TIME = 50;

/**
 * Rejects with StoreUnavailableError.
 *
 * @param checks whether a text that could not go out as it is counts as a mistake.
 */
export async function readEntries(
	context: IExecuteFunctions,
	{ twilio: { account }, store, clock }: SendServices,
	items: readonly INodeExecutionData[],
	checks: boolean,
): Promise<Entry[]> {
	const seen = new Map<string, Map<string, { nth: number; itemIndex: number }>>();
	const entries: Entry[] = [];
	const agents = new KnownAgents(store, account.accountSid);
	for (const [itemIndex, item] of items.entries()) {
		if (itemIndex % READ_AT_A_TIME === READ_AT_A_TIME - 1) await clock.sleep(0);
		try {
			const planned = await planText(context, { account, agents }, item, itemIndex);
			if (checks) checkText(context, planned);
			const { threadId } = planned.addressing;
			const texts =
				seen.get(threadId) ?? new Map<string, { nth: number; itemIndex: number }>();
			seen.set(threadId, texts);
			const words = sameText(planned);
			const twin = texts.get(words);
			const nth = twin?.nth ?? texts.size;
			if (!twin) texts.set(words, { nth, itemIndex });
			entries.push({ itemIndex, planned, nth, twinOf: twin?.itemIndex });
		} catch (error) {
			const planned = error instanceof Error ? error : new Error(String(error));
			// Of all items, and nobody's mistake.
			if (isOutage(planned)) return await Promise.reject(planned);
			entries.push({ itemIndex, planned, nth: 0, twinOf: undefined });
		}
	}
	return entries;
}

/** By the index of their items. */
export function mistakesIn(entries: readonly Entry[]): Map<number, Error> {
	return new Map(
		entries.flatMap(({ itemIndex, planned }) =>
			planned instanceof Error ? [[itemIndex, planned] as const] : [],
		),
	);
}

/** What is not the same as an earlier item, and can be read. */
export function toBeSent(entries: readonly Entry[]): PlannedText[] {
	return entries.flatMap(({ planned, twinOf }) =>
		planned instanceof Error || twinOf !== undefined ? [] : [planned],
	);
}

/**
 * What is begun where a mistake stops the node, that one included: were a text after it sent, it would
 * be taken for the mistaken one in a retry that has it corrected.
 */
export function upToFirstMistake(entries: readonly Entry[]): readonly Entry[] {
	const at = entries.findIndex(({ planned }) => planned instanceof Error);
	return at < 0 ? entries : entries.slice(0, at + 1);
}

/** The texts of one contact go out one after the other. */
export function byContact(entries: readonly Entry[]): Entry[][] {
	const groups = new Map<string, Entry[]>();
	for (const entry of entries) {
		const { planned, itemIndex } = entry;
		const key = planned instanceof Error ? `item ${itemIndex}` : planned.addressing.to;
		const group = groups.get(key);
		if (group) group.push(entry);
		else groups.set(key, [entry]);
	}
	return [...groups.values()];
}
