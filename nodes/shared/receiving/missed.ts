import { routeContact } from '../contacts/given-agent';
import type { Agent } from '../messaging/agent';
import { ownedFrom, routesFor, type Route } from '../messaging/routing';
import { reactionOf } from '../messaging/reaction';
import { threadIdOf } from '../messaging/thread-id';
import { claimKeys } from '../threads/claim-keys';
import { NEWEST_MESSAGES, type Thread, type ThreadServices } from '../threads/thread-store';
import type { ListedText, TwilioLists } from './catch-up-ports';

/** A text with the agent that it is for. */
export interface RoutedText extends ListedText {
	route: Route;
}

/** One contact's texts to one agent that the store does not know. */
export interface Missed {
	threadId: string;
	/** Oldest first; at least one. */
	texts: RoutedText[];
}

/**
 * By contact and agent, as the webhook would have sorted them.
 *
 * @param agentIds agents that may have had a text before the builder gave it to another one.
 */
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
	agentIds: readonly string[],
): Promise<Missed[]> {
	const { accountSid, agents } = settings;
	const byThread = new Map<string, RoutedText[]>();
	for (const text of texts) {
		const { from: contact } = text.message;
		const routes = routesFor(agents, text.message);
		const route =
			ownedFrom(routes, contact) ??
			(await routeContact(services, accountSid, contact, routes));
		const threadId = threadIdOf({ accountSid, agentId: route.agent.id, contact });
		byThread.set(threadId, [...(byThread.get(threadId) ?? []), { ...text, route }]);
	}
	const found: Missed[] = [];
	for (const [threadId, all] of byThread) {
		const contact = all[0]?.message.from ?? '';
		const ofOthers = agentIds.map((agentId) => threadIdOf({ accountSid, agentId, contact }));
		let unknown = all;
		for (const id of new Set([threadId, ...ofOthers])) {
			if (unknown.length === 0) break;
			const thread = await services.store.threads.read(id, NEWEST_MESSAGES);
			unknown = unknown.filter(
				(text) => !isIn(thread, text) && !(id === threadId && isForgotten(thread, text)),
			);
		}
		unknown = await withoutObeyed(services, unknown);
		if (unknown.length > 0) found.push({ threadId, texts: unknown });
	}
	if (found.length === 0) return [];
	const isOurs = await twilio.stillOurs();
	return found.flatMap(({ threadId, texts: unknown }) => {
		const ours = unknown.filter(({ message }) => isOurs(message));
		return ours.length > 0 ? [{ threadId, texts: ours }] : [];
	});
}

/** A command of an owner's phone joins no thread: its claim says that it was dealt with. */
async function withoutObeyed(
	{ store }: ThreadServices,
	texts: readonly RoutedText[],
): Promise<RoutedText[]> {
	const left: RoutedText[] = [];
	for (const text of texts) {
		const { message, route } = text;
		const isOwners = route.agent.ownersPhones.includes(message.from);
		const key = claimKeys.ownersText(message.messageSid);
		const isDone = isOwners && (await store.claims.look(key)).status === 'settled';
		if (!isDone) left.push(text);
	}
	return left;
}

export function newestOf({ texts }: Missed): RoutedText {
	const newest = texts.at(-1);
	if (newest === undefined) throw new Error('A contact without texts has missed none');
	return newest;
}

function isIn({ messages }: Thread, text: ListedText): boolean {
	return messages.some(({ messageSid }) => messageSid === text.message.messageSid);
}

/** A thread keeps its newest messages only: what came before them was there and has gone. */
function isForgotten(
	{ messages, keptMessages, droppedMessages }: Thread,
	text: ListedText,
): boolean {
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
