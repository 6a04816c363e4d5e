import { routeToAgent, type Agent } from '../messaging/agent';
import { reactionOf } from '../messaging/reaction';
import { threadIdOf } from '../messaging/thread-id';
import { NEWEST_MESSAGES, type Thread, type ThreadServices } from '../threads/thread-store';
import type { ListedText, TwilioLists } from './catch-up-ports';

/** One contact's texts to one agent that the store does not know. */
export interface Missed {
	threadId: string;
	/** Oldest first; at least one. */
	texts: ListedText[];
}

/** By contact and agent, as the webhook would have sorted them. */
export async function unknownAmong(
	texts: readonly ListedText[],
	{
		services,
		twilio,
		settings,
	}: {
		services: ThreadServices;
		twilio: TwilioLists;
		settings: { accountSid: string; agents: readonly [Agent, ...Agent[]] };
	},
): Promise<Missed[]> {
	const { accountSid, agents } = settings;
	const byThread = new Map<string, ListedText[]>();
	for (const text of texts) {
		const { id: agentId } = routeToAgent(agents, text.message).agent;
		const threadId = threadIdOf({ accountSid, agentId, contact: text.message.from });
		byThread.set(threadId, [...(byThread.get(threadId) ?? []), text]);
	}
	const found: Missed[] = [];
	for (const [threadId, all] of byThread) {
		const thread = await services.store.threads.read(threadId, NEWEST_MESSAGES);
		const unknown = all.filter((text) => !isKnown(thread, text));
		if (unknown.length > 0) found.push({ threadId, texts: unknown });
	}
	if (found.length === 0) return [];
	const isOurs = await twilio.stillOurs();
	return found.flatMap(({ threadId, texts: unknown }) => {
		const ours = unknown.filter(({ message }) => isOurs(message));
		return ours.length > 0 ? [{ threadId, texts: ours }] : [];
	});
}

export function newestOf({ texts }: Missed): ListedText {
	const newest = texts.at(-1);
	if (newest === undefined) throw new Error('A contact without texts has missed none');
	return newest;
}

/** A thread keeps its newest messages only: what came before them was there and has gone. */
function isKnown({ messages, keptMessages, droppedMessages }: Thread, text: ListedText): boolean {
	if (messages.some(({ messageSid }) => messageSid === text.message.messageSid)) return true;
	const oldest = messages[0]?.at ?? '';
	return keptMessages + droppedMessages > messages.length && iso(text) < oldest;
}

/** Whether the contact has said something, which somebody is to answer. */
export function isSaid({ message, numMedia }: ListedText): boolean {
	return numMedia > 0 || reactionOf(message.body) === undefined;
}

/** As messages and states have it. */
export function iso({ at }: ListedText): string {
	return new Date(at).toISOString();
}
