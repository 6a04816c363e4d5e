import { connectionSettings, type RetryCause } from './connection-overrides';
import type { Delivery } from './delivery';
import type { TwilioFaults } from './faults';
import type { HttpOutcome } from './http-call';
import type { WebhookParams } from './signature';
import type { TwilioState } from './state';
import { readCallAnswer, readWebhookAnswer, type WebhookReading } from './webhook-answer';
import { sendWebhook, type WebhookRequest } from './webhook-sender';

export interface WebhooksOptions {
	readonly state: TwilioState;
	readonly faults: TwilioFaults;
	readonly rewriteUrl: (url: string) => string;
	readonly connectTimeoutMs: number;
	readonly totalTimeoutMs: number;
	/** All of that so many times. */
	readonly patience: number;
}

export interface WebhookErrand extends WebhookRequest {
	readonly kind: Delivery['kind'];
	readonly messageSid: string | null;
	readonly fallbackUrl?: string | null;
	readonly fallbackMethod?: string;
}

export interface Errand {
	/** Every attempt, in order; the last one decided. */
	readonly deliveries: readonly Delivery[];
	readonly reading: WebhookReading;
}

/** Sends webhooks, retries and falls back as Twilio does, and records every attempt. */
export class Webhooks {
	constructor(private readonly options: WebhooksOptions) {}

	async send(errand: WebhookErrand): Promise<Errand> {
		const deliveries: Delivery[] = [];
		let reading = await this.sendWithRetries(errand, errand, false, deliveries);
		if (reading.errorCode !== null && errand.fallbackUrl) {
			const request = {
				...errand,
				url: errand.fallbackUrl,
				method: errand.fallbackMethod ?? 'POST',
				params: {
					...errand.params,
					ErrorCode: String(reading.errorCode),
					ErrorUrl: errand.url,
				},
			};
			reading = await this.sendWithRetries(request, errand, true, deliveries);
		}
		return { deliveries, reading };
	}

	private async sendWithRetries(
		request: WebhookRequest,
		errand: WebhookErrand,
		fallback: boolean,
		deliveries: Delivery[],
	): Promise<WebhookReading> {
		const settings = connectionSettings(request.url, this.options);
		const endsAt = Date.now() + settings.totalTimeoutMs;
		// Of a pause between the attempts nothing is documented, so there is none.
		for (let attempt = 1; ; attempt += 1) {
			const startedAt = new Date();
			const leftMs = endsAt - startedAt.getTime();
			const sent = await sendWebhook(request, {
				connectTimeoutMs: Math.min(settings.connectTimeoutMs, leftMs),
				readTimeoutMs: Math.min(settings.readTimeoutMs, leftMs),
				rewriteUrl: this.options.rewriteUrl,
			});
			const outcome = this.loseAnswer(errand, request.url) ?? sent;
			const reading = this.read(errand, outcome);
			const delivery: Delivery = {
				kind: errand.kind,
				messageSid: errand.messageSid,
				url: request.url,
				method: request.method,
				fallback,
				attempt,
				status: outcome.kind === 'response' ? outcome.status : null,
				ms: Date.now() - startedAt.getTime(),
				contentType: outcome.kind === 'response' ? outcome.contentType : null,
				responseBody: outcome.kind === 'response' ? outcome.body.slice(0, 4000) : '',
				errorCode: reading.errorCode,
				errorDetail: reading.errorDetail,
				params: request.params,
				at: startedAt,
			};
			deliveries.push(delivery);
			this.options.state.delivered(delivery);
			const cause = retryCause(outcome);
			if (cause === null || attempt > settings.retries || !settings.retryOn.has(cause)) {
				return reading;
			}
			if (Date.now() >= endsAt) return reading;
		}
	}

	/** A callback wants any 2xx; the other answers are read as TwiML. */
	private read(errand: WebhookErrand, outcome: HttpOutcome): WebhookReading {
		if (errand.kind === 'call') return readCallAnswer(outcome);
		const isCallback = errand.kind === 'status' || errand.kind === 'callEvent';
		if (!isCallback || outcome.kind === 'failure') return readWebhookAnswer(outcome);
		const fine = outcome.status >= 200 && outcome.status <= 299;
		return {
			errorCode: fine ? null : 11200,
			errorDetail: fine ? null : `HTTP status ${outcome.status}`,
			replies: [],
		};
	}

	private loseAnswer(errand: WebhookErrand, url: string): HttpOutcome | undefined {
		if (errand.kind !== 'inbound') return undefined;
		const fault = this.options.faults.take(['webhook-response-lost'], { path: url });
		return fault && { kind: 'failure', phase: 'read', detail: 'the answer was lost (fault)' };
	}
}

function retryCause(outcome: HttpOutcome): RetryCause | null {
	if (outcome.kind === 'failure') return outcome.phase === 'connect' ? 'ct' : 'rt';
	if (outcome.status >= 500) return '5xx';
	return outcome.status >= 400 ? '4xx' : null;
}

export type DirectWebhook = {
	readonly url: string;
	readonly params: WebhookParams;
	/** The key to sign with. Leave out to send no signature. */
	readonly token?: string;
	readonly method?: string;
	/** The URL the signature is made for, when it is not the one called. */
	readonly signedUrl?: string;
	/** A ready signature instead of a computed one; null for none. */
	readonly signature?: string | null;
	readonly headers?: Readonly<Record<string, string>>;
};

/** A webhook composed by hand: forged, tampered, misdirected or simply repeated. */
export function directErrand(webhook: DirectWebhook): WebhookErrand {
	const { token, signature, ...rest } = webhook;
	const noToken = token === undefined && signature === undefined;
	return {
		...rest,
		kind: 'direct',
		messageSid: null,
		method: webhook.method ?? 'POST',
		token: token ?? '',
		...(noToken ? { signature: null } : signature === undefined ? {} : { signature }),
	};
}
