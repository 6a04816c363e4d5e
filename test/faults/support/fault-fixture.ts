import type { OpenThreadStore } from '../../../nodes/shared/threads/thread-store';
import { keptInServer, twoWayAgent } from '../../../harness/two-way-agent';
import { startFaultedN8n, type KillablePart, type N8nMode } from './faulted-n8n';
import type { SeededRandom } from './seeded-random';
import { startStoreServer, type ServerKind, type StoreServer } from './store-server';
import { Texting } from './texting';
import { openE2eFixture, type E2eFixture } from '../../e2e/support/e2e-fixture';

/** An agent of two nodes in a real n8n, with its threads on a server of the test's own. */
export interface FaultFixture {
	readonly name: string;
	readonly e2e: E2eFixture;
	readonly workflowId: string;
	readonly server: StoreServer;
	/** The thread store, past n8n. */
	readonly store: OpenThreadStore;
	readonly parts: readonly KillablePart[];
	readonly random: SeededRandom;
	readonly texting: Texting;
	/** What n8n has printed, for a scenario that failed. */
	logs(): string;
	close(): Promise<void>;
}

export interface FaultOptions {
	mode: N8nMode;
	threads: ServerKind;
	random: SeededRandom;
}

export async function openFaultFixture({
	mode,
	threads,
	random,
}: FaultOptions): Promise<FaultFixture> {
	const cleanUp: Array<() => Promise<void>> = [];
	const close = async () => {
		for (const step of cleanUp.splice(0).reverse()) await step();
	};
	try {
		const server = await startStoreServer(threads);
		cleanUp.push(() => server.dispose());
		const store = await server.open();
		cleanUp.push(() => store.close());
		const running = await startFaultedN8n(mode);
		cleanUp.push(() => running.stop());
		const e2e = await openE2eFixture({ n8n: running.n8n, withService: true });
		cleanUp.push(() => e2e.close());
		const kept = await keptInServer(e2e, threads, server.credential);
		const reply = {
			options: {
				maxRepliesPerHour: 100,
				modelCallsPerContact: 1_000,
				modelCalls: 100_000,
			},
		};
		const { id } = await e2e.startWorkflow(twoWayAgent(e2e, { reply, kept }));
		return {
			name: `${mode} mode, ${threads}`,
			e2e,
			workflowId: id,
			server,
			store,
			parts: running.parts,
			random,
			texting: new Texting(e2e),
			logs: () => running.logs(),
			close,
		};
	} catch (error) {
		await close();
		throw error;
	}
}
