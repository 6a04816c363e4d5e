import type { Message } from '../../nodes/shared/messaging/message';
import { compactMessage } from '../../nodes/shared/threads/stores/compact-message';

let serial = 0;

/** A text with a SID of its own. */
export function storedMessage(body: string, overrides: Partial<Message> = {}): Message {
	return {
		messageSid: `SM${(++serial).toString(16).padStart(32, '0')}`,
		direction: 'inbound',
		author: 'contact',
		body,
		media: [],
		sender: '+14155550100',
		numSegments: 1,
		at: new Date(Date.parse('2026-01-15T12:00:00Z') + serial * 1_000).toISOString(),
		...overrides,
	};
}

/** A message as Postgres and the file store it beside its SID: for filling them by SQL. */
export function storedList(body: string): string {
	return JSON.stringify(compactMessage(storedMessage(body)));
}
