import type { ICredentialDataDecryptedObject } from 'n8n-workflow';
import { systemClock } from '../host/system-clock';
import { rememberSecrets } from '../../secrets/known-secrets.singleton';

/** The fields of our credentials, and of n8n's own of OpenAI, that nobody may read. */
export const SECRET_FIELDS = [
	'authToken',
	'secondaryAuthToken',
	'notifySigningSecret',
	'callReportSecret',
	'apiKey',
	'headerValue',
	'password',
] as const;

/** What a request carries before a secret: "user:password" in base64. */
const USER_FIELDS = ['accountSid', 'user', 'database', 'host'] as const;

/** The whole credential, as it was read. */
export interface CredentialReading {
	stored: ICredentialDataDecryptedObject;
	/** Milliseconds, as `systemClock.elapsed` has them. */
	readAt: number;
}

/**
 * Milliseconds for which a reading counts. n8n decrypts the credential each time and, outside of an
 * execution, starts an expression engine to do so.
 */
export const READING_COUNTS_MS = 60_000;

interface CredentialContext {
	getCredentials(type: string): Promise<ICredentialDataDecryptedObject>;
}

/** A credential of the node's. Its secrets are blanked from now on wherever others' words are quoted. */
export async function readCredential(
	context: CredentialContext,
	type: string,
): Promise<ICredentialDataDecryptedObject> {
	const stored = await context.getCredentials(type);
	rememberSecretsOf(stored);
	return stored;
}

/** The same, with when it was read. */
export async function readingOf(
	context: CredentialContext,
	type: string,
): Promise<CredentialReading> {
	const readAt = systemClock.elapsed();
	return { stored: await readCredential(context, type), readAt };
}

export function rememberSecretsOf(data: ICredentialDataDecryptedObject | undefined): void {
	const textsOf = (fields: readonly string[]) =>
		fields.flatMap((field) => {
			const value = data?.[field];
			return typeof value === 'string' && value.trim() !== '' ? [value.trim()] : [];
		});
	const users = [...textsOf(USER_FIELDS), ...textsOf(['baseUrl', 'url']).flatMap(namesInHost)];
	rememberSecrets(textsOf(SECRET_FIELDS), users);
}

/** At http://ollama:11434 the key is often "ollama" too. */
function namesInHost(address: string): string[] {
	return URL.canParse(address) ? new URL(address).hostname.split('.') : [];
}
