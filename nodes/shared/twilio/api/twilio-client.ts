import RestException from 'twilio/lib/base/RestException';
import Version from 'twilio/lib/base/Version';
import type AccountsV1 from 'twilio/lib/rest/accounts/V1';
import type V2010 from 'twilio/lib/rest/api/V2010';
import type LookupsV2 from 'twilio/lib/rest/lookups/V2';
import type V1 from 'twilio/lib/rest/messaging/V1';
import type PricingV1 from 'twilio/lib/rest/pricing/V1';
import { NoAnswerError, type HttpClient, type HttpResponse } from '../../http/http-client';
import { withoutSecrets } from '../../messaging/reason-of';

export interface TwilioAccount {
	accountSid: string;
	/** The builder's Messaging Service; replies and openers go through it. */
	messagingServiceSid?: string;
	/** https://api.twilio.com, a region's host, or one host that serves every product. */
	apiBaseUrl: string;
	/** Where consents are told; left out, it follows from `apiBaseUrl`. */
	consentsBaseUrl?: string;
	/** Who answers STOP, START and HELP; left out, Twilio does. */
	answersKeywords?: 'twilio' | 'us';
	/** Whether Twilio is told of opt-outs and opt-ins. */
	tellConsents?: boolean;
}

/** Twilio's REST products, ready for the SDK's resource classes. */
export interface TwilioClient {
	account: TwilioAccount;
	/** api.twilio.com/2010-04-01 */
	api: V2010;
	/** messaging.twilio.com/v1 */
	messaging: V1;
	/** accounts.twilio.com/v1 */
	accounts: AccountsV1;
	/** lookups.twilio.com/v2 */
	lookups: LookupsV2;
	/** pricing.twilio.com/v1 */
	pricing: PricingV1;
}

export const DEFAULT_API_BASE_URL = 'https://api.twilio.com';
export const DEFAULT_TIMEOUT_MS = 15_000;

export interface TwilioClientOptions {
	timeoutMs?: number;
	signal?: AbortSignal | undefined;
}

/**
 * @param http carries the calls and adds the account's authentication.
 * Calls reject with TwilioApiError when Twilio refused, NoAnswerError when it did not answer.
 */
export function twilioClient(
	account: TwilioAccount,
	http: HttpClient,
	options: TwilioClientOptions = {},
): TwilioClient {
	const version = (product: string, name: string, baseUrl = account.apiBaseUrl) =>
		new Version(domain(productBaseUrl(baseUrl, product), http, options), name);
	// The SDK's product classes add getters for their resources, which would load all of them.
	return {
		account,
		api: version('api', '2010-04-01') as V2010,
		messaging: version('messaging', 'v1') as V1,
		accounts: version('accounts', 'v1', account.consentsBaseUrl) as AccountsV1,
		lookups: version('lookups', 'v2') as LookupsV2,
		pricing: version('pricing', 'v1') as PricingV1,
	};
}

/** Twilio serves each product on a host of its own (`messaging.dublin.ie1.twilio.com`); others use one host. */
export function productBaseUrl(apiBaseUrl: string, product: string): string {
	const url = new URL(apiBaseUrl);
	if (/^api\.(?:[a-z0-9-]+\.)*twilio\.com$/.test(url.hostname)) {
		url.hostname = url.hostname.replace(/^api\./, `${product}.`);
	}
	return url.toString().replace(/(?<!\/)\/+$/, '');
}

type SdkDomain = ConstructorParameters<typeof Version>[0];
type SdkRequest = Parameters<SdkDomain['request']>[0];

/** What the SDK's Version needs of its domain and client: two methods of the dozens they have. */
function domain(baseUrl: string, http: HttpClient, options: TwilioClientOptions): SdkDomain {
	const absoluteUrl = (uri: string) => `${baseUrl}/${uri.replace(/^\/+/, '')}`;
	const send = async (url: string, request: SdkRequest) => {
		const target = new URL(url);
		for (const [name, value] of formEntries(request.params))
			target.searchParams.append(name, value);
		const response = await http({
			method: (request.method ?? 'get').toUpperCase() as 'GET' | 'POST' | 'DELETE',
			url: target.toString(),
			timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
			headers: { accept: 'application/json' },
			...(request.data === undefined
				? {}
				: { body: new URLSearchParams(formEntries(request.data)) }),
			...(options.signal ? { signal: options.signal } : {}),
		});
		if (response.status >= 300) throw refusal(response);
		// A web page in Twilio's place says nothing of what became of the request.
		if (!isJson(response.body)) throw NoAnswerError.unreadable(target.host);
		return { statusCode: response.status, body: response.body, headers: response.headers };
	};
	const sdk = {
		absoluteUrl,
		request: async (request: SdkRequest) => await send(absoluteUrl(request.uri ?? ''), request),
		twilio: { request: async (request: SdkRequest) => await send(request.uri ?? '', request) },
	};
	return sdk as unknown as SdkDomain;
}

/** Where something was deleted, there is no body. */
function isJson(body: string): boolean {
	if (body.trim() === '') return true;
	try {
		return typeof JSON.parse(body) === 'object';
	} catch {
		return false;
	}
}

function formEntries(data: object | undefined): Array<[string, string]> {
	return Object.entries(data ?? {}).flatMap(([name, value]: [string, unknown]) => {
		if (value === undefined || value === null) return [];
		const values: unknown[] = Array.isArray(value) ? value : [value];
		return values.map((one): [string, string] => [name, String(one)]);
	});
}

function refusal(response: HttpResponse): TwilioApiError {
	const { code, message } = new RestException({
		statusCode: response.status,
		body: response.body,
		headers: response.headers,
	});
	const retryAfter = Number(response.headers['retry-after']);
	return new TwilioApiError({
		status: response.status,
		code,
		message: message || `Twilio answered with HTTP status ${response.status}`,
		requestId: response.headers['twilio-request-id'],
		retryAfterMs: Number.isFinite(retryAfter) ? retryAfter * 1000 : undefined,
	});
}

/** Twilio answered and refused. */
export class TwilioApiError extends Error {
	override readonly name = 'TwilioApiError';
	/** HTTP status. */
	readonly status: number;
	/** Twilio's error code (21610 ...); undefined where the answer had none. */
	readonly code: number | undefined;
	/** Twilio's id of the request, for its support. */
	readonly requestId: string | undefined;
	/** Milliseconds Twilio asked us to wait. */
	readonly retryAfterMs: number | undefined;

	constructor(problem: {
		status: number;
		code?: number | undefined;
		message: string;
		requestId?: string | undefined;
		retryAfterMs?: number | undefined;
	}) {
		super(withoutSecrets(problem.message));
		this.status = problem.status;
		this.code = problem.code;
		this.requestId = problem.requestId && withoutSecrets(problem.requestId);
		this.retryAfterMs = problem.retryAfterMs;
	}

	/** Twilio turned the request away unprocessed because too many came at once. */
	get rateLimited(): boolean {
		return this.status === 429 && (this.code === undefined || this.code === 20429);
	}

	/** Twilio itself says that there is no such thing. */
	get isNotFound(): boolean {
		return this.status === 404 && !this.isStranger;
	}

	/** The answer has no code of Twilio's, and says that there is nothing: another server may have answered. */
	get isStranger(): boolean {
		const isMisdirected = this.status < 400 || this.status === 404 || this.status === 405;
		return this.code === undefined && isMisdirected;
	}

	/** The server failed while working, or points elsewhere: what it did before that is not known. */
	get outcomeUnknown(): boolean {
		return this.status >= 500 || this.status < 400;
	}

	/** Asked again later, Twilio may answer otherwise, though nobody has mended anything. */
	get mayPass(): boolean {
		return this.rateLimited || this.status >= 500;
	}
}
