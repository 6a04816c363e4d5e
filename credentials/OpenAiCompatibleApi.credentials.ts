import type {
	ICredentialDataDecryptedObject,
	ICredentialType,
	IHttpRequestOptions,
	Icon,
	INodeProperties,
} from 'n8n-workflow';

// Its test lives with Agent Reply (`testedBy`): a declarative one shows codes where nobody answers.
// eslint-disable-next-line @n8n/community-nodes/credential-test-required -- it reads only credentials that are written out in a node's file
export class OpenAiCompatibleApi implements ICredentialType {
	name = 'openAiCompatibleApi';

	displayName = 'OpenAI or Similar API';

	documentationUrl =
		'https://unpkg.com/n8n-nodes-sms-agent/dist/docs/nodes/credentials.html#openai-or-similar-api';

	icon: Icon = {
		light: 'file:OpenAiCompatibleApi.svg',
		dark: 'file:OpenAiCompatibleApi.dark.svg',
	};

	/** The key may be sent to Base URL alone, so no other node may use it. */
	restrictToSupportedNodes = true as const;

	hideDomainRestrictionFields = true;

	properties: INodeProperties[] = [
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			hint: 'Of OpenAI: <a href="https://platform.openai.com/api-keys" target="_blank">platform.openai.com/api-keys</a>. Of another provider: in its console.',
			description: 'Opens your account at the provider. A local server may not need one.',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: 'https://api.openai.com/v1',
			required: true,
			placeholder: 'https://api.openai.com/v1',
			description:
				'Where the API begins. Change it for another provider or a local server, for example http://localhost:11434/v1 for Ollama.',
		},
		// For an n8n that does not know the two above: there the HTTP Request node refuses what says so.
		{
			displayName: 'Allowed HTTP Request Domains',
			name: 'allowedHttpRequestDomains',
			type: 'hidden',
			default: 'none',
		},
	];

	/** A local server without a key must not be sent an empty one. */
	authenticate = async (
		credentials: ICredentialDataDecryptedObject,
		request: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> => {
		const { apiKey } = credentials;
		if (typeof apiKey !== 'string' || apiKey.trim() === '') return request;
		return {
			...request,
			headers: { ...request.headers, Authorization: `Bearer ${apiKey.trim()}` },
		};
	};
}
