import { addAbortSignal, type Readable } from 'node:stream';
import type { IHttpRequestOptions, IN8nHttpFullResponse } from 'n8n-workflow';
import type { Clock } from '../../messaging/clock';
import { TWILIO_CREDENTIAL } from '../credentials/twilio-credential';
import type { TriggerContext } from './field-value';
import { systemClock } from './system-clock';

const MAX_REDIRECTS = 3;
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
	context: TriggerContext,
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
	/** Of the credential: where its authentication may go. */
	apiBaseUrl: string;
	maxBytes: number;
}

async function fetchOnce(
	context: TriggerContext,
	url: string,
	{ apiBaseUrl, maxBytes }: MediaLimits,
): Promise<Buffer> {
	let target = new URL(url);
	for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
		// Where a redirect leads, the address itself is the permission; another one is refused there.
		const response = await request(context, target, hop === 0 && isApi(target, apiBaseUrl));
		const { location } = response.headers as { location?: string };
		const redirected = response.statusCode >= 300 && response.statusCode < 400;
		if (!redirected || location === undefined) return await bytesOf(response, target, maxBytes);
		(response.body as unknown as Readable).destroy();
		target = new URL(location, target);
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

async function request(
	context: TriggerContext,
	target: URL,
	authenticated: boolean,
): Promise<IN8nHttpFullResponse> {
	if (!/^https?:$/.test(target.protocol))
		throw new Error('The address of the file is not a web address');
	const options: IHttpRequestOptions = {
		method: 'GET',
		url: target.toString(),
		encoding: 'stream',
		json: false,
		returnFullResponse: true,
		ignoreHttpStatusErrors: true,
		disableFollowRedirect: true,
		timeout: TIMEOUT_MS,
	};
	try {
		return (await (authenticated
			? context.helpers.httpRequestWithAuthentication.call(
					context,
					TWILIO_CREDENTIAL,
					options,
				)
			: context.helpers.httpRequest(options))) as IN8nHttpFullResponse;
	} catch (error) {
		throw new Error(`${target.host} did not answer`, { cause: error });
	}
}

async function bytesOf(
	response: IN8nHttpFullResponse,
	{ host }: URL,
	maxBytes: number,
): Promise<Buffer> {
	const body = response.body as unknown as Readable;
	if (response.statusCode !== 200) {
		body.destroy();
		const problem = `${host} answered with HTTP status ${response.statusCode}`;
		throw PASSING.has(response.statusCode) ? new PassingError(problem) : new Error(problem);
	}
	const chunks: Buffer[] = [];
	let size = 0;
	// n8n's time-out ends with the first byte; a store that stalls after it must not hold the text.
	const bytes = addAbortSignal(AbortSignal.timeout(TIMEOUT_MS), body) as AsyncIterable<Buffer>;
	for await (const chunk of bytes) {
		size += chunk.length;
		// Leaving the loop closes the connection.
		if (size > maxBytes) throw new Error(`The file is larger than ${maxBytes / 1_000_000} MB`);
		chunks.push(chunk);
	}
	return Buffer.concat(chunks);
}
