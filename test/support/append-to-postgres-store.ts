import { openPostgresThreadStore } from '../../nodes/shared/threads/postgres/postgres-thread-store';
import type { PostgresSettings } from '../../nodes/shared/threads/postgres/postgres-settings';

/** A process of its own: opens the store, appends so many messages to the thread `shared`, ends. */
async function main([settings = '', name = '', count = '']: string[]): Promise<void> {
	const retention = { messagesPerThread: 1_000, maxAgeDays: 90 };
	const store = await openPostgresThreadStore(
		JSON.parse(settings) as PostgresSettings,
		retention,
	);
	for (let n = 0; n < Number(count); n++) {
		const text = {
			messageSid: `${name}-${n}`,
			direction: 'inbound' as const,
			author: 'contact' as const,
			body: `${name} text ${n}`,
			media: [],
			sender: '+14155550100',
			numSegments: 1,
			at: new Date().toISOString(),
		};
		await store.threads.append('shared', [text], 1);
	}
	await store.close();
}

void main(process.argv.slice(2));
