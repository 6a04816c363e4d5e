import { foldLookalikes } from '../messaging/segments';
import type { ClaimRecord } from '../threads/claim-ledger';
import { newestMessagesTo, type TwilioMessage, withoutTrialPrefix } from '../twilio/api/messages';
import type { HeldClaim, SendDeps } from './outbound-draft';
import { OutcomeUnknownError } from './send-errors';

/** A send of which Twilio was asked and the answer is not known. */
export type SendingRecord = Extract<ClaimRecord, { phase: 'sending' }>;

/** A message shows in Twilio's list some seconds after it was taken. */
const WAITS_MS = [2_000, 5_000, 10_000];
/** After that long a message that is not in the list never came to be. */
const CERTAIN_AFTER_MS = 120_000;
/** Twilio's clock and ours differ; its dates have whole seconds. */
const CLOCK_SKEW_MS = 60_000;
/** Longer than all the looks at the list can take together. */
const RECONCILE_HOLD_MS = 120_000;
const ADOPTION_HOLD_MS = 30_000;
const LISTED = 50;
const THREAD_MESSAGES = 200;

/** Looks for a text of which the answer was lost just now. Undefined: nobody can tell yet. */
export async function findLostSend(
	deps: SendDeps,
	claim: HeldClaim,
	record: SendingRecord,
): Promise<TwilioMessage | undefined> {
	await deps.store.claims.note(claim.key, claim.token, record, RECONCILE_HOLD_MS);
	for (const wait of WAITS_MS) {
		await deps.clock.sleep(wait, deps.signal);
		const look = await lookForSend(deps, claim, record);
		if (look.kind === 'found') return look.message;
	}
	return undefined;
}

/**
 * What became of a send that an earlier holder left open: the message, or undefined when it is
 * certain that there is none. Rejects with OutcomeUnknownError when it is not certain yet; the
 * next may then ask at once.
 */
export async function outcomeOfOpenSend(
	deps: SendDeps,
	claim: HeldClaim,
	record: SendingRecord,
): Promise<TwilioMessage | undefined> {
	try {
		const look = await lookForSend(deps, claim, record);
		if (look.kind === 'found') return look.message;
		const certain = deps.clock.now() - Date.parse(record.since) >= CERTAIN_AFTER_MS;
		if (look.kind === 'absent' && certain) return undefined;
		const message = certain ? undefined : await findLostSend(deps, claim, record);
		if (message) return message;
		throw new OutcomeUnknownError(
			record.to,
			look.kind === 'failed' ? { cause: look.error } : {},
		);
	} catch (error) {
		await leaveOpen(deps, claim, record);
		throw error;
	}
}

/** Gives the claim to the next try, which will find the record and look again. */
export async function leaveOpen(
	deps: SendDeps,
	claim: HeldClaim,
	record: SendingRecord,
): Promise<void> {
	// Where even this fails, the hold ends by itself; the failure that led here matters more.
	await deps.store.claims.note(claim.key, claim.token, record, 0).catch(() => undefined);
}

type Look =
	| { kind: 'found'; message: TwilioMessage }
	| { kind: 'absent' }
	/** The list could not be read, or its message may be another's: nothing is known. */
	| { kind: 'failed'; error: unknown };

async function lookForSend(deps: SendDeps, claim: HeldClaim, record: SendingRecord): Promise<Look> {
	const thread = await deps.store.threads.read(claim.threadId, THREAD_MESSAGES);
	const known = new Set(thread.messages.map(({ messageSid }) => messageSid));
	let listed: TwilioMessage[];
	try {
		const filter = {
			to: record.to,
			...(record.from === undefined ? {} : { from: record.from }),
		};
		listed = await newestMessagesTo(deps.twilio, filter, LISTED);
	} catch (error) {
		return { kind: 'failed', error };
	}
	const candidates = listed.filter(
		(message) => !known.has(message.messageSid) && isThatSend(message, record),
	);
	for (const message of candidates.reverse()) {
		if (await adopt(deps, message)) return { kind: 'found', message };
	}
	return candidates.length === 0
		? { kind: 'absent' }
		: { kind: 'failed', error: new Error('Another send may have the same words') };
}

/** Whether a listed message can be the one that was asked for. */
export function isThatSend(message: TwilioMessage, record: SendingRecord): boolean {
	const earliest = Date.parse(record.since) - CLOCK_SKEW_MS;
	return (
		message.direction.startsWith('outbound') &&
		message.dateCreated !== undefined &&
		message.dateCreated.getTime() >= earliest &&
		(record.body !== '' || message.numMedia > 0) &&
		comparable(message.body) === comparable(record.body)
	);
}

/** A Service may have rewritten characters, a trial account puts its name in front. */
function comparable(body: string): string {
	return foldLookalikes(withoutTrialPrefix(body).normalize('NFC')).replace(/\s+/g, ' ').trim();
}

/**
 * Of two sends of the same words that both lost their answer, only one may take the message.
 * The thread shows whose it is before the hold ends.
 */
async function adopt(deps: SendDeps, { messageSid }: TwilioMessage): Promise<boolean> {
	const taken = await deps.store.claims.claim(`message:${messageSid}`, ADOPTION_HOLD_MS);
	return taken.status === 'claimed';
}
