import { startN8n, type N8nHost } from '../../test/e2e/support/n8n-host';
import { openBenchWorld, type BenchWorld } from './bench-world';
import type { Build, BuildKey } from './build';
import { startEventStreams } from './event-streams';
import { startStandIns } from './stand-ins';

/** An n8n in regular mode, which the measures of one run share. */
export interface RegularBench {
	readonly host: N8nHost;
	readonly world: BenchWorld;
	/** The build of that name, started on first use and warmed up by whoever asks. */
	build(key: BuildKey): Promise<Build>;
	close(): Promise<void>;
}

/** @param env what differs from the n8n of the tests. */
export async function startRegularBench(env: Record<string, string> = {}): Promise<RegularBench> {
	const standIns = await startStandIns();
	const events = await startEventStreams();
	const host = await startN8n({ env: joined(env, events.env) });
	const n8n = { client: host.client, webhookUrl: host.url };
	const world = await openBenchWorld(n8n, standIns);
	const builds = new Map<BuildKey, Promise<Build>>();
	return {
		host,
		world,
		build(key) {
			const started = builds.get(key) ?? world.start(key);
			builds.set(key, started);
			return started;
		},
		async close() {
			await host.stop();
			await world.close();
			await standIns.close();
			await events.close();
		},
	};
}

/** Both may load something into n8n before it starts. */
function joined(...envs: Array<Record<string, string>>): Record<string, string> {
	const options = envs.flatMap((env) => env['NODE_OPTIONS'] ?? []);
	return Object.assign({}, ...envs, { NODE_OPTIONS: options.join(' ') }) as Record<
		string,
		string
	>;
}
