import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';

/** The Redis server that keeps the threads. Tested by the nodes that use it. */
export class ThreadStoreRedisApi implements ICredentialType {
	name = 'threadStoreRedisApi';

	displayName = 'SMS Conversations: Redis API';

	documentationUrl =
		'https://unpkg.com/n8n-nodes-sms-agent/dist/docs/nodes/credentials.html#sms-conversations-redis-api';

	icon: Icon = {
		light: 'file:ThreadStoreRedisApi.svg',
		dark: 'file:ThreadStoreRedisApi.dark.svg',
	};

	/** The password is for this server alone; no other node may send it anywhere. */
	restrictToSupportedNodes = true as const;

	hideDomainRestrictionFields = true;

	properties: INodeProperties[] = [
		{
			displayName: 'Host',
			name: 'host',
			type: 'string',
			default: 'localhost',
			required: true,
			placeholder: 'e.g. redis.example.com',
			description:
				'Name or address of the Redis server. Redis 5 or later, Valkey and KeyDB work; a Redis Cluster does not. Turn persistence on there (appendonly yes) and eviction off (maxmemory-policy noeviction).',
		},
		{
			displayName: 'Port',
			name: 'port',
			type: 'number',
			default: 6379,
			typeOptions: { minValue: 1, maxValue: 65535 },
		},
		{
			displayName: 'Database Number',
			name: 'database',
			type: 'number',
			default: 0,
			typeOptions: { minValue: 0 },
			description: 'Hosted servers often have only number 0',
		},
		{
			displayName: 'User',
			name: 'user',
			type: 'string',
			default: '',
			description: 'Leave empty where the server has only a password, or none',
		},
		{
			displayName: 'Password',
			name: 'password',
			type: 'string',
			typeOptions: { password: true },
			default: '',
		},
		{
			displayName: 'TLS',
			name: 'tls',
			type: 'options',
			default: 'off',
			options: [
				{
					name: 'Off',
					value: 'off',
					description: 'Not encrypted: for a server on the same machine or network',
				},
				{
					name: 'On',
					value: 'on',
					description: 'Encrypted, with a certificate from a public authority',
				},
				{
					name: 'On, with Your Own CA Certificate',
					value: 'ca',
					description: 'Encrypted, with a certificate that your own authority issued',
				},
				{
					name: 'On, without Checking the Certificate',
					value: 'unverified',
					description: 'Encrypted, but anybody in between could read along',
				},
			],
		},
		{
			displayName: 'CA Certificate',
			name: 'ca',
			type: 'string',
			typeOptions: { rows: 4 },
			default: '',
			placeholder: '-----BEGIN CERTIFICATE-----',
			description:
				"Certificate of the authority that signed the server's, in PEM form; a chain is fine",
			displayOptions: { show: { tls: ['ca'] } },
		},
		{
			displayName: 'Key Prefix',
			name: 'prefix',
			type: 'string',
			default: 'sms-agent',
			description:
				'What all keys begin with. Workflows with the same prefix share their threads; choose another to keep them apart.',
		},
		{
			displayName: 'Messages per Thread',
			name: 'messagesPerThread',
			type: 'number',
			default: 200,
			typeOptions: { minValue: 10 },
			description:
				'How many messages of a conversation are kept; the oldest are forgotten first. With fewer than 10 the AI would not see what it answers: less counts as 10.',
		},
		{
			displayName: 'Thread Age (Days)',
			name: 'maxAgeDays',
			type: 'number',
			default: 365,
			typeOptions: { minValue: 1 },
			description:
				'Conversations that have been silent for longer are forgotten; an opt-out never is',
		},
	];
}
