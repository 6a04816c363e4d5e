import type { IWebhookFunctions } from 'n8n-workflow';
import type { Clock } from '../../messaging/clock';
import type { TriggerContext } from '../host/field-value';
import { systemClock } from '../host/system-clock';
import { credentialKey, readerKey } from './credential-reader';
import { READING_COUNTS_MS, readingOf, type CredentialReading } from './read-credential';
import { TWILIO_CREDENTIAL, credentialText } from './twilio-credential';

/** What a webhook needs of the credential: whose texts these are and which tokens sign them. */
export interface SigningAccount extends CredentialReading {
	accountSid: string;
	/** The primary Auth Token and, during a rotation, the other one. Never empty strings. */
	authTokens: string[];
	/** Signs what the agents' notify webhooks get; empty where it is not set. */
	notifySigningSecret: string;
	/** Proves that a report of a call comes from the builder's phone system; empty where it is not set. */
	callReportSecret: string;
	/** Who answers STOP and HELP: Twilio, or the workflow. */
	keywordsAnsweredBy: 'twilio' | 'us';
}

/** Readings that requests with a wrong signature may cause: so many at once, then one a second. */
const SPARE_READINGS = 5;
const SPARE_READING_MS = 1_000;

const known = new Map<string, { account: SigningAccount; readAt: number }>();
const reading = new Map<string, Promise<SigningAccount>>();

/** The account that `reader` reads, at most a minute old. Rejects as `read` does. */
export async function keptSigningAccount(
	reader: string,
	read: () => Promise<SigningAccount>,
	clock: Clock,
): Promise<SigningAccount> {
	const kept = known.get(reader);
	if (kept !== undefined && clock.elapsed() - kept.readAt < READING_COUNTS_MS)
		return kept.account;
	return await freshSigningAccount(reader, read, clock);
}

/** The account as it is now; several that ask at once for one reader share one reading. */
export async function freshSigningAccount(
	reader: string,
	read: () => Promise<SigningAccount>,
	clock: Clock,
): Promise<SigningAccount> {
	const running = reading.get(reader);
	if (running !== undefined) return await running;
	known.delete(reader);
	forgetOld(clock.elapsed());
	const started = read();
	reading.set(reader, started);
	try {
		const account = await started;
		known.set(reader, { account, readAt: clock.elapsed() });
		return account;
	} finally {
		reading.delete(reader);
	}
}

/** Secrets stay in memory no longer than they are of use. */
function forgetOld(now: number): void {
	for (const [reader, { readAt }] of known) {
		if (now - readAt >= READING_COUNTS_MS) known.delete(reader);
	}
}

const spare = new Map<string, { readings: number; at: number }>();

/**
 * Whether a signature that does not match may make n8n read the credential again, which costs more
 * than the rest of the request: a forger must not have it read without end. A changed token works
 * at once, and within a second while somebody forges.
 */
export function mayReadAgain(credentialId: string, clock: Clock): boolean {
	const now = clock.elapsed();
	const before = spare.get(credentialId) ?? { readings: SPARE_READINGS, at: now };
	const regained = (now - before.at) / SPARE_READING_MS;
	const readings = Math.min(SPARE_READINGS, before.readings + regained);
	if (readings < 1) return false;
	spare.set(credentialId, { readings: readings - 1, at: now });
	return true;
}

/**
 * The credential's account, where its secrets prove the request; undefined where they do not. What
 * was read of the credential a while ago may have been changed since, so it is read again before
 * anything is refused, as far as `mayReadAgain` lets a forger have that.
 */
export async function provenAccount(
	context: IWebhookFunctions,
	proves: (account: SigningAccount) => boolean,
): Promise<SigningAccount | undefined> {
	const reader = readerKey(context, TWILIO_CREDENTIAL);
	const read = async () => await signingAccountOf(context);

	const kept = await keptSigningAccount(reader, read, systemClock);
	if (proves(kept)) return kept;
	// A forger may know the addresses of many triggers, so the readings are counted by credential.
	if (!mayReadAgain(credentialKey(context, TWILIO_CREDENTIAL), systemClock)) return undefined;
	const fresh = await freshSigningAccount(reader, read, systemClock);
	return proves(fresh) ? fresh : undefined;
}

/** Reads the node's credential. */
export async function signingAccountOf(context: TriggerContext): Promise<SigningAccount> {
	const asRead = await readingOf(context, TWILIO_CREDENTIAL);
	const { stored } = asRead;
	const text = (field: string) => credentialText(stored, field);
	return {
		accountSid: text('accountSid'),
		authTokens: [text('authToken'), text('secondaryAuthToken')].filter(Boolean),
		notifySigningSecret: text('notifySigningSecret'),
		callReportSecret: text('callReportSecret'),
		keywordsAnsweredBy: stored['keywordsAnsweredBy'] === 'us' ? 'us' : 'twilio',
		...asRead,
	};
}
