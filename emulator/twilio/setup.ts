import { ApiError } from './api-error';
import type {
	AccountRecord,
	AccountStatus,
	CampaignStatus,
	HttpMethod,
	NumberCapabilities,
	NumberRecord,
	ServiceRecord,
} from './records';
import { randomBytes } from 'node:crypto';
import { newSid } from './sids';
import type { TwilioState } from './state';

/** What a number that was just bought points to. */
export const DEMO_SMS_URL = 'https://demo.twilio.com/welcome/sms/reply';
export const DEMO_VOICE_URL = 'https://demo.twilio.com/welcome/voice/';

export interface AccountOptions {
	accountSid?: string;
	authToken?: string;
	secondaryAuthToken?: string;
	friendlyName?: string;
	status?: AccountStatus;
	/** Default true. */
	answersKeywords?: boolean;
}

export interface NumberOptions {
	/** Default: a new one. */
	sid?: string;
	phoneNumber: string;
	friendlyName?: string;
	smsUrl?: string;
	smsMethod?: HttpMethod;
	smsApplicationSid?: string;
	smsFallbackUrl?: string;
	voiceUrl?: string;
	voiceMethod?: HttpMethod;
	voiceApplicationSid?: string;
	trunkSid?: string;
	statusCallback?: string;
	capabilities?: Partial<NumberCapabilities>;
}

export interface ServiceOptions {
	friendlyName?: string;
	inboundRequestUrl?: string | null;
	inboundMethod?: HttpMethod;
	fallbackUrl?: string | null;
	statusCallback?: string | null;
	/** Default true, as the Console does it. */
	useInboundWebhookOnNumber?: boolean;
	stickySender?: boolean;
	smartEncoding?: boolean;
	advancedOptOut?: boolean;
	/** Phone numbers of the account that form the pool. */
	numbers?: string[];
	/** Short codes of the pool: they are listed, and send nothing. */
	shortCodes?: string[];
	/** Its A2P campaign, approved unless the status says otherwise. Default: it has none. */
	campaign?: { mps: number; status?: CampaignStatus };
}

export function addAccount(state: TwilioState, options: AccountOptions = {}): AccountRecord {
	const account: AccountRecord = {
		accountSid: options.accountSid ?? newSid('AC'),
		friendlyName: options.friendlyName ?? 'Emulated account',
		authToken: options.authToken ?? randomBytes(16).toString('hex'),
		secondaryAuthToken: options.secondaryAuthToken ?? null,
		status: options.status ?? 'active',
		answersKeywords: options.answersKeywords ?? true,
		createdAt: new Date(),
	};
	state.accounts.set(account.accountSid, account);
	state.emit('setup');
	return account;
}

export function addNumber(
	state: TwilioState,
	accountSid: string,
	options: NumberOptions,
): NumberRecord {
	if (!state.accounts.has(accountSid)) throw new Error(`No account ${accountSid}`);
	const now = new Date();
	const number: NumberRecord = {
		sid: options.sid ?? newSid('PN'),
		accountSid,
		phoneNumber: options.phoneNumber,
		capabilities: { sms: true, mms: true, voice: true, fax: false, ...options.capabilities },
		friendlyName: options.friendlyName ?? options.phoneNumber,
		smsUrl: options.smsUrl ?? DEMO_SMS_URL,
		smsMethod: options.smsMethod ?? 'POST',
		smsFallbackUrl: options.smsFallbackUrl ?? '',
		smsFallbackMethod: 'POST',
		smsApplicationSid: options.smsApplicationSid ?? '',
		voiceUrl: options.voiceUrl ?? DEMO_VOICE_URL,
		voiceMethod: options.voiceMethod ?? 'POST',
		voiceFallbackUrl: '',
		voiceFallbackMethod: 'POST',
		voiceApplicationSid: options.voiceApplicationSid ?? '',
		trunkSid: options.trunkSid ?? null,
		statusCallback: options.statusCallback ?? '',
		statusCallbackMethod: 'POST',
		createdAt: now,
		updatedAt: now,
	};
	state.numbers.set(number.sid, number);
	state.emit('setup');
	return number;
}

export function addService(
	state: TwilioState,
	accountSid: string,
	options: ServiceOptions = {},
): ServiceRecord {
	if (!state.accounts.has(accountSid)) throw new Error(`No account ${accountSid}`);
	const now = new Date();
	const { campaign } = options;
	const service: ServiceRecord = {
		sid: newSid('MG'),
		accountSid,
		friendlyName: options.friendlyName ?? 'Emulated service',
		inboundRequestUrl: options.inboundRequestUrl ?? null,
		inboundMethod: options.inboundMethod ?? 'POST',
		fallbackUrl: options.fallbackUrl ?? null,
		fallbackMethod: 'POST',
		statusCallback: options.statusCallback ?? null,
		useInboundWebhookOnNumber: options.useInboundWebhookOnNumber ?? true,
		stickySender: options.stickySender ?? true,
		smartEncoding: options.smartEncoding ?? true,
		mmsConverter: true,
		areaCodeGeomatch: true,
		validityPeriod: 36000,
		usecase: 'undeclared',
		advancedOptOut: options.advancedOptOut ?? false,
		numberSids: [],
		shortCodes: (options.shortCodes ?? []).map((shortCode) => ({
			sid: newSid('SC'),
			shortCode,
		})),
		campaign: campaign ? { sid: newSid('QE'), status: 'VERIFIED', ...campaign } : null,
		createdAt: now,
		updatedAt: now,
	};
	state.services.set(service.sid, service);
	for (const phoneNumber of options.numbers ?? []) {
		const number = state.numberByAddress(phoneNumber);
		if (number?.accountSid !== accountSid) throw new Error(`No number ${phoneNumber}`);
		joinService(state, service, number);
	}
	state.emit('setup');
	return service;
}

/** Refuses a number that is in this Service (21710) or in another one (21712). */
export function joinService(
	state: TwilioState,
	service: ServiceRecord,
	number: NumberRecord,
): void {
	const present = state.serviceOfNumber(number);
	if (present) throw new ApiError(present === service ? 21710 : 21712);
	service.numberSids.push(number.sid);
}
