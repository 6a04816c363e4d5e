import type { IWebhookFunctions, IHookFunctions } from 'n8n-workflow';
import type { Clock } from '../../messaging/clock';
import { systemClock } from '../host/system-clock';
import { TWILIO_CREDENTIAL, credentialText } from './twilio-credential';

/** What a webhook needs of the credential: whose texts these are and which tokens sign them. */
export interface SigningAccount {
	accountSid: string;
	/** The primary Auth Token and, during a rotation, the other one. Never empty strings. */
	authTokens: string[];
	/** Signs what the agents' notify webhooks get; empty where it is not set. */
	notifySigningSecret: string;
	/** Proves that a report of a call comes from the builder's phone system; empty where it is not set. */
	callReportSecret: string;
}

/** Milliseconds until a credential is read again. Reading one makes n8n start an expression engine. */
const KEEP_MS = 60_000;

/** Readings that requests with a wrong signature may cause: so many at once, then one a second. */
const SPARE_READINGS = 5;
const SPARE_READING_MS = 1_000;

const known = new Map<string, { account: SigningAccount; readAt: number }>();
const reading = new Map<string, Promise<SigningAccount>>();

/** The account of a credential, at most a minute old. Rejects as `read` does. */
export async function keptSigningAccount(
	credentialId: string,
	read: () => Promise<SigningAccount>,
	clock: Clock,
): Promise<SigningAccount> {
	const kept = known.get(credentialId);
	if (kept !== undefined && clock.now() - kept.readAt < KEEP_MS) return kept.account;
	return await freshSigningAccount(credentialId, read, clock);
}

/** The account of a credential as it is now; several that ask at once share one reading. */
export async function freshSigningAccount(
	credentialId: string,
	read: () => Promise<SigningAccount>,
	clock: Clock,
): Promise<SigningAccount> {
	const running = reading.get(credentialId);
	if (running !== undefined) return await running;
	known.delete(credentialId);
	const started = read();
	reading.set(credentialId, started);
	try {
		const account = await started;
		known.set(credentialId, { account, readAt: clock.now() });
		return account;
	} finally {
		reading.delete(credentialId);
	}
}

const spare = new Map<string, { readings: number; at: number }>();

/**
 * Whether a signature that does not match may make n8n read the credential again, which costs more
 * than the rest of the request: a forger must not have it read without end. A changed token works
 * at once, and within a second while somebody forges.
 */
export function mayReadAgain(credentialId: string, clock: Clock): boolean {
	const now = clock.now();
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
	const { id, name } = context.getNode().credentials?.[TWILIO_CREDENTIAL] ?? {};
	const credentialId = id ?? `named ${name}`;
	const read = async () => await signingAccountOf(context);

	const kept = await keptSigningAccount(credentialId, read, systemClock);
	if (proves(kept)) return kept;
	if (!mayReadAgain(credentialId, systemClock)) return undefined;
	const fresh = await freshSigningAccount(credentialId, read, systemClock);
	return proves(fresh) ? fresh : undefined;
}

/** Reads the node's credential. */
export async function signingAccountOf(
	context: IHookFunctions | IWebhookFunctions,
): Promise<SigningAccount> {
	const stored = await context.getCredentials(TWILIO_CREDENTIAL);
	const text = (field: string) => credentialText(stored, field);
	return {
		accountSid: text('accountSid'),
		authTokens: [text('authToken'), text('secondaryAuthToken')].filter(Boolean),
		notifySigningSecret: text('notifySigningSecret'),
		callReportSecret: text('callReportSecret'),
	};
}
