import { startN8n, type N8nHost } from '../../harness/n8n-host';
import { openBenchFixture, type BenchFixture } from './bench-fixture';
import type { Build, BuildKey } from './build';
import { startEventStreams } from './event-streams';
import { startEmulators } from './emulators';

/** An n8n in regular mode, which the measures of one run share. */
export interface RegularBench {
	readonly host: N8nHost;
	readonly fixture: BenchFixture;
	/** The build of that name, started on first use and warmed up by whoever asks. */
	build(key: BuildKey): Promise<Build>;
	close(): Promise<void>;
}

/** @param env what differs from the n8n of the tests. */
export async function startRegularBench(env: Record<string, string> = {}): Promise<RegularBench> {
	const emulators = await startEmulators();
	const events = await startEventStreams();
	const host = await startN8n({ env: joined(env, events.env) });
	const n8n = { client: host.client, webhookUrl: host.url };
	const fixture = await openBenchFixture(n8n, emulators);
	const builds = new Map<BuildKey, Promise<Build>>();
	return {
		host,
		fixture,
		build(key) {
			const started = builds.get(key) ?? fixture.start(key);
			builds.set(key, started);
			return started;
		},
		async close() {
			await host.stop();
			await fixture.close();
			await emulators.close();
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
