import { createHmac, timingSafeEqual, createHash } from 'node:crypto';
import { parsePhoneNumber } from '../messaging/phone-number';
import type { MissedCall } from './missed-call';

/** Where another phone system's report has what we need. Dots lead into nested data. */
export interface CallReportMapping {
	/** Other reports than this kind are not about a call that has ended. */
	kind?: { field: string; value: string };
	/** The person to text. */
	contact: string;
	/** Our number. */
	called: string;
	/** A call that we made; there the two numbers have changed places. */
	outbound?: { field: string; value: string };
	/** All calls of such reports were ours to somebody; the fields say whose number is whose. */
	onlyOutbound?: true;
	callId: string;
	status: string;
	/** Values of `status` that mean nobody took the call. */
	missed: readonly string[];
}

/** Systems whose reports are documented in public; docs/decisions.md says where. */
const KNOWN_SYSTEMS = {
	retell: {
		kind: { field: 'event', value: 'call_ended' },
		contact: 'call.from_number',
		called: 'call.to_number',
		outbound: { field: 'call.direction', value: 'outbound' },
		callId: 'call.call_id',
		status: 'call.disconnection_reason',
		missed: ['dial_no_answer', 'dial_busy', 'dial_failed', 'voicemail_reached'],
	},
	vapi: {
		kind: { field: 'message.type', value: 'end-of-call-report' },
		// In both directions, the customer is the other side.
		contact: 'message.customer.number',
		called: 'message.phoneNumber.number',
		// An assistant that is called itself is never not answered.
		onlyOutbound: true,
		callId: 'message.call.id',
		status: 'message.endedReason',
		missed: ['customer-did-not-answer', 'customer-busy', 'voicemail'],
	},
} satisfies Record<string, CallReportMapping>;

/** Whose reports they are: those of a system that we know, or of one whose fields are named. */
export type CallSystem = keyof typeof KNOWN_SYSTEMS | CallReportMapping;

/** A call that nobody took, as the other system tells of it. */
interface ReportedCall {
	callId: string;
	contact: string;
	called: string;
	status: string;
	/** Whether it was we who called. */
	weCalled: boolean;
}

export type CallReport =
	| ({ kind: 'missed' } & ReportedCall)
	/** Somebody took it, or the report is about something else. */
	| { kind: 'other' }
	/** A field that is needed is not there. */
	| { kind: 'incomplete'; field: string };

/** Never throws, whatever the body is. */
export function readCallReport(body: unknown, system: CallSystem): CallReport {
	const mapping: CallReportMapping = typeof system === 'string' ? KNOWN_SYSTEMS[system] : system;
	const text = (path: string) => textAt(body, path);
	const { kind, outbound } = mapping;
	if (kind !== undefined && text(kind.field) !== kind.value) return { kind: 'other' };
	const status = text(mapping.status);
	if (status === '') return { kind: 'incomplete', field: mapping.status };
	const missed = mapping.missed.map((value) => value.trim().toLowerCase());
	if (!missed.includes(status.toLowerCase())) return { kind: 'other' };

	const callId = text(mapping.callId);
	if (callId === '') return { kind: 'incomplete', field: mapping.callId };
	const isSwapped = outbound !== undefined && text(outbound.field) === outbound.value;
	const [contact, called] = isSwapped
		? [mapping.called, mapping.contact]
		: [mapping.contact, mapping.called];
	const weCalled = isSwapped || mapping.onlyOutbound === true;
	return {
		kind: 'missed',
		...{ callId, contact: text(contact), called: text(called), status, weCalled },
	};
}

function textAt(body: unknown, path: string): string {
	let at: unknown = body;
	for (const name of path.trim().split('.')) {
		if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return '';
		at = (at as Readonly<Record<string, unknown>>)[name];
	}
	return typeof at === 'string' || typeof at === 'number' || typeof at === 'boolean'
		? String(at).trim()
		: '';
}

/** Claims are kept by the call's id, so another system's may be of any length. */
const MAX_ID = 64;

/**
 * The call of a report. A number that is none stays as it is: who calls from it is passed over.
 *
 * @param country for numbers without a country code.
 */
export function reportedCall(report: ReportedCall, country: string | undefined): MissedCall {
	const { callId, contact, called, status, weCalled } = report;
	const hash = () => createHash('sha256').update(callId).digest('hex');
	return {
		callSid: callId.length <= MAX_ID ? callId : hash(),
		caller: asPhoneNumber(contact, country),
		called: asPhoneNumber(called, country),
		rang: [],
		dialCallStatus: status,
		recording: undefined,
		...(weCalled ? { weCalled } : {}),
	};
}

function asPhoneNumber(number: string, country: string | undefined): string {
	try {
		return parsePhoneNumber(number, country, 'Number');
	} catch {
		return number;
	}
}

/** What a report of a call proves itself with. */
interface CallReportProof {
	/** Header names in lower case. */
	headers: Readonly<Record<string, unknown>>;
	/** The body as it came. */
	rawBody: Uint8Array;
	/** Milliseconds since 1970, UTC. */
	now: number;
}

/** A signed report is fresh for so long, in milliseconds. */
const FRESH_MS = 5 * 60_000;
/** Retell's form: the time in milliseconds, and the signature of the body followed by it. */
const RETELL_SIGNATURE = /^v=(\d{1,16}),d=([0-9a-f]{64})$/i;

/** Whether a report says at all by what it wants to be believed, the secret or a signature. */
export function carriesProof(headers: CallReportProof['headers']): boolean {
	return secretsSent(headers).length > 0 || retellSignature(headers) !== undefined;
}

/**
 * Whether the sender knows the secret: it sent it, as a bearer token, in X-Webhook-Secret or in
 * X-Vapi-Secret, or signed the report with it as Retell does. Takes the same time for every wrong
 * secret. An empty secret proves nothing.
 */
export function isProven({ headers, rawBody, now }: CallReportProof, secret: string): boolean {
	if (secret === '') return false;
	if (secretsSent(headers).some((candidate) => isSame(candidate, secret))) return true;

	const signed = retellSignature(headers);
	if (signed === undefined || Math.abs(now - Number(signed.at)) > FRESH_MS) return false;
	const expected = createHmac('sha256', secret).update(rawBody).update(signed.at).digest('hex');
	return isSame(signed.signature.toLowerCase(), expected);
}

function secretsSent(headers: CallReportProof['headers']): string[] {
	const bearer = /^bearer\s+(\S.*)$/i.exec(headerOf(headers, 'authorization'))?.[1] ?? '';
	const named = ['x-webhook-secret', 'x-vapi-secret'].map((name) => headerOf(headers, name));
	return [bearer, ...named].filter(Boolean);
}

function retellSignature(
	headers: CallReportProof['headers'],
): { at: string; signature: string } | undefined {
	const [, at, signature] = RETELL_SIGNATURE.exec(headerOf(headers, 'x-retell-signature')) ?? [];
	return at === undefined || signature === undefined ? undefined : { at, signature };
}

function headerOf(headers: CallReportProof['headers'], name: string): string {
	const value = headers[name];
	return typeof value === 'string' ? value.trim() : '';
}

/** Of equal length once hashed, so that not even the length of the secret shows. */
function isSame(given: string, expected: string): boolean {
	const hash = (text: string) => createHash('sha256').update(text).digest();
	return timingSafeEqual(hash(given), hash(expected));
}
