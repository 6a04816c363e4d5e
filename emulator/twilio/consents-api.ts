import { Router } from 'express';
import { ApiError } from './api-error';
import type { ApiGate } from './api-gate';
import { many } from './form';
import type { ConsentRecord, ConsentStatus } from './records';
import { isSid } from './sids';
import type { TwilioState } from './state';

const MOST_ITEMS = 25;
const FAILED_TO_UPSERT = 30646;
const STATUSES: readonly string[] = ['opt-in', 'opt-out', 're-opt-in'];
const SOURCES = ['website', 'offline', 'opt-in-message', 'opt-out-message', 'others'];
const PHONE_NUMBER = /^\+[1-9]\d{6,14}$/;

/** Accounts v1: what contacts want, told by applications. An opt-out blocks as a STOP does. */
export function consentsApi(state: TwilioState, gate: ApiGate): Router {
	const router = Router({ caseSensitive: true });
	router.post(
		'/v1/Consents/Bulk',
		gate(({ account, params }) => {
			const items = many(params, 'Items').map(itemIn);
			if (items.length === 0 || items.length > MOST_ITEMS) {
				throw new ApiError(20001, {
					message: `Items must hold 1 to ${MOST_ITEMS} entries`,
				});
			}
			const answers = items.map((item) => {
				const problems = problemsOf(item);
				if (problems.length === 0) take(state, account.accountSid, item);
				return {
					correlation_id: item['correlation_id'] ?? '',
					error_code: problems.length === 0 ? 0 : FAILED_TO_UPSERT,
					error_messages: problems,
				};
			});
			return { status: 201, body: { items: answers } };
		}),
	);
	return router;
}

type Item = Readonly<Record<string, unknown>>;

function itemIn(json: string): Item {
	try {
		const item = JSON.parse(json) as unknown;
		if (typeof item === 'object' && item !== null) return item as Item;
	} catch {
		// Refused below.
	}
	throw new ApiError(20001, { message: 'Items must hold JSON objects' });
}

/** In the words of Twilio's error 30646. */
function problemsOf(item: Item): string[] {
	const text = (name: string) => (typeof item[name] === 'string' ? item[name] : '');
	const sender = text('sender_id');
	const checks: Array<[boolean, string]> = [
		[/^[0-9a-f]{32}$/i.test(text('correlation_id')), 'INVALID_CORRELATION_ID'],
		[isSid(sender, 'MG') || /^(?:\+[1-9]\d{6,14}|\d{3,6})$/.test(sender), 'INVALID_SENDER_ID'],
		[PHONE_NUMBER.test(text('contact_id')), 'INVALID_CONTACT_ID'],
		[STATUSES.includes(text('status')), 'INVALID_STATUS'],
		[SOURCES.includes(text('source')), 'INVALID_SOURCE'],
	];
	return checks.flatMap(([holds, problem]) => (holds ? [] : [problem]));
}

function take(state: TwilioState, accountSid: string, item: Item): void {
	const { contact_id, sender_id, status, source, date_of_consent } = item as Record<
		string,
		string
	>;
	const consent: ConsentRecord = {
		accountSid,
		contact: contact_id ?? '',
		sender: sender_id ?? '',
		status: status as ConsentStatus,
		source: source ?? '',
		dateOfConsent: date_of_consent ?? '',
	};
	state.consents.push(consent);
	const blocked = `${consent.sender}|${consent.contact}`;
	if (consent.status === 'opt-out') state.optOuts.add(blocked);
	else state.optOuts.delete(blocked);
}
