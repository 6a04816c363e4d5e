import { legForm, type CallLeg } from './call-leg';
import { checkVerbs } from './voice-verbs';
import type { Delivery } from './delivery';
import type { AccountRecord } from './records';
import type { WebhookParams } from './signature';
import type { WebhookReading } from './webhook-answer';
import type { Webhooks } from './webhooks';
import type { XmlElement } from './xml';

/** Ends a call: the application's answer cannot be used. */
export class CallFailed extends Error {
	constructor(readonly errorCode: number) {
		super(`Twilio error ${errorCode}`);
	}
}

export interface CallUrl {
	readonly url: string;
	readonly method: string;
	readonly fallbackUrl?: string | null;
	readonly fallbackMethod?: string;
}

/** The requests of one call to the application, signed and recorded. */
export class CallRequests {
	readonly deliveries: Delivery[] = [];

	constructor(
		private readonly webhooks: Webhooks,
		private readonly account: AccountRecord,
	) {}

	/** Asks what to do next. Throws CallFailed where there is no usable answer. */
	async ask(
		target: CallUrl,
		leg: CallLeg,
		fields: Readonly<Record<string, string>> = {},
	): Promise<readonly XmlElement[]> {
		const form = { ...legForm(this.account, leg), ...fields };
		const reading = await this.send('call', target, form);
		if (reading.errorCode !== null) throw new CallFailed(reading.errorCode);
		const verbs = reading.verbs ?? [];
		checkVerbs(verbs, leg.parentSid === null ? 'caller' : 'phone');
		return verbs;
	}

	/** Tells of something; nobody waits for what is answered. */
	async tell(
		url: string,
		method: string,
		leg: CallLeg,
		fields: Readonly<Record<string, string>>,
	): Promise<void> {
		const form = { ...legForm(this.account, leg), ...fields };
		await this.send('callEvent', { url, method }, form);
	}

	/** A recording's own event names the call, and neither of the two parties. */
	async tellOfRecording(
		url: string,
		leg: CallLeg,
		fields: Readonly<Record<string, string>>,
	): Promise<void> {
		const form = { AccountSid: this.account.accountSid, CallSid: leg.sid, ...fields };
		await this.send('callEvent', { url, method: 'POST' }, form);
	}

	private async send(
		kind: 'call' | 'callEvent',
		target: CallUrl,
		params: WebhookParams,
	): Promise<WebhookReading> {
		const { deliveries, reading } = await this.webhooks.send({
			kind,
			messageSid: null,
			...target,
			params,
			token: this.account.authToken,
		});
		this.deliveries.push(...deliveries);
		return reading;
	}
}
