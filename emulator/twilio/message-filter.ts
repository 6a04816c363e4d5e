import type { MessageDirection, MessageRecord, MessageStatus } from './records';

export interface MessageFilter {
	direction?: MessageDirection | 'outbound';
	from?: string;
	to?: string;
	/** Either side of the conversation. */
	contact?: string;
	/** The other side: one of the account's numbers. */
	number?: string;
	status?: MessageStatus;
	body?: string | RegExp;
	/** False leaves out Twilio's own answers to STOP, START and HELP. */
	automatic?: boolean;
	messagingServiceSid?: string;
	accountSid?: string;
}

export function matchesFilter(message: MessageRecord, filter: MessageFilter): boolean {
	const { direction, from, to, contact, number, status, body, automatic } = filter;
	const inbound = message.direction === 'inbound';
	const checks = [
		direction === undefined ||
			message.direction === direction ||
			(direction === 'outbound' && !inbound),
		from === undefined || message.from === from,
		to === undefined || message.to === to,
		contact === undefined || (inbound ? message.from : message.to) === contact,
		number === undefined || (inbound ? message.to : message.from) === number,
		status === undefined || message.status === status,
		body === undefined ||
			(typeof body === 'string' ? message.body === body : body.test(message.body)),
		automatic === undefined || message.automatic === automatic,
		filter.messagingServiceSid === undefined ||
			message.messagingServiceSid === filter.messagingServiceSid,
		filter.accountSid === undefined || message.accountSid === filter.accountSid,
	];
	return checks.every(Boolean);
}
