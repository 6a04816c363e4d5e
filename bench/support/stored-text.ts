import type { Message } from '../../nodes/shared/messaging/message';
import { compactMessage } from '../../nodes/shared/threads/stores/compact-message';

const FIRST_AT = Date.parse('2026-01-15T12:00:00Z');

let texts = 0;

/** A contact's text as a store takes it, a second after the one before and with a SID of its own. */
export function storedText(body: string, overrides: Partial<Message> = {}): Message {
	texts += 1;
	return {
		messageSid: `SM${texts.toString(16).padStart(32, '0')}`,
		direction: 'inbound',
		author: 'contact',
		body,
		media: [],
		sender: '+14155550100',
		numSegments: 1,
		at: new Date(FIRST_AT + texts * 1_000).toISOString(),
		...overrides,
	};
}

/** As Postgres and the file store it beside its SID: for filling them by SQL. */
export function storedTextInSql(body: string): string {
	return JSON.stringify(compactMessage(storedText(body)));
}
