import type {
	ICredentialDataDecryptedObject,
	ICredentialTestRequest,
	ICredentialType,
	IHttpRequestOptions,
	Icon,
	INodeProperties,
} from 'n8n-workflow';

export class OpenAiCompatibleApi implements ICredentialType {
	name = 'openAiCompatibleApi';

	displayName = 'OpenAI-Compatible API';

	documentationUrl = 'https://www.npmjs.com/package/n8n-nodes-sms-agent#model';

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
			description: 'From your model provider. A local server may not need one.',
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

	test: ICredentialTestRequest = {
		request: { baseURL: '={{$credentials.baseUrl}}', url: '/models' },
		rules: [
			{
				type: 'responseCode',
				properties: {
					value: 401,
					message:
						'The provider refused this API key. Copy it again, and check that Base URL belongs to the same provider.',
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 403,
					message:
						'The provider knows this API key, but it may not list models. Give the key that permission, or use another one.',
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 404,
					message:
						'There is no model list at this Base URL. It is the address where the API begins and often ends in /v1.',
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 429,
					message:
						'The provider takes no more requests for now, or the account has no credit left. Check its billing page.',
				},
			},
		],
	};
}
