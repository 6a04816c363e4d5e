import { isoTime } from '../messaging/clock';
import { InvalidInputError } from '../messaging/invalid-input-error';
import type { AgentTask } from '../messaging/agent';
import { quoted } from '../messaging/text-bounds';
import type { TaskOn, ThreadServices } from '../threads/thread-store';
import type { AgentRecord } from './agent-record';
import { giveContact } from './given-agent';

/** The field of Send SMS, as the editor has it. Not imported there: n8n would read all of this at its start. */
export const TASK = 'Task';

/**
 * The task of that name, whose capitals do not count. Throws InvalidInputError where the agent has none
 * of it, or no trigger has written the agent down.
 */
export function taskOf(
	record: AgentRecord | undefined,
	agentName: string,
	name: string,
): AgentTask {
	const tasks = record?.tasks ?? [];
	const task = taskIn(tasks, name);
	if (task !== undefined && !record?.onlyPassed) return task;
	if (task !== undefined) throw noTexts(agentName);
	const names = tasks.map((one) => one.name).join(', ');
	throw new InvalidInputError({
		field: TASK,
		cause:
			record === undefined
				? `nobody has written down an agent ${quoted(agentName)}, so its tasks are not known`
				: `the agent ${quoted(agentName)} has no task ${quoted(name)}${names === '' ? ', nor any other' : ''}`,
		fix:
			record === undefined
				? 'Publish the workflow of its Incoming SMS Trigger, and choose the same place for conversations in both.'
				: names === ''
					? 'Add one under Tasks of the agent in its Incoming SMS Trigger, and publish that.'
					: `Enter one of its tasks: ${names}.`,
	});
}

function noTexts(agentName: string): InvalidInputError {
	return new InvalidInputError({
		field: TASK,
		cause: `the agent ${quoted(agentName)} takes no texts of its own, only contacts that other agents pass to it, so what the contact answers would go to another one`,
		fix: 'Give it numbers of its own in its Incoming SMS Trigger, or the task to the agent that has the number.',
	});
}

export function taskIn(tasks: readonly AgentTask[], name: string): AgentTask | undefined {
	const plain = name.trim().toLowerCase();
	return tasks.find((one) => one.name.toLowerCase() === plain);
}

/**
 * A text has begun a task: it is on from now, in the place of another one. A text that is told of again
 * begins nothing anew, also where its task is done or a later text has begun another one. Rejects with
 * StoreUnavailableError.
 */
export async function beginTask(
	{ store }: Pick<ThreadServices, 'store'>,
	threadId: string,
	{ name, by, since }: Omit<TaskOn, 'doneAt'>,
): Promise<void> {
	const { task: on } = await store.threads.changeState(threadId, (state) => {
		const { task } = state;
		if (task !== undefined && (task.by === by || task.since > since)) return state;
		const begun = { ...state, task: { name, by, since } };
		// It is the thread's own agent that is on it.
		delete begun.passed;
		return begun;
	});
	// What the contact answers is for it, also where another agent that shares the number had them.
	if (on?.by === by && on.doneAt === undefined) await giveContact({ store }, threadId);
}

/** Another task that has begun meanwhile stays on. Rejects with StoreUnavailableError. */
export async function endTask(
	{ store, clock }: Pick<ThreadServices, 'store' | 'clock'>,
	threadId: string,
	{ by }: Pick<TaskOn, 'by'>,
): Promise<void> {
	const doneAt = isoTime(clock);
	await store.threads.changeState(threadId, ({ task, ...state }) =>
		task === undefined
			? state
			: { ...state, task: task.by === by ? { ...task, doneAt } : task },
	);
}
