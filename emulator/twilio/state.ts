import { EventEmitter } from 'node:events';
import type { ApiRequest } from './api-request';
import type { CallLeg } from './call-leg';
import type { Delivery } from './delivery';
import type { LiveCall } from './live-call';
import type {
	AccountRecord,
	ConsentRecord,
	MessageRecord,
	NumberRecord,
	ServiceRecord,
} from './records';

interface StateEvents {
	/** A message is new or has changed. */
	message: [MessageRecord];
	delivery: [Delivery];
	/** A live call is new or has changed. */
	call: [LiveCall];
	/** Accounts, numbers, services or contacts have changed, or all was cleared. */
	setup: [];
}

/** A leg of a call, as Twilio's list has it. */
export interface LoggedLeg {
	readonly accountSid: string;
	/** SID of the number of ours that was called. */
	readonly numberSid: string;
	readonly leg: CallLeg;
}

export interface Contact {
	readonly name: string;
	readonly phoneNumber: string;
}

/** Who writes the answers, and what else somebody who tries it should know. */
export interface Note {
	/** Always in sight: one sentence. */
	readonly summary: string;
	/** In sight when asked for. */
	readonly details: string;
}

/** Everything this emulator remembers. Lists are in the order things happened. */
export class TwilioState extends EventEmitter<StateEvents> {
	readonly accounts = new Map<string, AccountRecord>();
	readonly numbers = new Map<string, NumberRecord>();
	readonly services = new Map<string, ServiceRecord>();
	readonly messages: MessageRecord[] = [];
	readonly deliveries: Delivery[] = [];
	/** Those whose people decide while it goes on. */
	readonly liveCalls: LiveCall[] = [];
	/** Those and all others, leg by leg. */
	readonly callLog: LoggedLeg[] = [];
	readonly requests: ApiRequest[] = [];
	readonly contacts: Contact[] = [];
	/** What the phone page says above the conversations; null: nothing. */
	note: Note | null = null;
	/** `<number or Service SID>|<contact>` for everyone who texted STOP. */
	readonly optOuts = new Set<string>();
	/** What applications told of their contacts, as often as they did. */
	readonly consents: ConsentRecord[] = [];
	/** What Lookup says of a line: mobile, landline, fixedVoip... by number. */
	readonly lineTypes = new Map<string, string>();
	/** `<Service SID>|<contact>` to the sender the Service once chose for this contact. */
	readonly stickySenders = new Map<string, string>();

	numberByAddress(phoneNumber: string): NumberRecord | undefined {
		return [...this.numbers.values()].find((number) => number.phoneNumber === phoneNumber);
	}

	/** A number sits in at most one Service. */
	serviceOfNumber(number: NumberRecord): ServiceRecord | undefined {
		return [...this.services.values()].find((service) =>
			service.numberSids.includes(number.sid),
		);
	}

	pool(service: ServiceRecord): NumberRecord[] {
		return service.numberSids.flatMap((sid) => this.numbers.get(sid) ?? []);
	}

	message(sid: string): MessageRecord | undefined {
		return this.messages.find((message) => message.sid === sid);
	}

	add(message: MessageRecord): void {
		this.messages.push(message);
		this.emit('message', message);
	}

	changed(message: MessageRecord): void {
		message.updatedAt = new Date();
		this.emit('message', message);
	}

	remove(message: MessageRecord): void {
		this.messages.splice(this.messages.indexOf(message), 1);
	}

	delivered(delivery: Delivery): void {
		this.deliveries.push(delivery);
		this.emit('delivery', delivery);
	}

	/** Forgets the traffic; accounts, numbers, services and contacts stay. */
	clear(): void {
		this.messages.length = 0;
		this.deliveries.length = 0;
		for (const call of this.liveCalls.splice(0)) call.abandon();
		this.callLog.length = 0;
		this.requests.length = 0;
		this.optOuts.clear();
		this.consents.length = 0;
		this.stickySenders.clear();
		this.emit('setup');
	}
}
