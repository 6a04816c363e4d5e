import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../nodes/shared/n8n/host/system-clock';
import { openEmbeddedThreadStore } from '../../../nodes/shared/threads/stores/embedded/embedded-thread-store';
import type { OpenThreadStore } from '../../../nodes/shared/threads/thread-store';

export interface ThreadFile {
	/** For a node's File on the Server. */
	readonly path: string;
	/** The same file, past the node. */
	readonly store: OpenThreadStore;
	remove(): Promise<void>;
}

/** A thread store in a file of the test's own. */
export async function openThreadFile(): Promise<ThreadFile> {
	const folder = mkdtempSync(join(tmpdir(), 'sms-agent-threads-'));
	const path = join(folder, 'threads.sqlite');
	const limits = { messagesPerThread: 50, maxAgeDays: 90, maxMegabytes: 100 };
	const store = await openEmbeddedThreadStore({ file: path, ...limits }, systemClock);
	const remove = async () => {
		await store.close();
		rmSync(folder, { recursive: true, force: true });
	};
	return { path, store, remove };
}
