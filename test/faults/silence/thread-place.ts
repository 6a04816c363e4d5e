import { join } from 'node:path';
import { keptInServer, type Kept } from '../../../harness/two-way-agent';
import { temporaryFolder } from '../../../harness/run';
import { systemClock } from '../../../nodes/shared/n8n/host/system-clock';
import { openEmbeddedThreadStore } from '../../../nodes/shared/threads/stores/embedded/embedded-thread-store';
import { LiveThreads } from '../../../nodes/shared/threads/stores/static-data/live-threads';
import { staticDataThreadStore } from '../../../nodes/shared/threads/stores/static-data/static-data-thread-store';
import { type OpenThreadStore, type StoreKind } from '../../../nodes/shared/threads/thread-store';
import { DEFAULT_LIMITS } from '../../../nodes/shared/threads/thread-limits';
import type { E2eFixture } from '../../e2e/support/e2e-fixture';
import type { StoreServer } from '../support/store-server';

/** Where an agent keeps its threads. */
export type KeptIn = Exclude<StoreKind, 'memory'>;

export interface ThreadPlace {
	readonly kind: KeptIn;
	/** What the nodes say about it. */
	readonly kept: Kept;
	/** Looks at it past n8n. Of static data that is what n8n has saved last. */
	read<T>(workflowId: string, look: (store: OpenThreadStore) => Promise<T>): Promise<T>;
}

/** @param server for the kinds that are kept in one. */
export async function threadPlace(
	kind: KeptIn,
	e2e: E2eFixture,
	server: StoreServer | undefined,
): Promise<ThreadPlace> {
	if (server) return await inServer(server, e2e);
	return kind === 'embedded'
		? inFile(join(temporaryFolder('threads-'), 'threads.sqlite'))
		: inStaticData(e2e);
}

function inStaticData({ client }: E2eFixture): ThreadPlace {
	return {
		kind: 'staticData',
		kept: { parameters: { threadStore: 'staticData' } },
		async read(workflowId, look) {
			const { staticData } = (await client.workflow(workflowId)) as {
				staticData?: { global?: { smsThreads?: unknown } };
			};
			const live = new LiveThreads();
			live.absorb(staticData?.global?.smsThreads);
			return await look(staticDataThreadStore(live, DEFAULT_LIMITS, systemClock, () => {}));
		},
	};
}

function inFile(file: string): ThreadPlace {
	return {
		kind: 'embedded',
		kept: { parameters: { threadStore: 'embedded', threadStoreFile: file } },
		async read(_, look) {
			const settings = { ...DEFAULT_LIMITS, file, maxMegabytes: 100 };
			const store = await openEmbeddedThreadStore(settings, systemClock);
			try {
				return await look(store);
			} finally {
				await store.close();
			}
		},
	};
}

async function inServer(server: StoreServer, e2e: E2eFixture): Promise<ThreadPlace> {
	return {
		kind: server.kind,
		kept: await keptInServer(e2e, server.kind, server.credential),
		async read(_, look) {
			const store = await server.open();
			try {
				return await look(store);
			} finally {
				await store.close();
			}
		},
	};
}
