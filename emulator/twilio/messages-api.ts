import { Router } from 'express';
import { ApiError } from './api-error';
import type { ApiCall, ApiGate } from './api-gate';
import { createMessage } from './create-message';
import { filled, one, type Form } from './form';
import { mediaJson, messageJson } from './message-json';
import type { OutboundQueue } from './outbound';
import { v2010Page } from './paging';
import type { MessageRecord } from './records';
import type { TwilioState } from './state';

const ROOT = '/2010-04-01/Accounts/:accountSid/Messages';
const UNFINISHED = ['accepted', 'queued', 'sending', 'scheduled'];

export function messagesApi(state: TwilioState, gate: ApiGate, outbound: OutboundQueue): Router {
	const find = ({ account, path, url }: ApiCall): MessageRecord => {
		const message = state.message(path['sid'] ?? '');
		if (message?.accountSid !== account.accountSid || !message.logged) throw notFound(url);
		return message;
	};

	const router = Router({ caseSensitive: true });
	router.post(
		`${ROOT}.json`,
		gate(({ account, params }) => {
			const message = createMessage(state, account, params);
			const body = messageJson(message);
			outbound.start(message);
			return { status: 201, body };
		}),
	);
	router.get(
		`${ROOT}.json`,
		gate(({ account, query, url }) => {
			const found = state.messages.filter(
				(message) =>
					message.accountSid === account.accountSid &&
					message.logged &&
					matches(message, query),
			);
			return {
				status: 200,
				body: v2010Page('messages', newestFirst(found), messageJson, { query, url }),
			};
		}),
	);
	router.get(
		`${ROOT}/:sid.json`,
		gate((call) => ({ status: 200, body: messageJson(find(call)) })),
	);
	router.post(
		`${ROOT}/:sid.json`,
		gate((call) => {
			const message = find(call);
			update(message, call.params);
			state.changed(message);
			return { status: 200, body: messageJson(message) };
		}),
	);
	router.delete(
		`${ROOT}/:sid.json`,
		gate((call) => {
			const message = find(call);
			if (UNFINISHED.includes(message.status)) throw new ApiError(20009);
			state.remove(message);
			return { status: 204 };
		}),
	);
	router.get(
		`${ROOT}/:sid/Media.json`,
		gate((call) => {
			const message = find(call);
			return {
				status: 200,
				body: v2010Page(
					'media_list',
					message.media,
					(medium) => mediaJson(message, medium),
					call,
				),
			};
		}),
	);
	return router;
}

export function notFound(url: string): ApiError {
	return new ApiError(20404, { message: `The requested resource ${url} was not found` });
}

/** By when they came to be; of two at one time, the later one of this list. */
function newestFirst(messages: readonly MessageRecord[]): MessageRecord[] {
	return messages
		.toReversed()
		.sort((one, other) => other.createdAt.getTime() - one.createdAt.getTime());
}

/** Cancels a scheduled message, or blanks the text of a finished one. */
function update(message: MessageRecord, params: Form): void {
	const status = one(params, 'Status');
	if (status !== undefined) {
		if (status !== 'canceled') throw new ApiError(20001);
		if (message.status !== 'scheduled') throw new ApiError(20009);
		message.status = 'canceled';
	}
	const body = one(params, 'Body');
	if (body === undefined) return;
	if (body !== '') throw new ApiError(20001);
	if (UNFINISHED.includes(message.status)) throw new ApiError(20009);
	message.body = '';
}

function matches(message: MessageRecord, query: Form): boolean {
	const to = filled(query, 'To');
	const from = filled(query, 'From');
	if (to !== undefined && message.to !== to) return false;
	if (from !== undefined && message.from !== from) return false;
	const sent = message.sentAt?.getTime();
	const bound = (name: string, holds: (sentAt: number, given: number) => boolean): boolean => {
		const given = filled(query, name);
		if (given === undefined) return true;
		return sent !== undefined && holds(sent, Date.parse(given));
	};
	const day = 86_400_000;
	return (
		bound('DateSent', (at, given) => Math.floor(at / day) === Math.floor(given / day)) &&
		bound('DateSent<', (at, given) => at <= given) &&
		bound('DateSent>', (at, given) => at >= given)
	);
}
