import type { N8nClient } from '../../harness/n8n-client';

/** By this name the workflow finds it. */
const TABLE = 'Appointment times';
const DAYS = 5;
const CLOCKS = ['09:00', '10:30', '14:00', '15:30'];
const DAY_MS = 86_400_000;

/** Gives the booking agent of the demo the times of the next days, where the table has none of them. */
export async function offerTimes(client: N8nClient, now = new Date()): Promise<void> {
	const times = timesAfter(now);
	const id = await client.dataTableNamed(TABLE);
	const rows = (missing: readonly string[]) =>
		missing.map((time) => ({ time, status: 'free', contact: '' }));
	if (id === undefined) {
		await client.createDataTable(TABLE, rows(times));
		return;
	}
	const there = new Set((await client.dataTableRows(id)).map(({ time }) => time));
	const missing = times.filter((time) => !there.has(time));
	if (missing.length > 0) await client.addDataTableRows(id, rows(missing));
}

/** From tomorrow on, as the workflow writes them: `2026-03-02 09:00 Monday`. */
export function timesAfter(now: Date): string[] {
	const times: string[] = [];
	for (let day = 1; times.length < DAYS * CLOCKS.length; day++) {
		const date = new Date(now.getTime() + day * DAY_MS);
		const weekday = date.toLocaleDateString('en-US', { weekday: 'long', timeZone: 'UTC' });
		if (weekday === 'Saturday' || weekday === 'Sunday') continue;
		const written = date.toISOString().slice(0, 10);
		times.push(...CLOCKS.map((clock) => `${written} ${clock} ${weekday}`));
	}
	return times;
}
