import { systemClock } from '../../../nodes/shared/n8n/host/system-clock';
import { liveThreadsOf } from '../../../nodes/shared/threads/stores/static-data/live-threads';
import { staticDataThreadStore } from '../../../nodes/shared/threads/stores/static-data/static-data-thread-store';
import { DEFAULT_LIMITS } from '../../../nodes/shared/threads/thread-limits';
import type { OpenThreadStore } from '../../../nodes/shared/threads/thread-store';

/** What a workflow of this process keeps in its own data. */
export function threadsInWorkflow(workflowId: string): OpenThreadStore {
	return staticDataThreadStore(liveThreadsOf(workflowId), DEFAULT_LIMITS, systemClock, () => {});
}
