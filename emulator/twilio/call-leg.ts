import type { AccountRecord } from './records';
import { newSid } from './sids';

/** One leg of a call: the caller's, or that of a phone that is rung. */
export interface CallLeg {
	readonly sid: string;
	readonly parentSid: string | null;
	readonly from: string;
	readonly to: string;
	readonly fields: Readonly<Record<string, string>>;
	/** Twilio's CallStatus. */
	status: string;
	readonly startedAt: Date;
	/** Null while it goes on. */
	endedAt: Date | null;
}

/** Of a leg that is over, in milliseconds: as much as its events tell. */
const LASTED_MS = 7_000;

export function newLeg(leg: Pick<CallLeg, 'from' | 'to'> & Partial<CallLeg>): CallLeg {
	return {
		sid: newSid('CA'),
		parentSid: null,
		fields: {},
		status: 'ringing',
		startedAt: new Date(),
		endedAt: null,
		...leg,
	};
}

export function hasEnded({ status }: CallLeg): boolean {
	return !['ringing', 'in-progress'].includes(status);
}

/** @param status of a leg that was not over before. */
export function endLeg(leg: CallLeg, status: string): void {
	if (!hasEnded(leg)) leg.status = status;
	leg.endedAt ??= new Date(Math.min(Date.now(), leg.startedAt.getTime() + LASTED_MS));
}

/** The fields that every request about this leg has. */
export function legForm(account: AccountRecord, leg: CallLeg): Record<string, string> {
	return {
		CallSid: leg.sid,
		AccountSid: account.accountSid,
		From: leg.from,
		To: leg.to,
		Caller: leg.from,
		Called: leg.to,
		CallStatus: leg.status,
		Direction: leg.parentSid === null ? 'inbound' : 'outbound-dial',
		ApiVersion: '2010-04-01',
		FromCity: '',
		FromState: '',
		FromCountry: 'US',
		ToCity: '',
		ToState: '',
		ToCountry: 'US',
		...(leg.parentSid === null ? {} : { ParentCallSid: leg.parentSid }),
		...leg.fields,
	};
}
