import { NoAnswerError } from '../../http/http-client';
import type { Clock } from '../../messaging/clock';
import { causeOf } from '../../messaging/reason-of';
import type { TwilioAccount } from '../../twilio/api/twilio-client';
import { requestAs } from '../credentials/twilio-account';
import { exchange, type Answer, type ExchangeLimits, type N8nRequest } from './bounded-exchange';
import type { IExecuteFunctions } from 'n8n-workflow';
import type { TriggerContext } from './field-value';
import { systemClock } from './system-clock';

const MAX_REDIRECTS = 3;
/** For one try, redirects and the last byte included. */
const TIMEOUT_MS = 20_000;
/** Twilio tells of a text a moment before its media can be had everywhere; then it answers 404. */
const PAUSES_MS = [1_000, 3_000];
const PASSING = new Set([404, 408, 425, 429, 500, 502, 503, 504]);

/** The store has the file in a moment, or is out of order for one. */
class PassingError extends Error {
	override readonly name = 'PassingError';
}

/**
 * The bytes of a medium. Twilio's API wants the account's authentication and answers with a redirect
 * to a store that must not get it, so redirects are followed here, by hand.
 * Tries again twice what may be there in a moment. Rejects with a sentence the builder can read; it
 * holds no more of a URL than its host.
 */
export async function fetchMedia(
	context: TriggerContext | IExecuteFunctions,
	url: string,
	limits: MediaLimits,
	clock: Clock = systemClock,
): Promise<Buffer> {
	for (const pause of PAUSES_MS) {
		try {
			return await fetchOnce(context, url, limits);
		} catch (error) {
			if (!(error instanceof PassingError)) throw error;
			await clock.sleep(pause);
		}
	}
	return await fetchOnce(context, url, limits);
}

interface MediaLimits {
	/** Whose API gets its authentication. */
	account: TwilioAccount;
	maxBytes: number;
}

async function fetchOnce(
	context: TriggerContext | IExecuteFunctions,
	url: string,
	{ account, maxBytes }: MediaLimits,
): Promise<Buffer> {
	let target = new URL(url);
	const until = systemClock.elapsed() + TIMEOUT_MS;
	for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
		// Where a redirect leads, the address itself is the permission; another one is refused there.
		const isAuthenticated = hop === 0 && isApi(target, account.apiBaseUrl);
		const send: N8nRequest = isAuthenticated
			? requestAs(context, account)
			: async (options) => (await context.helpers.httpRequest(options)) as unknown;
		const { status, headers, body } = await answerOf(send, target, {
			timeoutMs: Math.max(1, Math.round(until - systemClock.elapsed())),
			maxBytes,
			wantsBody: (answered) => answered === 200,
		});
		const { location } = headers;
		if (status >= 300 && status < 400 && location !== undefined) {
			target = new URL(location, target);
			continue;
		}
		if (status === 200) return body;
		const problem = `${target.host} answered with HTTP status ${status}`;
		throw PASSING.has(status) ? new PassingError(problem) : new Error(problem);
	}
	throw new Error(`${target.host} redirected too often`);
}

/** The account's credentials go to its API and nowhere else. */
export function isApi(target: URL, apiBaseUrl: string): boolean {
	const api = new URL(apiBaseUrl);
	const isBase = target.host === api.host && target.protocol === api.protocol;
	const isTwilio =
		target.origin === 'https://api.twilio.com' && /\.twilio\.com$/.test(api.hostname);
	return isBase || isTwilio;
}

async function answerOf(send: N8nRequest, target: URL, limits: ExchangeLimits): Promise<Answer> {
	if (!/^https?:$/.test(target.protocol))
		throw new Error('The address of the file is not a web address');
	try {
		return await exchange(send, { method: 'GET', url: target.toString() }, limits);
	} catch (error) {
		const isTooLarge = error instanceof NoAnswerError && error.isTooLarge;
		throw isTooLarge
			? new Error(`The file is larger than ${limits.maxBytes / 1_000_000} MB`)
			: new Error(`${target.host} did not answer`, { cause: causeOf(error) });
	}
}
