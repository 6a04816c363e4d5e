import type { IExecuteFunctions, IWebhookFunctions } from 'n8n-workflow';
import { InvalidInputError } from '../messaging/invalid-input-error';
import { liveThreadsOf } from '../threads/live-threads-registry.singleton';
import type { OpenThreadStore } from '../threads/open-store';
import { staticDataThreadStore } from '../threads/static-data-thread-store';
import { DEFAULT_LIMITS, type ThreadLimits } from '../threads/thread-limits';
import { systemClock } from './system-clock';

const STATIC_DATA_KEY = 'smsThreads';

/**
 * The threads of this workflow. Throws InvalidInputError where the store would lose them:
 * in queue mode every worker starts with empty static data and overwrites the rest.
 */
export async function openThreadStore(
	context: IExecuteFunctions | IWebhookFunctions,
	limits: Partial<ThreadLimits> = {},
): Promise<OpenThreadStore> {
	assertOneProcess();
	const { id: workflowId } = context.getWorkflow();
	const staticData = context.getWorkflowStaticData('global');
	const live = liveThreadsOf(workflowId ?? 'unsaved');
	live.absorb(staticData[STATIC_DATA_KEY]);
	return staticDataThreadStore(live, { ...DEFAULT_LIMITS, ...limits }, systemClock, () => {
		staticData[STATIC_DATA_KEY] = live;
	});
}

/** Throws InvalidInputError when this n8n runs in queue mode. */
export function assertOneProcess(): void {
	if (process.env['EXECUTIONS_MODE'] !== 'queue') return;
	throw new InvalidInputError({
		field: 'Thread store',
		cause: 'this n8n runs in queue mode, where workflow static data is not shared between its processes: conversations would be lost',
		fix: 'Run n8n in its regular mode (EXECUTIONS_MODE=regular) to use this node.',
	});
}
