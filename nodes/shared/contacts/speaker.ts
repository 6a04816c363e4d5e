import type { Agent, AgentName, AgentTask } from '../messaging/agent';
import type { Route } from '../messaging/routing';
import type { Message } from '../messaging/message';
import { parseThreadId } from '../messaging/thread-id';
import type { Passed, TaskOn, Thread, ThreadServices, ThreadState } from '../threads/thread-store';
import { knownAgent } from './agent-record';
import { taskIn } from './task';

/** The agent that answers a turn. */
export interface Speaker extends AgentName {
	smsPrompt: string;
	/** Whom it may pass the contact on to now. */
	mayPassTo: readonly AgentName[];
	/** The task that it is on, as its trigger has it. */
	task?: AgentTask & Pick<TaskOn, 'by'>;
	/** Set where the contact was passed to it in this turn. */
	passed?: PassedOn;
}

/** For people, and for the agent that goes on. */
export interface PassedOn {
	to: AgentName;
	by: AgentName;
	reason: string;
}

/**
 * Who speaks in the thread: the agent that it belongs to or, where that has passed the contact on, the
 * other one, for as long as a trigger has both and lets the one pass to the other. A turn is passed on
 * once at most. Costs nothing where no contact was passed on. Rejects with StoreUnavailableError.
 *
 * @param smsPrompt of the agent that the thread belongs to; another one's where that has none.
 */
export async function speakerIn(
	services: Pick<ThreadServices, 'store' | 'clock'>,
	{ threadId, state: { passed, task: on } }: Pick<Thread, 'threadId' | 'state'>,
	turn: { agentName: string; messages: readonly Message[] },
	smsPrompt: string,
): Promise<Speaker> {
	const { accountSid, agentId: ownId } = parseThreadId(threadId) ?? {
		accountSid: '',
		agentId: '',
	};
	const known = async (id: string) => await knownAgent(services, accountSid, id);
	const { mayPassTo = [], tasks = [] } = (await known(ownId)) ?? {};
	const task = on && on.doneAt === undefined ? taskIn(tasks, on.name) : undefined;
	// Of the thread's own agent; another one does not go on with it.
	const onTask = task && on ? { task: { ...task, by: on.by } } : {};
	const own = { id: ownId, name: turn.agentName, smsPrompt, mayPassTo, ...onTask };
	if (passed === undefined) return own;

	const by = await known(passed.by);
	const to = await known(passed.to);
	const mayStill = by?.mayPassTo?.some(({ id }) => id === passed.to) ?? false;
	const isOfTurn = turn.messages.some(({ messageSid }) => messageSid === passed.through);
	if (by === undefined || to === undefined || !mayStill) {
		return isOfTurn ? { ...own, mayPassTo: [] } : own;
	}
	const prompt = (to.id === ownId ? smsPrompt : to.smsPrompt) || smsPrompt;
	const speaker = {
		...{ id: to.id, name: to.name, smsPrompt: prompt },
		...(to.id === ownId ? onTask : {}),
	};
	if (!isOfTurn) return { ...speaker, mayPassTo: to.mayPassTo ?? [] };
	const { reason } = passed;
	return { ...speaker, mayPassTo: [], passed: { to: speaker, by, reason } };
}

/**
 * Writes down that another agent speaks from now on, in the thread as it is: its history, its people
 * and its turns stay where they are, and a run that follows a dead one goes on as the other agent.
 * Where somebody only tries what would be written, or has closed the conversation since the turn began,
 * the other agent has this turn alone, and nothing is kept. Rejects with StoreUnavailableError.
 */
export async function passOn(
	{ store }: Pick<ThreadServices, 'store'>,
	{ threadId, state }: Pick<Thread, 'threadId' | 'state'>,
	passed: Passed,
	isTry: boolean,
): Promise<ThreadState> {
	if (isTry) return { ...state, passed };
	// The start of a turn has taken the mark of an earlier closing away.
	const change = (present: ThreadState) => (present.closed ? present : { ...present, passed });
	return { ...(await store.threads.changeState(threadId, change, state)), passed };
}

/** With the agent that answers in the agent's thread, where that is another one of the same list. */
export function withSpeaker(
	agents: readonly Agent[],
	route: Route,
	{ passed }: Pick<ThreadState, 'passed'>,
): Route {
	if (passed === undefined || passed.to === route.agent.id) return route;
	const by = agents.find(({ id }) => id === passed.by);
	const index = agents.findIndex(({ id }) => id === passed.to);
	const agent = agents[index];
	if (!agent || !by?.mayPassTo?.some(({ id }) => id === agent.id)) return route;
	return { ...route, speaker: { agent, index } };
}
