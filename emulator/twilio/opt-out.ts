import { newMessage } from './message-record';
import type { MessageRecord, NumberRecord, ServiceRecord } from './records';
import { countSegments } from './segments';
import type { TwilioState } from './state';

export type OptOutType = 'STOP' | 'START' | 'HELP';

const KEYWORDS: Readonly<Record<OptOutType, readonly string[]>> = {
	STOP: ['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT'],
	START: ['START', 'YES', 'UNSTOP'],
	HELP: ['HELP', 'INFO'],
};

/** The texts are ours; Twilio's own wording differs by country and can be customised. */
const ANSWERS: Readonly<Record<OptOutType, string>> = {
	STOP: 'You have been unsubscribed and will get no more messages from this number. Reply START to resubscribe.',
	START: 'You have been resubscribed and will get messages from this number again. Reply HELP for help. Reply STOP to unsubscribe.',
	HELP: 'Reply STOP to unsubscribe. Msg & data rates may apply.',
};

/** Twilio's defaults take a single word in any case: "Stop please" is not one of them. */
export function optOutKeyword(body: string): OptOutType | null {
	const word = body.trim().toUpperCase();
	const types: OptOutType[] = ['STOP', 'START', 'HELP'];
	return types.find((type) => KEYWORDS[type].includes(word)) ?? null;
}

/** A contact who opted out of a Service's number has opted out of the whole Service. */
export function isOptedOut(
	state: TwilioState,
	contact: string,
	number: NumberRecord | undefined,
	service: ServiceRecord | undefined,
): boolean {
	const scopes = [number?.phoneNumber, service?.sid].filter((scope) => scope !== undefined);
	return scopes.some((scope) => state.optOuts.has(`${scope}|${contact}`));
}

/**
 * Blocks or unblocks the contact and returns Twilio's own answer, if it gives one. A START by
 * somebody who never opted out stays without an answer (not documented; our choice).
 */
export function applyOptOut(
	state: TwilioState,
	inbound: MessageRecord,
	number: NumberRecord,
	service: ServiceRecord | undefined,
): MessageRecord | null {
	const type = optOutKeyword(inbound.body);
	if (type === null) return null;
	const contact = inbound.from ?? '';
	const blocked = isOptedOut(state, contact, number, service);
	if (type === 'STOP') state.optOuts.add(`${service?.sid ?? number.phoneNumber}|${contact}`);
	if (type === 'START') {
		state.optOuts.delete(`${number.phoneNumber}|${contact}`);
		if (service) state.optOuts.delete(`${service.sid}|${contact}`);
	}
	if ((type === 'STOP' && blocked) || (type === 'START' && !blocked)) return null;
	return newMessage({
		accountSid: inbound.accountSid,
		direction: 'outbound-reply',
		from: number.phoneNumber,
		to: contact,
		body: ANSWERS[type],
		status: 'queued',
		numSegments: countSegments(ANSWERS[type]).numSegments,
		messagingServiceSid: service?.sid ?? null,
		automatic: true,
	});
}
