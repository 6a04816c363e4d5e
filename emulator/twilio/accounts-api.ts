import { Router } from 'express';
import type { ApiGate } from './api-gate';
import { rfc2822 } from './dates';
import type { AccountRecord } from './records';

const SUBRESOURCES = [
	'calls',
	'incoming_phone_numbers',
	'messages',
	'recordings',
	'usage',
] as const;

export function accountsApi(gate: ApiGate): Router {
	const router = Router({ caseSensitive: true });
	router.get(
		'/2010-04-01/Accounts/:accountSid.json',
		gate(({ account }) => ({
			status: 200,
			body: accountJson(account),
		})),
	);
	return router;
}

/** Carries the Auth Token, as Twilio's answer does: a client must never pass it on. */
function accountJson(account: AccountRecord): Record<string, unknown> {
	const uri = `/2010-04-01/Accounts/${account.accountSid}`;
	const path = (name: string): string =>
		name.replace(/(?:^|_)(\w)/g, (_whole, letter: string) => letter.toUpperCase());
	return {
		status: account.status,
		date_updated: rfc2822(account.createdAt),
		auth_token: account.authToken,
		friendly_name: account.friendlyName,
		owner_account_sid: account.accountSid,
		uri: `${uri}.json`,
		sid: account.accountSid,
		date_created: rfc2822(account.createdAt),
		type: 'Full',
		subresource_uris: Object.fromEntries(
			SUBRESOURCES.map((name) => [name, `${uri}/${path(name)}.json`]),
		),
	};
}
