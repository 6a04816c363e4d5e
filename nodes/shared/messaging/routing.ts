import {
	agentsNamed,
	MAY_PASS_TO,
	ONLY_NUMBERS,
	OWNERS_PHONES,
	parseAgent,
	PERMANENT_NAME,
	severalNamed,
	SHARE,
	type Agent,
	type AgentInput,
	type AgentName,
} from './agent';
import { InvalidInputError } from './invalid-input-error';
import { quoted } from './text-bounds';

/**
 * Throws InvalidInputError naming the agent and the field: no text may have two agents, or none, unless
 * they share its number by what each of them has as its share.
 *
 * @param country as of `parsePhoneNumber`; undefined where the node does not ask for one.
 */
export function parseAgents(inputs: readonly AgentInput[], country?: string): [Agent, ...Agent[]] {
	const [first, ...others] = inputs.map((input, index) =>
		parseAgent(input, `Agent ${index + 1}`, country),
	);
	if (first === undefined) {
		throw new InvalidInputError({
			field: 'Agents',
			cause: 'there is none',
			fix: 'Add at least one agent.',
		});
	}
	const alone: [Agent, ...Agent[]] = [first, ...others];
	assertDistinctIds(alone);
	const agents = withPassing(alone, inputs);
	assertShared(agents);
	return agents;
}

/**
 * Why this agent got the text. `default`: no agent claims the number. `share`: several do, and the contact
 * was given to this one. `context`: Ask for Context decided it.
 */
export type MatchedBy = 'number' | 'messagingService' | 'default' | 'share' | 'context';

export interface Route {
	agent: Agent;
	/** Position in the builder's list. */
	index: number;
	matchedBy: MatchedBy;
	/** The agent that the contact was passed on to, and its position. */
	speaker?: { agent: Agent; index: number };
}

/** The agents that a text may be for: more than one where they share what was texted. */
export interface Routes {
	/** The sender of ours that they claim; empty for what no agent claims. */
	claim: string;
	all: readonly [Route, ...Route[]];
}

/**
 * Where a text may go; the most specific rule wins: the number that was texted, then the Messaging
 * Service, then the agents without numbers, or the first where every agent has some.
 */
export function routesFor(
	agents: readonly [Agent, ...Agent[]],
	text: { to: string; messagingServiceSid?: string },
): Routes {
	const rules = [
		{ claim: text.to, matchedBy: 'number' },
		{ claim: text.messagingServiceSid ?? '', matchedBy: 'messagingService' },
		{ claim: '', matchedBy: 'default' },
	] as const;
	for (const { claim, matchedBy } of rules) {
		if (claim === '' && matchedBy !== 'default') continue;
		const claiming = agents.flatMap((agent, index) =>
			claims(agent, claim) ? { agent, index } : [],
		);
		const why: MatchedBy = claiming.length > 1 ? 'share' : matchedBy;
		const [first, ...others] = claiming.map((one) => ({ ...one, matchedBy: why }));
		if (first !== undefined) return { claim, all: [first, ...others] };
	}
	return { claim: '', all: [{ agent: agents[0], index: 0, matchedBy: 'default' }] };
}

/** The agent that obeys a text of this phone; undefined where it is no owner's phone of any of them. */
export function ownedFrom({ all }: Routes, phone: string): Route | undefined {
	return all.find(({ agent }) => agent.ownersPhones.includes(phone));
}

function assertDistinctIds(agents: readonly Agent[]): void {
	agents.forEach((agent, index) => {
		const first = agents.findIndex(({ id }) => id === agent.id);
		if (first === index) return;
		throw new InvalidInputError({
			field: `Agent ${index + 1}, ${PERMANENT_NAME}`,
			cause: `"${agent.id}" is that of agent ${first + 1} already (${quoted(agents[first]?.name ?? '')} and ${quoted(agent.name)}); both would have the same conversations`,
			fix: 'Give each agent a name of its own.',
		});
	});
}

/** Of agents without numbers, those that others may pass to take no texts of their own; but one has to. */
function withPassing(
	agents: readonly [Agent, ...Agent[]],
	inputs: readonly AgentInput[],
): [Agent, ...Agent[]] {
	const passing = agents.map((agent, index) =>
		othersNamed(agents, agent, inputs[index]?.mayPassTo ?? '', index),
	);
	const passedTo = new Set(passing.flatMap((others) => others.map(({ id }) => id)));
	const rest = agents.filter(({ senders }) => senders.length === 0);
	const takers = rest.filter(({ id, share }) => share !== undefined || !passedTo.has(id));
	const onlyPassed = rest.filter(
		(agent) => !(takers.length > 0 ? takers : [rest[0]]).includes(agent),
	);
	const [first = agents[0], ...others] = agents.map((agent, index): Agent => {
		const mayPassTo = passing[index] ?? [];
		return {
			...agent,
			...(mayPassTo.length > 0 ? { mayPassTo } : {}),
			...(onlyPassed.includes(agent) ? { onlyPassed: true } : {}),
		};
	});
	return [first, ...others];
}

function othersNamed(
	agents: readonly Agent[],
	agent: Agent,
	names: string,
	index: number,
): AgentName[] {
	const field = `Agent ${index + 1} (${agent.name}), ${MAY_PASS_TO}`;
	const others = agents.filter((one) => one !== agent);
	const typed = names
		.split(/[,\n]/)
		.map((name) => name.trim())
		.filter(Boolean);
	const found = typed.map((name): Agent => {
		const meant = agentsNamed(others, name);
		if (meant.length > 1) {
			throw new InvalidInputError({ field, ...severalNamed(name, meant) });
		}
		const [other] = meant;
		if (other === undefined) {
			throw new InvalidInputError({
				field,
				cause: `there is no other agent ${quoted(name)} in this node`,
				fix:
					others.length > 0
						? `Enter names of these, separated by commas: ${others.map((one) => one.name).join(', ')}.`
						: 'Add the agent, or leave the field empty.',
			});
		}
		if (other.brand !== agent.brand) {
			throw new InvalidInputError({
				field,
				cause: `${quoted(name)} has another brand: who says STOP there would be texted on here`,
				fix: 'Give both agents the same brand, or take this name out.',
			});
		}
		if (other.onText === 'notify') {
			throw new InvalidInputError({
				field,
				cause: `${quoted(name)} answers no texts: When a Text Comes In is set to Tell Another App there`,
				fix: 'Set it to Reply or Both there, or take this name out.',
			});
		}
		return other;
	});
	return [...new Set(found)].map(({ id, name }) => ({ id, name }));
}

/** What two agents may both claim: each sender that an agent names, or all that nobody else does. */
function assertShared(agents: readonly Agent[]): void {
	agents.forEach((agent, index) => {
		const field = (label: string) => `Agent ${index + 1} (${agent.name}), ${label}`;
		const before = agents.slice(0, index);
		const senders = agent.onlyPassed ? [] : agent.senders.length > 0 ? agent.senders : [''];
		for (const sender of new Set(senders)) {
			for (const other of before.filter((one) => claims(one, sender))) {
				assertShares([other, agent], sender, field);
			}
		}
	});
}

/** @param sender empty for what no agent claims. */
function claims({ senders, onlyPassed }: Agent, sender: string): boolean {
	if (onlyPassed) return false;
	return sender === '' ? senders.length === 0 : senders.includes(sender);
}

/** @param sender as of `claims`. */
function assertShares(
	[other, agent]: [Agent, Agent],
	sender: string,
	field: (label: string) => string,
): void {
	const what = sender || 'the texts that no other agent claims';
	if (agent.share === undefined && other.share === undefined) {
		const toShare = `give both agents a ${SHARE}`;
		throw new InvalidInputError(
			sender === ''
				? {
						field: field(ONLY_NUMBERS),
						cause: `it is empty, and so it is for the agent "${other.name}", which takes all texts that no other agent claims`,
						fix: `Enter the numbers that "${agent.name}" answers, or ${toShare}.`,
					}
				: {
						field: field(ONLY_NUMBERS),
						cause: `${sender} belongs to the agent "${other.name}" already`,
						fix: `Remove it from one of the two, or ${toShare}.`,
					},
		);
	}
	if (agent.share === undefined || other.share === undefined) {
		const without = agent.share === undefined ? agent : other;
		const having = without === agent ? other : agent;
		throw new InvalidInputError({
			field: field(SHARE),
			cause: `"${having.name}" has one and "${without.name}" has none, and both have ${what}`,
			fix: `Enter a number above 0 for "${without.name}" too, or give it numbers of its own.`,
		});
	}
	if (agent.brand !== other.brand) {
		throw new InvalidInputError({
			field: field('Brand'),
			cause: `it is another one than that of "${other.name}", with which it shares ${what}: who says STOP there would be texted on by the other`,
			fix: 'Give both agents the same brand, or numbers of their own.',
		});
	}
	const phone = agent.ownersPhones.find((one) => other.ownersPhones.includes(one));
	if (phone === undefined) return;
	throw new InvalidInputError({
		field: field(OWNERS_PHONES),
		cause: `${phone} is one of "${other.name}" too, with which it shares ${what}: "take 1" from there could mean a contact of either`,
		fix: 'Give each of the two agents a phone of its own, or only one of them a phone.',
	});
}
