import { guessContentType } from './create-message';
import type { Delivery } from './delivery';
import type { TwilioFaults } from './faults';
import { inboundForm } from './inbound-form';
import { inboundRoute } from './inbound-route';
import { newMedium, newMessage } from './message-record';
import { applyOptOut, isOptedOut } from './opt-out';
import type { OutboundQueue } from './outbound';
import type { MessageRecord, NumberRecord, ServiceRecord } from './records';
import { countSegments } from './segments';
import type { TwilioState } from './state';
import type { ReplyText } from './webhook-answer';
import type { Errand, Webhooks } from './webhooks';

export interface ContactText {
	from: string;
	to: string;
	body: string;
	/** Bytes that Twilio will serve as the message's media. */
	media?: ReadonlyArray<{ contentType: string; data: Buffer }>;
	/** Media named by URL only. */
	mediaUrls?: readonly string[];
	/** Further form fields; they win over the usual ones. */
	fields?: Readonly<Record<string, string>>;
	/** When Twilio took it, for one of earlier. Default now. */
	at?: Date;
}

export interface ContactTextResult {
	readonly messageSid: string;
	readonly deliveries: readonly Delivery[];
	/** Why no webhook was called; null when one was. */
	readonly undeliverable: string | null;
}

export interface InboundOptions {
	readonly state: TwilioState;
	readonly faults: TwilioFaults;
	readonly webhooks: Webhooks;
	readonly outbound: OutboundQueue;
	readonly apiBaseUrl: () => string;
}

/** What happens when a contact texts one of the account's numbers. */
export class Inbound {
	constructor(private readonly options: InboundOptions) {}

	async text(text: ContactText): Promise<ContactTextResult> {
		const { state, faults } = this.options;
		const number = state.numberByAddress(text.to);
		if (!number) throw new Error(`${text.to} is not a number of any emulated account`);
		const service = state.serviceOfNumber(number);
		const route = inboundRoute(number, service);
		const message = newMessage({
			accountSid: number.accountSid,
			direction: 'inbound',
			from: text.from,
			to: text.to,
			body: text.body,
			status: 'received',
			numSegments: countSegments(text.body).numSegments,
			media: [
				...(text.media ?? []).map(({ contentType, data }) =>
					newMedium(contentType, { data }),
				),
				...(text.mediaUrls ?? []).map((sourceUrl) =>
					newMedium(guessContentType(sourceUrl), { sourceUrl }),
				),
			],
			messagingServiceSid: service?.sid ?? null,
			logged: route.kind !== 'disabled',
			undeliverable: route.kind === 'webhook' ? null : route.reason,
			extraFields: text.fields ?? {},
			...(text.at ? { at: text.at } : {}),
		});
		state.add(message);
		const answersKeywords = state.accounts.get(number.accountSid)?.answersKeywords !== false;
		const answer = answersKeywords ? applyOptOut(state, message, number, service) : null;
		if (answer) this.reply(answer);

		if (route.kind !== 'webhook') {
			return { messageSid: message.sid, deliveries: [], undeliverable: route.reason };
		}
		const fault = faults.take(['duplicate-webhook'], { path: route.url });
		const copies = fault ? (fault.factor ?? 2) : 1;
		const deliveries = await this.deliver(message, copies, true);
		return { messageSid: message.sid, deliveries, undeliverable: null };
	}

	/** Sends the message's webhook `times` times: all at once, or each after the answer to the last. */
	async deliver(message: MessageRecord, times: number, parallel: boolean): Promise<Delivery[]> {
		const one = async (): Promise<readonly Delivery[]> => await this.deliverOnce(message);
		if (parallel) return (await Promise.all(Array.from({ length: times }, one))).flat();
		const all: Delivery[] = [];
		for (let count = 0; count < times; count += 1) all.push(...(await one()));
		return all;
	}

	private async deliverOnce(message: MessageRecord): Promise<readonly Delivery[]> {
		const { state, webhooks, apiBaseUrl } = this.options;
		const number = state.numberByAddress(message.to);
		const account = state.accounts.get(message.accountSid);
		if (!number || !account) return [];
		const service = state.serviceOfNumber(number);
		const route = inboundRoute(number, service);
		if (route.kind !== 'webhook') return [];
		const errand: Errand = await webhooks.send({
			kind: 'inbound',
			messageSid: message.sid,
			url: route.url,
			method: route.method,
			fallbackUrl: route.fallbackUrl,
			fallbackMethod: route.fallbackMethod,
			params: inboundForm(state, message, apiBaseUrl()),
			token: account.authToken,
			headers: { 'I-Twilio-Idempotency-Token': message.idempotencyToken },
		});
		for (const reply of errand.reading.replies) this.replyText(message, number, service, reply);
		return errand.deliveries;
	}

	private replyText(
		inbound: MessageRecord,
		number: NumberRecord,
		service: ServiceRecord | undefined,
		reply: ReplyText,
	): void {
		const to = reply.to ?? inbound.from ?? '';
		if (isOptedOut(this.options.state, to, number, service)) return;
		this.reply(
			newMessage({
				accountSid: inbound.accountSid,
				direction: 'outbound-reply',
				from: reply.from ?? number.phoneNumber,
				to,
				body: reply.body,
				status: 'queued',
				numSegments: countSegments(reply.body, service?.smartEncoding).numSegments,
				media: reply.mediaUrls.map((sourceUrl) =>
					newMedium(guessContentType(sourceUrl), { sourceUrl }),
				),
				messagingServiceSid: service?.sid ?? null,
				statusCallback: reply.statusCallback,
			}),
		);
	}

	private reply(message: MessageRecord): void {
		this.options.state.add(message);
		this.options.outbound.start(message);
	}
}
