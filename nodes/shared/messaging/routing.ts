import type { Agent } from './agent';

/** Why this agent got the text. `default`: no agent claims the number. */
export type MatchedBy = 'number' | 'messagingService' | 'default';

export interface Route {
	agent: Agent;
	/** Position in the builder's list. */
	index: number;
	matchedBy: MatchedBy;
}

/**
 * The agent that a text is for; the most specific rule wins: the number that was texted, then the
 * Messaging Service, then the agent without numbers, or the first where every agent has some.
 */
export function routeToAgent(
	agents: readonly [Agent, ...Agent[]],
	text: { to: string; messagingServiceSid?: string },
): Route {
	const claimedBy = (sender: string | undefined): number =>
		sender === undefined ? -1 : agents.findIndex(({ senders }) => senders.includes(sender));
	const route = (index: number, matchedBy: MatchedBy): Route => ({
		agent: agents[index] ?? agents[0],
		index,
		matchedBy,
	});

	const byNumber = claimedBy(text.to);
	if (byNumber >= 0) return route(byNumber, 'number');
	const byService = claimedBy(text.messagingServiceSid);
	if (byService >= 0) return route(byService, 'messagingService');
	const catchAll = agents.findIndex(({ senders }) => senders.length === 0);
	return route(Math.max(catchAll, 0), 'default');
}
