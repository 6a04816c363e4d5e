import { randomUUID } from 'node:crypto';
import { Router } from 'express';
import type { ApiCall, ApiGate } from './api-gate';
import { mediaJson } from './message-json';
import { notFound } from './messages-api';
import type { MediaRecord, MessageRecord } from './records';
import type { TwilioState } from './state';

const ROOT = '/2010-04-01/Accounts/:accountSid/Messages/:messageSid/Media';

/**
 * Media contents: the API asks for Basic authentication and redirects to another place, which
 * refuses requests that carry credentials, as Twilio's content servers do.
 */
export function mediaApi(state: TwilioState, gate: ApiGate, baseUrl: () => string): Router {
	const granted = new Map<string, MediaRecord>();
	const find = ({ account, path, url }: ApiCall): [MessageRecord, MediaRecord] => {
		const message = state.message(path['messageSid'] ?? '');
		const medium = message?.media.find(({ sid }) => sid === path['sid']);
		if (!message || !medium || message.accountSid !== account.accountSid) throw notFound(url);
		return [message, medium];
	};

	const router = Router({ caseSensitive: true });
	router.get(
		`${ROOT}/:sid.json`,
		gate((call) => ({ status: 200, body: mediaJson(...find(call)) })),
	);
	router.delete(
		`${ROOT}/:sid.json`,
		gate((call) => {
			const [message, medium] = find(call);
			message.media = message.media.filter((other) => other !== medium);
			return { status: 204 };
		}),
	);
	router.get(
		`${ROOT}/:sid`,
		gate((call) => {
			const [, medium] = find(call);
			if (medium.sourceUrl !== null) return { status: 307, location: medium.sourceUrl };
			const ticket = randomUUID();
			granted.set(ticket, medium);
			return { status: 307, location: `${baseUrl()}/_cdn/${ticket}` };
		}),
	);
	router.get('/_cdn/:ticket', (request, response) => {
		const medium = granted.get(request.params.ticket);
		if (request.headers.authorization !== undefined) {
			response.status(400).type('text/plain').send('Only one auth mechanism allowed');
		} else if (!medium?.data) response.status(404).end();
		else response.type(medium.contentType).send(medium.data);
	});
	return router;
}
