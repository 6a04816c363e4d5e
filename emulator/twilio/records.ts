export type AccountStatus = 'active' | 'suspended' | 'closed';
export type HttpMethod = 'GET' | 'POST';

export interface AccountRecord {
	readonly accountSid: string;
	readonly friendlyName: string;
	/** The primary token: authenticates API requests and signs webhooks. */
	authToken: string;
	/** Authenticates API requests, signs nothing until promoted. */
	secondaryAuthToken: string | null;
	status: AccountStatus;
	/** False: Twilio has switched its keywords off, and STOP is a text like any other. */
	answersKeywords: boolean;
	readonly createdAt: Date;
}

export interface NumberCapabilities {
	sms: boolean;
	mms: boolean;
	voice: boolean;
	fax: boolean;
}

export interface NumberRecord {
	readonly sid: string;
	readonly accountSid: string;
	readonly phoneNumber: string;
	readonly capabilities: NumberCapabilities;
	friendlyName: string;
	smsUrl: string;
	smsMethod: HttpMethod;
	smsFallbackUrl: string;
	smsFallbackMethod: HttpMethod;
	smsApplicationSid: string;
	voiceUrl: string;
	voiceMethod: HttpMethod;
	voiceFallbackUrl: string;
	voiceFallbackMethod: HttpMethod;
	voiceApplicationSid: string;
	trunkSid: string | null;
	statusCallback: string;
	statusCallbackMethod: HttpMethod;
	readonly createdAt: Date;
	updatedAt: Date;
}

export interface ServiceRecord {
	readonly sid: string;
	readonly accountSid: string;
	friendlyName: string;
	inboundRequestUrl: string | null;
	inboundMethod: HttpMethod;
	fallbackUrl: string | null;
	fallbackMethod: HttpMethod;
	statusCallback: string | null;
	useInboundWebhookOnNumber: boolean;
	stickySender: boolean;
	smartEncoding: boolean;
	mmsConverter: boolean;
	areaCodeGeomatch: boolean;
	validityPeriod: number;
	usecase: string;
	/** Not in the API: set in Twilio's Console. Adds `OptOutType` to webhooks. */
	advancedOptOut: boolean;
	/** SIDs of the pool's numbers, in the order they were added. */
	numberSids: string[];
	readonly shortCodes: readonly ShortCodeRecord[];
	readonly campaign: CampaignRecord | null;
	readonly createdAt: Date;
	updatedAt: Date;
}

export interface ShortCodeRecord {
	readonly sid: string;
	readonly shortCode: string;
}

/** A Service's registration of what it sends to the United States (A2P 10DLC). */
export interface CampaignRecord {
	readonly sid: string;
	readonly status: CampaignStatus;
	/** Messages a second, as AT&T allows them. */
	readonly mps: number;
}

export type CampaignStatus = 'PENDING' | 'IN_PROGRESS' | 'VERIFIED' | 'FAILED';

export type ConsentStatus = 'opt-in' | 'opt-out' | 're-opt-in';

/** What an application told Twilio of a contact (Consent Management API). */
export interface ConsentRecord {
	readonly accountSid: string;
	readonly contact: string;
	/** A number, a short code or a Messaging Service SID. */
	readonly sender: string;
	readonly status: ConsentStatus;
	readonly source: string;
	/** ISO 8601; empty where it was not told. */
	readonly dateOfConsent: string;
}

export interface MediaRecord {
	readonly sid: string;
	readonly contentType: string;
	/** The bytes of an inbound medium; an outbound one is kept as the URL it came from. */
	readonly data: Buffer | null;
	readonly sourceUrl: string | null;
	readonly createdAt: Date;
}

export type MessageDirection = 'inbound' | 'outbound-api' | 'outbound-reply';

export type MessageStatus =
	| 'accepted'
	| 'scheduled'
	| 'canceled'
	| 'queued'
	| 'sending'
	| 'sent'
	| 'delivered'
	| 'undelivered'
	| 'failed'
	| 'received';

export interface MessageRecord {
	readonly sid: string;
	readonly accountSid: string;
	readonly direction: MessageDirection;
	/** Null until the Messaging Service has chosen a sender. */
	from: string | null;
	readonly to: string;
	body: string;
	readonly messagingServiceSid: string | null;
	status: MessageStatus;
	numSegments: number;
	media: MediaRecord[];
	errorCode: number | null;
	errorMessage: string | null;
	readonly statusCallback: string | null;
	readonly sendAt: Date | null;
	/** Twilio's own answer to STOP, START or HELP. */
	readonly automatic: boolean;
	/** False for an inbound text on a Service that has inbound disabled: Twilio does not log it. */
	readonly logged: boolean;
	/** For an inbound text: why no webhook is called about it; null when one is. */
	readonly undeliverable: string | null;
	/** Equal across all deliveries of this message's webhook. */
	readonly idempotencyToken: string;
	/** Extra form fields a test asked for. */
	readonly extraFields: Readonly<Record<string, string>>;
	readonly createdAt: Date;
	sentAt: Date | null;
	updatedAt: Date;
}
