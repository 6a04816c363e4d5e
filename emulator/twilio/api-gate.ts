import { setTimeout as wait } from 'node:timers/promises';
import type { Request, Response } from 'express';
import { ApiError } from './api-error';
import type { ApiRequest } from './api-request';
import { AFTER_KINDS, BEFORE_KINDS, type TwilioFault, type TwilioFaults } from './faults';
import type { Form } from './form';
import type { AccountRecord } from './records';
import { newSid } from './sids';
import type { TwilioState } from './state';

export interface ApiCall {
	readonly account: AccountRecord;
	/** SIDs from the path. */
	readonly path: Readonly<Record<string, string>>;
	readonly query: Form;
	/** The form of a POST. */
	readonly params: Form;
	readonly url: string;
}

export interface ApiAnswer {
	readonly status: number;
	readonly body?: unknown;
	readonly raw?: { readonly contentType: string; readonly data: Buffer };
	readonly location?: string;
}

export type ApiHandler = (call: ApiCall) => ApiAnswer | Promise<ApiAnswer>;
export type ApiGate = (
	handler: ApiHandler,
) => (request: Request, response: Response) => Promise<void>;

export interface GateOptions {
	readonly state: TwilioState;
	readonly faults: TwilioFaults;
	/** How the API refuses an account that is not active. */
	readonly inactiveStatus: 401 | 403;
}

/** Wraps a handler in what every API request goes through: log, faults, authentication, errors. */
export function apiGate({ state, faults, inactiveStatus }: GateOptions): ApiGate {
	return (handler) => async (request, response) => {
		const { user, password } = basicAuth(request);
		const entry: ApiRequest = {
			method: request.method,
			path: request.path,
			query: request.query as Form,
			params: (request.body ?? {}) as Form,
			authUser: user,
			status: null,
			fault: null,
			at: new Date(),
		};
		state.requests.push(entry);

		const before = faults.take(BEFORE_KINDS, request);
		if (before) {
			entry.fault = before.kind;
			if (before.kind === 'hang') return;
			if (before.kind === 'reset') return reset(request);
			if (before.kind !== 'delay') return send(response, entry, answerOf(faultError(before)));
			await wait(before.ms ?? 1000, undefined, { ref: false });
		}

		let answer: ApiAnswer;
		try {
			const account = authenticate(state, user, password, inactiveStatus);
			const inPath = request.params['accountSid'];
			if (inPath !== undefined && inPath !== account.accountSid) throw new ApiError(20003);
			const path = request.params as Record<string, string>;
			answer = await handler({
				account,
				path,
				query: entry.query,
				params: entry.params,
				url: request.path,
			});
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			answer = answerOf(error);
		}

		const after = answer.status < 300 ? faults.take(AFTER_KINDS, request) : undefined;
		if (after) {
			entry.fault = after.kind;
			if (after.kind === 'hang-after-accept') return;
			if (after.kind === 'reset-after-accept') return reset(request);
			if (after.kind === '500-after-accept') {
				return send(response, entry, answerOf(new ApiError(20500)));
			}
			await wait(after.ms ?? 1000, undefined, { ref: false });
		}
		send(response, entry, answer);
	};
}

function authenticate(
	state: TwilioState,
	user: string | null,
	password: string | null,
	inactiveStatus: number,
): AccountRecord {
	const account = state.accounts.get(user ?? '');
	const known = [account?.authToken, account?.secondaryAuthToken];
	if (!account || password === null || !known.includes(password)) throw new ApiError(20003);
	if (account.status !== 'active') {
		throw new ApiError(20005, {
			status: inactiveStatus,
			message: `Account ${account.accountSid} is not active (${account.status})`,
		});
	}
	return account;
}

function basicAuth(request: Request): { user: string | null; password: string | null } {
	const encoded = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
	if (encoded === undefined) return { user: null, password: null };
	const [, user, password] =
		/^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? [];
	return { user: user ?? null, password: password ?? null };
}

function faultError(fault: TwilioFault): ApiError {
	if (fault.kind === '429') return new ApiError(20429);
	if (fault.kind === '500') return new ApiError(20500);
	if (fault.kind === '503') return new ApiError(20503);
	return new ApiError(
		fault.code ?? 20001,
		fault.status === undefined ? {} : { status: fault.status },
	);
}

function answerOf(error: ApiError): ApiAnswer {
	return { status: error.status, body: error };
}

function reset(request: Request): void {
	request.socket.resetAndDestroy();
}

function send(response: Response, entry: ApiRequest, answer: ApiAnswer): void {
	entry.status = answer.status;
	response.status(answer.status);
	response.set('Twilio-Request-Id', newSid('RQ'));
	response.set('Twilio-Concurrent-Requests', '1');
	if (answer.location !== undefined) response.set('Location', answer.location);
	if (answer.raw) response.type(answer.raw.contentType).send(answer.raw.data);
	else if (answer.body === undefined) response.end();
	else response.json(answer.body);
}
