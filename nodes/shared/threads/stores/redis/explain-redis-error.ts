import { causeOf, withoutSecrets } from '../../../messaging/reason-of';
import { errorText } from '../../../messaging/text-bounds';
import { explainNetworkError, type NetworkWords, type Problem } from '../explain-network-error';
import { StoreUnavailableError } from '../../thread-store';
import { RedisFailure } from './redis-failure';
import { redisServerName, type RedisSettings } from './redis-settings';

/** Any failure of a call in the words of the port. Never repeats the password. */
export function redisUnavailable(settings: RedisSettings, error: unknown): StoreUnavailableError {
	const { cause, fix } = explainRedisError(error, settings);
	return new StoreUnavailableError(redisServerName(settings), withoutSecrets(`${cause} ${fix}`), {
		cause: causeOf(error),
	});
}

/** What a failure means for somebody who filled in the credential. */
function explainRedisError(error: unknown, settings: RedisSettings): Problem {
	if (!(error instanceof RedisFailure)) {
		return {
			cause: 'Something other than Redis seems to answer at this address.',
			fix: 'Check the host and the port.',
		};
	}
	return (
		explainNetworkError(error, networkWords(settings)) ??
		explainRedisLogin(error, settings) ??
		explainRedisRefusal(error) ?? {
			cause: `${redisServerName(settings)} refused: ${errorText(error.message)}.`,
			fix: 'Ask whoever runs this Redis server.',
		}
	);
}

const BUSY_FIX = 'Try again in a moment; nothing has to be changed.';

/** Who we are and what we may do. */
function explainRedisLogin(
	{ code, message }: RedisFailure,
	{ user, database, keyPrefix }: RedisSettings,
): Problem | undefined {
	if (code === 'NOPERM') {
		return {
			cause: `Redis does not let the user ${user || 'default'} do what the thread store needs.`,
			fix: `Give the user the keys ~{${keyPrefix}}:* and the commands +@read +@write +@scripting +@connection +time -@dangerous.`,
		};
	}
	if (code === 'NOAUTH') {
		return {
			cause: 'Redis asks for a password.',
			fix: 'Fill in the password (and the user, if there is one).',
		};
	}
	if (code === 'DENIED') {
		return {
			cause: 'Redis runs in protected mode: it takes no connections from other machines without a password.',
			fix: 'Set a password on the Redis server (requirepass, or an ACL user) and fill it in here.',
		};
	}
	if (/password configured|no password is set/i.test(message)) {
		return {
			cause: 'This Redis server has no password.',
			fix: 'Leave user and password empty.',
		};
	}
	if (/wrong number of arguments for '?auth/i.test(message)) {
		return {
			cause: 'This Redis server is older than version 6 and knows no users.',
			fix: 'Leave the user empty.',
		};
	}
	if (code === 'WRONGPASS' || /invalid password/i.test(message)) {
		return {
			cause: user
				? `Redis does not accept the user ${user} with this password.`
				: 'Redis does not accept the password.',
			fix: 'Correct the user and the password. A server with only a password has no user: leave it empty.',
		};
	}
	if (/DB index|invalid database|SELECT is not allowed/i.test(message)) {
		return {
			cause: `Redis has no database number ${database}.`,
			fix: 'Use 0, the only one of many hosted servers, or a number below the "databases" setting.',
		};
	}
	return undefined;
}

/** The server is there and lets us in, but cannot do it. */
function explainRedisRefusal({ code, message }: RedisFailure): Problem | undefined {
	switch (code) {
		case 'CLOSED':
			return { cause: 'The connection was closed.', fix: 'Run the workflow again.' };
		case 'LATE':
			return { cause: 'Redis came to the request too late and left it.', fix: BUSY_FIX };
		case 'OOM':
			return {
				cause: 'The memory of Redis is full, so it takes no more texts.',
				fix: 'Give Redis more memory (maxmemory), or keep fewer messages or days.',
			};
		case 'MISCONF':
			return {
				cause: 'Redis cannot write to its disk and refuses changes.',
				fix: 'Free disk space on the Redis server; its log says what is wrong.',
			};
		case 'LOADING':
			return { cause: 'Redis is starting and still loads its data.', fix: BUSY_FIX };
		case 'BUSY':
			return { cause: "Redis is held up by somebody's script.", fix: BUSY_FIX };
		case 'READONLY':
		case 'MASTERDOWN':
		case 'NOREPLICAS':
			return {
				cause: 'This Redis server is a replica, or its replicas are gone, and it takes no changes.',
				fix: 'Use the address of the primary. After a failover the next attempt finds it by itself if the host name follows it.',
			};
		case 'MOVED':
		case 'ASK':
		case 'CLUSTERDOWN':
		case 'CROSSSLOT':
			return {
				cause: 'This is one node of a Redis Cluster, which the thread store cannot use.',
				fix: 'Use a Redis server that is not clustered, or the address of a proxy in front of the cluster.',
			};
		case 'WRONGTYPE':
			return {
				cause: 'Another program keeps other data under this key prefix.',
				fix: 'Choose another key prefix or another database.',
			};
		default:
			break;
	}
	if (/max number of clients/i.test(message)) {
		return {
			cause: 'Redis has no connection left.',
			fix: 'Raise "maxclients" on the Redis server, or end programs that hold connections.',
		};
	}
	if (/unknown command/i.test(message)) {
		return {
			cause: 'This server does not know a command that the thread store needs (EVAL, EVALSHA).',
			fix: 'Use Redis 5 or later, or a compatible server such as Valkey that runs Lua scripts.',
		};
	}
	return undefined;
}

function networkWords(settings: RedisSettings): NetworkWords {
	const { host, port, tls } = settings;
	const server = redisServerName(settings);
	const encrypted = tls.mode !== 'off';
	return {
		unknownName: {
			cause: `No server with the name ${host} was found.`,
			fix: 'Check the host for a typing mistake. Where n8n runs in Docker, use the name of the Redis service, not localhost.',
		},
		refused: {
			cause: `Nothing answers at ${host}, port ${port}.`,
			fix: 'Check the host and the port, and that Redis is running. Where n8n runs in Docker, localhost is the container itself.',
		},
		silent: {
			cause: `No answer from ${host}, port ${port}, in time.`,
			fix: `Check that Redis is running and not overloaded, and that no firewall is between n8n and it. ${
				encrypted
					? 'If it does not use TLS, turn TLS off.'
					: 'If it expects TLS, turn TLS on.'
			}`,
		},
		broken: {
			cause: `${server} ended the connection.`,
			fix: `${
				encrypted
					? 'If it does not use TLS, turn TLS off in the credential.'
					: 'If it expects TLS, turn TLS on in the credential.'
			} Otherwise it was probably restarted.`,
		},
		noEncryption: {
			cause: `${server} does not use TLS on this port.`,
			fix: 'Turn TLS off, or use the port that has TLS.',
		},
		untrusted: {
			cause: `The certificate of ${server} is not from an authority that n8n trusts.`,
			fix:
				tls.mode === 'verified' && tls.ca !== undefined
					? 'Paste the certificate of the authority that issued it; the one given did not.'
					: 'Choose TLS with your own CA certificate and paste the certificate of the authority that issued it.',
		},
		wrongName: {
			cause: `The certificate of the server is not for the name ${host}.`,
			fix: 'Use the host name that the certificate was issued for.',
		},
		outOfDate: {
			cause: `The certificate of ${server} is not valid at this date.`,
			fix: 'Have the certificate renewed, and check the clock of the machine that n8n runs on.',
		},
		clientCertificate: {
			cause: `${server} asks for a client certificate, which is not supported.`,
			fix: 'Set "tls-auth-clients no" (or optional) on the Redis server and use a password.',
		},
		encryptionFailed: {
			cause: `The encrypted connection to ${server} could not be set up.`,
			fix: 'Check that host and port lead to Redis and not to another service, and that both sides know a common version of TLS.',
		},
	};
}
