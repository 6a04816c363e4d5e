import { LiveThreads } from './live-threads';

const byWorkflow = new Map<string, LiveThreads>();

/** The one live object of a workflow in this process, for every node and every execution of it. */
export function liveThreadsOf(workflowId: string): LiveThreads {
	const live = byWorkflow.get(workflowId) ?? new LiveThreads();
	byWorkflow.set(workflowId, live);
	return live;
}
