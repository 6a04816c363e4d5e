import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { openPostgresThreadStore } from '../../nodes/shared/threads/stores/postgres/postgres-thread-store';
import type { PostgresSettings } from '../../nodes/shared/threads/stores/postgres/postgres-settings';
import { storedMessage } from './stored-message';

/** A process of its own: opens the store, appends so many messages to the thread `shared`, ends. */
async function main([settings = '', name = '', count = '']: string[]): Promise<void> {
	const retention = { messagesPerThread: 1_000, maxAgeDays: 90 };
	const store = await openPostgresThreadStore(
		JSON.parse(settings) as PostgresSettings,
		retention,
		systemClock,
	);
	for (let n = 0; n < Number(count); n++) {
		const text = storedMessage(`${name} text ${n}`, {
			messageSid: `${name}-${n}`,
			at: new Date().toISOString(),
		});
		await store.threads.append('shared', [text], 1);
	}
	await store.close();
}

void main(process.argv.slice(2));
