import { BUSY_FIX, type RedisExplanation } from './redis-explanation';
import type { RedisFailure } from './redis-failure';
import { redisServerName, type RedisSettings } from './redis-settings';

/** No connection, or one that broke. */
export function explainRedisNetwork(
	{ code }: RedisFailure,
	settings: RedisSettings,
): RedisExplanation | undefined {
	const { host, port, tls } = settings;
	switch (code) {
		case 'ENOTFOUND':
		case 'EAI_AGAIN':
			return {
				cause: `No server with the name ${host} was found`,
				fix: 'Check the host for a typing mistake. Where n8n runs in Docker, use the name of the Redis service, not localhost.',
			};
		case 'ECONNREFUSED':
			return {
				cause: `Nothing answers at ${host}, port ${port}`,
				fix: 'Check the host and the port, and that Redis is running. Where n8n runs in Docker, localhost is the container itself.',
			};
		case 'ETIMEDOUT':
		case 'EHOSTUNREACH':
		case 'ENETUNREACH':
			return {
				cause: `No answer from ${host}, port ${port}, in time`,
				fix: `Check that Redis is running and not overloaded, and that no firewall is between n8n and it.${
					tls.mode === 'off'
						? ' If it expects TLS, turn TLS on.'
						: ' If it does not use TLS, turn TLS off.'
				}`,
			};
		case 'ECONNRESET':
		case 'EPIPE':
		case 'ECONNABORTED':
			return {
				cause: `${redisServerName(settings)} ended the connection`,
				fix:
					tls.mode === 'off'
						? 'If it expects TLS, turn TLS on in the credential. Otherwise it was probably restarted.'
						: 'If it does not use TLS, turn TLS off in the credential. Otherwise it was probably restarted.',
			};
		case 'CLOSED':
			return { cause: 'The connection was closed', fix: 'Run the workflow again.' };
		case 'LATE':
			return { cause: 'Redis came to the request too late and left it', fix: BUSY_FIX };
		default:
			return undefined;
	}
}
