import type { IWebhookFunctions } from 'n8n-workflow';
import { signingAccountOf } from './signing-account';
import {
	freshSigningAccount,
	keptSigningAccount,
	mayReadAgain,
	type SigningAccount,
} from './signing-account.singleton';
import { systemClock } from './system-clock';
import { TWILIO_CREDENTIAL } from './twilio-credential';

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
