import type { Delivery } from './delivery';
import type { MessageRecord } from './records';
import { countSegments } from './segments';
import type { TwilioState } from './state';

/** A message as the control API and the phone page show it. */
export function messageView(state: TwilioState, message: MessageRecord): Record<string, unknown> {
	const service = state.services.get(message.messagingServiceSid ?? '');
	const { encoding } = countSegments(message.body, service?.smartEncoding);
	return {
		sid: message.sid,
		direction: message.direction,
		from: message.from,
		to: message.to,
		body: message.body,
		status: message.status,
		numSegments: message.numSegments,
		encoding,
		errorCode: message.errorCode,
		errorMessage: message.errorMessage,
		messagingServiceSid: message.messagingServiceSid,
		automatic: message.automatic,
		logged: message.logged,
		undeliverable: message.undeliverable,
		createdAt: message.createdAt,
		media: message.media.map((medium) => ({
			contentType: medium.contentType,
			url: medium.sourceUrl ?? `/_emulator/media/${message.sid}/${medium.sid}`,
		})),
	};
}

export function deliveryView(delivery: Delivery): Record<string, unknown> {
	return { ...delivery };
}

/** Accounts with their numbers and Services. Tokens are left out. */
export function setupView(state: TwilioState): Record<string, unknown> {
	const accounts = [...state.accounts.values()].map((account) => ({
		accountSid: account.accountSid,
		friendlyName: account.friendlyName,
		status: account.status,
		numbers: [...state.numbers.values()]
			.filter(({ accountSid }) => accountSid === account.accountSid)
			.map((number) => ({
				sid: number.sid,
				phoneNumber: number.phoneNumber,
				friendlyName: number.friendlyName,
				smsUrl: number.smsUrl,
				messagingServiceSid: state.serviceOfNumber(number)?.sid ?? null,
			})),
		services: [...state.services.values()].filter(
			({ accountSid }) => accountSid === account.accountSid,
		),
	}));
	return { accounts, contacts: state.contacts, note: state.note };
}
