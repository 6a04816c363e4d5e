import type { ICredentialType, Icon, INodeProperties } from 'n8n-workflow';

export class ThreadStorePostgresApi implements ICredentialType {
	name = 'threadStorePostgresApi';

	displayName = 'SMS Conversations: Postgres API';

	documentationUrl =
		'https://unpkg.com/n8n-nodes-sms-agent/dist/docs/nodes/credentials.html#sms-conversations-postgres-api';

	icon: Icon = {
		light: 'file:ThreadStorePostgresApi.svg',
		dark: 'file:ThreadStorePostgresApi.dark.svg',
	};

	restrictToSupportedNodes = true as const;

	hideDomainRestrictionFields = true;

	properties: INodeProperties[] = [
		{
			displayName: 'Host',
			name: 'host',
			type: 'string',
			default: 'localhost',
			required: true,
			placeholder: 'e.g. db.example.com',
			description:
				'Name or address of the server, version 12 or later, or of a pooler before it. When n8n runs in Docker, localhost is its own container: give the name of the Postgres service instead.',
		},
		{
			displayName: 'Port',
			name: 'port',
			type: 'number',
			default: 5432,
			typeOptions: { minValue: 1, maxValue: 65535 },
			description: 'Usually 5432; a connection pooler often listens on 6432 or 6543',
		},
		{
			displayName: 'Database',
			name: 'database',
			type: 'string',
			default: 'postgres',
			required: true,
			description: 'It must exist and be in UTF-8',
		},
		{
			displayName: 'User',
			name: 'user',
			type: 'string',
			default: 'postgres',
			required: true,
			description:
				'Needs the right to create a schema in the database, or to use the tables where they exist already',
		},
		{
			displayName: 'Password',
			name: 'password',
			type: 'string',
			typeOptions: { password: true },
			default: '',
		},
		{
			displayName: 'Schema',
			name: 'schema',
			type: 'string',
			default: 'sms_agent',
			description:
				'Where the tables are kept. It is made on first use and brought up to date by itself; every n8n process that names the same schema sees the same threads.',
		},
		{
			displayName: 'SSL',
			name: 'ssl',
			type: 'options',
			default: 'disable',
			options: [
				{
					name: 'Disable',
					value: 'disable',
					description: 'Only on a network that nobody else can listen to',
				},
				{
					name: 'Require',
					value: 'require',
					description: "Encrypts, but does not check the server's certificate",
				},
				{
					name: 'Verify Full',
					value: 'verify-full',
					description: 'Encrypts and checks that the certificate is valid for Host',
				},
			],
		},
		{
			displayName: 'CA Certificate',
			name: 'ca',
			type: 'string',
			typeOptions: { rows: 4 },
			default: '',
			displayOptions: { show: { ssl: ['verify-full'] } },
			placeholder: '-----BEGIN CERTIFICATE-----',
			description:
				"Certificate of the authority that signed the server's, in PEM form; a chain is fine. Leave it empty when the certificate is signed by a public authority.",
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
