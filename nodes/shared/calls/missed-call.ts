import type { Clock } from '../messaging/clock';
import { isFirstOfWindow } from './call-marks';
import type { OpenThreadStore } from '../threads/thread-store';
import { canReceiveTexts } from '../twilio/api/line-type';

/** A call that nobody took, of somebody who might be texted. */
interface MissedCall {
	/** E.164. */
	caller: string;
	threadId: string;
}

interface MissedCallRules {
	/** Calls of one contact within so many milliseconds count as one; 0: each counts. */
	windowMs: number;
	/** The kind of the caller's line; absent where nobody asks. */
	lineTypeOf?: (caller: string) => Promise<string | null>;
}

/** Why a missed call starts nothing. */
export type PassedOver =
	'withheld' | 'notAPhone' | 'ignored' | 'optedOut' | 'repeated' | 'cannotText';

type MissedCallVerdict =
	/** As far as can be told, where the look-up failed. */
	{ kind: 'textable'; lookupFailure?: unknown } | { kind: 'passedOver'; why: PassedOver };

const PHONE = /^\+[1-9]\d{6,14}$/;

/** Whether the caller is to be texted. Rejects with StoreUnavailableError. */
export async function judgeMissedCall(
	{ store, clock }: { store: OpenThreadStore; clock: Clock },
	{ caller, threadId }: MissedCall,
	rules: MissedCallRules,
): Promise<MissedCallVerdict> {
	const { state } = await store.threads.read(threadId, 1);
	if (state.consent.status === 'optedOut') return passedOver('optedOut');
	const deps = { claims: store.claims, clock };
	if (!(await isFirstOfWindow(deps, threadId, rules.windowMs))) return passedOver('repeated');
	// Last, because it costs money.
	if (rules.lineTypeOf === undefined) return { kind: 'textable' };
	try {
		const lineType = await rules.lineTypeOf(caller);
		return canReceiveTexts(lineType) ? { kind: 'textable' } : passedOver('cannotText');
	} catch (lookupFailure) {
		return { kind: 'textable', lookupFailure };
	}
}

/**
 * What the number alone tells; undefined where it may be texted.
 *
 * @param ignored numbers of our own, and others that are never texted.
 */
export function judgeCaller(caller: string, ignored: ReadonlySet<string>): PassedOver | undefined {
	if (isWithheld(caller)) return 'withheld';
	if (!PHONE.test(caller)) return 'notAPhone';
	return ignored.has(caller) ? 'ignored' : undefined;
}

function passedOver(why: PassedOver): MissedCallVerdict {
	return { kind: 'passedOver', why };
}

/**
 * What stands in for a caller who withholds their number. The digits spell the word on a phone's
 * keys: Anonymous, Restricted, Blocked, Unknown, Unavailable.
 */
const WITHHELD = new Set([
	'266696687',
	'7378742833',
	'2562533',
	'8656696',
	'86282452253',
	'anonymous',
	'restricted',
	'blocked',
	'unknown',
	'unavailable',
	'private',
	'withheld',
]);

/** Whether there is nobody to text back. */
export function isWithheld(caller: string): boolean {
	const plain = caller.trim().toLowerCase().replace(/^\+/, '');
	return plain === '' || WITHHELD.has(plain);
}
