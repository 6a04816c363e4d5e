import { randomUUID } from 'node:crypto';
import type { MediaRecord, MessageDirection, MessageRecord, MessageStatus } from './records';
import { newSid } from './sids';

export interface NewMessage {
	accountSid: string;
	direction: MessageDirection;
	from: string | null;
	to: string;
	body: string;
	status: MessageStatus;
	numSegments: number;
	media?: MediaRecord[];
	messagingServiceSid?: string | null;
	statusCallback?: string | null;
	sendAt?: Date | null;
	automatic?: boolean;
	logged?: boolean;
	undeliverable?: string | null;
	extraFields?: Readonly<Record<string, string>>;
	/** Default now. */
	at?: Date;
}

export function newMessage({ at, ...message }: NewMessage): MessageRecord {
	const now = at ?? new Date();
	const media = message.media ?? [];
	return {
		messagingServiceSid: null,
		statusCallback: null,
		sendAt: null,
		automatic: false,
		logged: true,
		undeliverable: null,
		extraFields: {},
		...message,
		sid: newSid(media.length > 0 ? 'MM' : 'SM'),
		media,
		errorCode: null,
		errorMessage: null,
		idempotencyToken: randomUUID(),
		createdAt: now,
		sentAt: message.status === 'received' ? now : null,
		updatedAt: now,
	};
}

export function newMedium(
	contentType: string,
	content: { data: Buffer } | { sourceUrl: string },
): MediaRecord {
	return {
		sid: newSid('ME'),
		contentType,
		data: 'data' in content ? content.data : null,
		sourceUrl: 'sourceUrl' in content ? content.sourceUrl : null,
		createdAt: new Date(),
	};
}
