import type { RedisExplanation } from './redis-explanation';
import type { RedisFailure } from './redis-failure';
import { redisServerName, type RedisSettings } from './redis-settings';

const WRONG_NAME = 'ERR_TLS_CERT_ALTNAME_INVALID';
const UNTRUSTED = new Set([
	'DEPTH_ZERO_SELF_SIGNED_CERT',
	'SELF_SIGNED_CERT_IN_CHAIN',
	'UNABLE_TO_GET_ISSUER_CERT',
	'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
	'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
	'CERT_UNTRUSTED',
]);

/** The encryption could not be agreed on. */
export function explainRedisTls(
	{ code, message }: RedisFailure,
	settings: RedisSettings,
): RedisExplanation | undefined {
	const { host, tls } = settings;
	if (UNTRUSTED.has(code)) {
		return {
			cause: `The certificate of ${redisServerName(settings)} is not from an authority that n8n trusts`,
			fix:
				tls.mode === 'verified' && tls.ca !== undefined
					? 'Paste the certificate of the authority that issued it; the one given did not.'
					: 'Choose TLS with your own CA certificate and paste the certificate of the authority that issued it.',
		};
	}
	if (code === WRONG_NAME) {
		return {
			cause: `The certificate of the server is not for the name ${host}`,
			fix: 'Use the host name that the certificate was issued for.',
		};
	}
	if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
		return {
			cause: `The certificate of ${redisServerName(settings)} is not valid at this date`,
			fix: 'Have the certificate renewed, and check the clock of the machine that n8n runs on.',
		};
	}
	if (/certificate required|bad certificate|handshake failure/i.test(message)) {
		return {
			cause: `${redisServerName(settings)} asks for a client certificate, which is not supported`,
			fix: 'Set "tls-auth-clients no" (or optional) on the Redis server and use a password.',
		};
	}
	if (/wrong version number|packet length|record/i.test(message) && tls.mode !== 'off') {
		return {
			cause: `${redisServerName(settings)} does not use TLS on this port`,
			fix: 'Turn TLS off, or use the port that has TLS.',
		};
	}
	return undefined;
}
