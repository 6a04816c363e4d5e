import type { OpenThreadStore } from '../../../nodes/shared/threads/thread-store';
import { startN8n } from '../../../harness/n8n-host';
import type { N8nClient } from '../../../harness/n8n-client';
import { startQueueN8n } from '../../../harness/queue-n8n';
import { keptInServer, twoWayAgent } from '../../../harness/two-way-agent';
import type { SeededRandom } from './seeded-random';
import { startStoreServer, type ServerKind, type StoreServer } from './store-server';
import { Texting } from './texting';
import { openE2eFixture, type E2eFixture } from '../../e2e/support/e2e-fixture';

/** A process of n8n that a scenario may kill. */
export interface KillablePart {
	readonly name: string;
	kill(): Promise<void>;
	restart(): Promise<void>;
}

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
	mode: 'queue' | 'regular';
	threads: ServerKind;
	random: SeededRandom;
}

interface RunningN8n {
	n8n: { url: string; client: N8nClient };
	parts: KillablePart[];
	logs(): string;
	stop(): Promise<void>;
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
		const running = mode === 'queue' ? await startQueue() : await startRegular();
		cleanUp.push(() => running.stop());
		const e2e = await openE2eFixture({ n8n: running.n8n, withService: true });
		cleanUp.push(() => e2e.close());
		const kept = await keptInServer(e2e, threads, server.credential);
		const reply = { options: { maxRepliesPerHour: 100 } };
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

async function startRegular(): Promise<RunningN8n> {
	const n8n = await startN8n();
	const main = { name: 'n8n', kill: () => n8n.kill(), restart: () => n8n.restart() };
	return { n8n, parts: [main], logs: () => n8n.logs(), stop: () => n8n.stop() };
}

async function startQueue(): Promise<RunningN8n> {
	const n8n = await startQueueN8n({ workers: 2 });
	const { main, webhook, workers } = n8n.processes;
	const named = { main, webhook, worker1: workers[0], worker2: workers[1] };
	const parts = Object.entries(named).flatMap(([name, part]) =>
		part ? [{ name, kill: () => part.kill(), restart: () => part.restart() }] : [],
	);
	return { n8n, parts, logs: () => n8n.logs(), stop: () => n8n.stop() };
}
