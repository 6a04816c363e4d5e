import express from 'express';
import { FaultQueue } from './fault-queue';
import { listenLocally } from './local-server';
import { accountsApi } from './twilio/accounts-api';
import type { ApiError } from './twilio/api-error';
import { apiGate } from './twilio/api-gate';
import type { ApiRequest } from './twilio/api-request';
import { Calls } from './twilio/calls';
import { callsApi } from './twilio/calls-api';
import type { ContactCall, ContactCallResult } from './twilio/contact-call';
import { consentsApi } from './twilio/consents-api';
import { sendFromConsole, type ConsoleText } from './twilio/console-text';
import { controlApi } from './twilio/control-api';
import type { Delivery } from './twilio/delivery';
import type { TwilioFault, TwilioFaults } from './twilio/faults';
import { Inbound, type ContactText, type ContactTextResult } from './twilio/inbound';
import { lookupsApi } from './twilio/lookups-api';
import { mediaApi } from './twilio/media-api';
import { matchesFilter, type MessageFilter } from './twilio/message-filter';
import { messagesApi, notFound } from './twilio/messages-api';
import { numbersApi } from './twilio/numbers-api';
import { OutboundQueue } from './twilio/outbound';
import { phonePage } from './twilio/phone-page';
import { pricingApi } from './twilio/pricing-api';
import type {
	AccountRecord,
	ConsentRecord,
	MessageRecord,
	NumberRecord,
	ServiceRecord,
} from './twilio/records';
import { servicesApi } from './twilio/services-api';
import {
	addAccount,
	addNumber,
	addService,
	type AccountOptions,
	type NumberOptions,
	type ServiceOptions,
} from './twilio/setup';
import { TwilioState, type Contact, type Note } from './twilio/state';
import { StateFile } from './twilio/state-file';
import { sendStatusCallback } from './twilio/status-callback';
import { waitForMessage } from './twilio/wait-for-message';
import { directErrand, type DirectWebhook, Webhooks } from './twilio/webhooks';
import { urlRewriter } from './twilio/url-rewriter';

export interface TwilioEmulatorOptions {
	/** Default 0: a free port. */
	port?: number;
	/** Between two statuses of an outbound message. Default 5. */
	deliveryMs?: number;
	/** How long an application may take to answer a webhook. Default 15000, as at Twilio. */
	webhookTimeoutMs?: number;
	/** Default 5000, as at Twilio. */
	webhookConnectTimeoutMs?: number;
	/** How many times as long as Twilio it waits for an answer, where a busy machine gives them late. Default 1. */
	patience?: number;
	/** Public origins and where they really are: `{ 'https://sms.example.com': 'http://127.0.0.1:5678' }`. */
	hosts?: Readonly<Record<string, string>>;
	/** For rewriting that a table of origins cannot express; applied before `hosts`. */
	rewriteUrl?: (url: string) => string;
	/** How the API refuses an account that is not active. Default 401. */
	inactiveAccountStatus?: 401 | 403;
	/** Base URL of the model emulator, so that the phone page can set its faults too. */
	modelUrl?: string;
	/** People the phone page offers. */
	contacts?: readonly Contact[];
	/** For the phone page to say who writes the answers. Default: nothing is said. */
	note?: Note;
	/** A file that keeps numbers, settings and traffic for the next process. Default: nothing is kept. */
	stateFile?: string;
	/** From 0, below 1: chooses whom a fault hits that hits a share. Default: another choice each time. */
	chance?: () => number;
}

export interface TwilioEmulator {
	readonly port: number;
	/** Stands for every Twilio host: api.twilio.com and messaging.twilio.com alike. */
	readonly baseUrl: string;
	readonly phoneUrl: string;
	/** What there is, kept from an earlier process included. These are live records. */
	setup(): { accounts: AccountRecord[]; numbers: NumberRecord[]; services: ServiceRecord[] };
	addAccount(options?: AccountOptions): AccountRecord;
	addNumber(accountSid: string, options: NumberOptions): NumberRecord;
	addService(accountSid: string, options?: ServiceOptions): ServiceRecord;
	/** Makes the secondary Auth Token the primary one; the old primary is dead. */
	promoteSecondaryToken(accountSid: string): void;
	/** A contact texts one of our numbers. Resolves when every webhook of it has been answered or given up. */
	textFromContact(text: ContactText): Promise<ContactTextResult>;
	/** Somebody texts a contact in the Twilio Console, from one of our numbers or Services. */
	textFromConsole(text: ConsoleText): MessageRecord;
	/** A contact calls one of our numbers. Resolves when every request about the call has been answered. */
	callFromContact(call: ContactCall): Promise<ContactCallResult>;
	/** What Lookup says of a number's line: mobile (the default), landline, fixedVoip... */
	setLineType(phoneNumber: string, type: string): void;
	/** Sends the webhook of a message that came in once more, or several times. */
	redeliver(
		messageSid: string,
		times?: number,
		options?: { parallel?: boolean },
	): Promise<Delivery[]>;
	/** Sends a webhook composed by hand. */
	deliver(webhook: DirectWebhook): Promise<Delivery>;
	/** Messages in the order they came to be. These are live records: read, do not change. */
	messages(filter?: MessageFilter): MessageRecord[];
	/** The first message for which the predicate holds, now or later. Rejects after the time-out (default 60000). */
	waitForMessage(
		predicate: (message: MessageRecord) => boolean,
		timeoutMs?: number,
	): Promise<MessageRecord>;
	/** Sends a scheduled message now. */
	releaseScheduled(messageSid: string): void;
	/** What was told through the Consent Management API, oldest first. */
	readonly consents: readonly ConsentRecord[];
	isOptedOut(contact: string, senderOrServiceSid: string): boolean;
	readonly requests: readonly ApiRequest[];
	readonly deliveries: readonly Delivery[];
	readonly faults: TwilioFaults;
	/** Maps one more public origin to where it really is. */
	mapHost(publicOrigin: string, realOrigin: string): void;
	/** Forgets messages, logs, faults and opt-outs; keeps accounts, numbers and services. */
	clear(): void;
	close(): Promise<void>;
}

export async function startTwilioEmulator(
	options: TwilioEmulatorOptions = {},
): Promise<TwilioEmulator> {
	const state = new TwilioState();
	state.note = options.note ?? null;
	const file = options.stateFile ? new StateFile(options.stateFile, state) : undefined;
	file?.load();
	const known = new Set(state.contacts.map(({ phoneNumber }) => phoneNumber));
	state.contacts.push(
		...(options.contacts ?? []).filter(({ phoneNumber }) => !known.has(phoneNumber)),
	);
	const faults = new FaultQueue<TwilioFault>(options.chance);
	const rewriter = urlRewriter(options.hosts ?? {}, options.rewriteUrl);
	const webhooks = new Webhooks({
		state,
		faults,
		rewriteUrl: rewriter.rewrite,
		connectTimeoutMs: options.webhookConnectTimeoutMs ?? 5000,
		totalTimeoutMs: options.webhookTimeoutMs ?? 15_000,
		patience: options.patience ?? 1,
	});
	const outbound = new OutboundQueue({
		state,
		faults,
		stepMs: options.deliveryMs ?? 5,
		onStatus: (message) => void sendStatusCallback(state, webhooks, message),
	});
	let base = '';
	const baseUrl = (): string => base;
	const inbound = new Inbound({ state, faults, webhooks, outbound, apiBaseUrl: baseUrl });
	const calls = new Calls({ state, webhooks, apiBaseUrl: baseUrl });
	const clear = (): void => {
		faults.clear();
		outbound.close();
		state.clear();
	};

	const app = express();
	app.disable('x-powered-by');
	app.use(phonePage());
	app.use(
		controlApi({ state, faults, inbound, outbound, calls, clear, modelUrl: options.modelUrl }),
	);
	app.use(express.urlencoded({ extended: false, limit: '1mb' }));
	const gate = apiGate({ state, faults, inactiveStatus: options.inactiveAccountStatus ?? 401 });
	app.use(accountsApi(gate), messagesApi(state, gate, outbound), mediaApi(state, gate, baseUrl));
	app.use(numbersApi(state, gate), servicesApi(state, gate, baseUrl));
	app.use(lookupsApi(state, gate, baseUrl), callsApi(state, gate));
	app.use(pricingApi(gate, baseUrl), consentsApi(state, gate));
	app.use((request, response) => {
		const refusal: ApiError = notFound(request.path);
		response.status(refusal.status).json(refusal);
	});
	const server = await listenLocally(app, options.port);
	base = server.baseUrl;
	file?.follow();
	for (const message of state.messages) {
		if (message.direction !== 'inbound') outbound.start(message);
	}

	const message = (sid: string): MessageRecord => {
		const found = state.message(sid);
		if (!found) throw new Error(`No message ${sid}`);
		return found;
	};
	return {
		port: server.port,
		baseUrl: base,
		phoneUrl: `${base}/phone`,
		setup: () => ({
			accounts: [...state.accounts.values()],
			numbers: [...state.numbers.values()],
			services: [...state.services.values()],
		}),
		addAccount: (account) => addAccount(state, account),
		addNumber: (accountSid, number) => addNumber(state, accountSid, number),
		addService: (accountSid, service) => addService(state, accountSid, service),
		promoteSecondaryToken(accountSid) {
			const account = state.accounts.get(accountSid);
			if (!account?.secondaryAuthToken)
				throw new Error(`${accountSid} has no secondary token`);
			account.authToken = account.secondaryAuthToken;
			account.secondaryAuthToken = null;
		},
		textFromContact: (text) => inbound.text(text),
		textFromConsole: (text) => sendFromConsole(state, outbound, text),
		callFromContact: (call) => calls.call(call),
		setLineType: (phoneNumber, type) => void state.lineTypes.set(phoneNumber, type),
		redeliver: (sid, times = 1, { parallel = false } = {}) =>
			inbound.deliver(message(sid), times, parallel),
		async deliver(webhook) {
			const { deliveries } = await webhooks.send(directErrand(webhook));
			const last = deliveries.at(-1);
			if (!last) throw new Error('The webhook was not sent');
			return last;
		},
		messages: (filter = {}) => state.messages.filter((each) => matchesFilter(each, filter)),
		waitForMessage: (predicate, timeoutMs) => waitForMessage(state, predicate, timeoutMs),
		releaseScheduled: (sid) => outbound.release(message(sid)),
		isOptedOut: (contact, scope) => state.optOuts.has(`${scope}|${contact}`),
		consents: state.consents,
		requests: state.requests,
		deliveries: state.deliveries,
		faults,
		mapHost: rewriter.map,
		clear,
		async close() {
			outbound.close();
			for (const call of state.liveCalls) call.abandon();
			await server.close();
			file?.close();
		},
	};
}
