import { once } from 'node:events';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { openPostgresThreadStore } from '../../nodes/shared/threads/stores/postgres/postgres-thread-store';
import type { PostgresSettings } from '../../nodes/shared/threads/stores/postgres/postgres-settings';

/** A process of its own: opens the store, says `idle`, and closes it when its input ends. */
async function main([settings = '']: string[]): Promise<void> {
	const retention = { messagesPerThread: 10, maxAgeDays: 90 };
	const store = await openPostgresThreadStore(
		JSON.parse(settings) as PostgresSettings,
		retention,
		systemClock,
	);
	await Promise.all([1, 2, 3].map(async (n) => await store.threads.read(`t${n}`, 1)));
	process.stdout.write('idle');
	await once(process.stdin.resume(), 'end');
	await store.close();
}

void main(process.argv.slice(2));
