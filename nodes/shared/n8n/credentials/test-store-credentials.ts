import type {
	ICredentialDataDecryptedObject,
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';
import { systemClock } from '../host/system-clock';

type StoreTest = { ok: true } | { ok: false; message: string };

/** n8n's Test button of the Redis credential. */
export async function testRedisStore(
	this: ICredentialTestFunctions,
	{ data }: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	return await runTest(data, async (fields) => {
		const { redisSettingsOf } = await import('../../threads/stores/redis/redis-settings.js');
		const { testRedisSettings } =
			await import('../../threads/stores/redis/test-redis-settings.js');
		return await testRedisSettings(redisSettingsOf(fields), systemClock);
	});
}

/** n8n's Test button of the Postgres credential. */
export async function testPostgresStore(
	this: ICredentialTestFunctions,
	{ data }: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	return await runTest(data, async (fields) => {
		const { postgresSettingsOf } =
			await import('../../threads/stores/postgres/postgres-settings.js');
		const { testPostgresSettings } =
			await import('../../threads/stores/postgres/test-postgres-settings.js');
		return await testPostgresSettings(postgresSettingsOf(fields), systemClock);
	});
}

async function runTest(
	data: ICredentialDataDecryptedObject | undefined,
	test: (fields: ICredentialDataDecryptedObject) => Promise<StoreTest>,
): Promise<INodeCredentialTestResult> {
	const { reasonWithFix, withoutSecrets } = await import('../../messaging/reason-of.js');
	const { rememberSecretsOf } = await import('./read-credential.js');
	rememberSecretsOf(data);
	try {
		const result = await test(data ?? {});
		return result.ok
			? { status: 'OK', message: 'Connected, and conversations can be kept there' }
			: { status: 'Error', message: withoutSecrets(result.message) };
	} catch (error) {
		return { status: 'Error', message: reasonWithFix(error) };
	}
}
