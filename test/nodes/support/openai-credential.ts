import type { ICredentialType, INodeProperties } from 'n8n-workflow';

const field = (name: string, password = false): INodeProperties => ({
	displayName: name,
	name,
	type: 'string',
	default: '',
	...(password ? { typeOptions: { password } } : {}),
});

/** Stands in for n8n's own credential of OpenAI, which is no part of what these tests run on. */
export const n8nsOpenAi: ICredentialType = {
	name: 'openAiApi',
	displayName: 'OpenAI',
	properties: [
		field('apiKey', true),
		field('organizationId'),
		field('url'),
		field('headerName'),
		field('headerValue', true),
	],
	authenticate: async (data, request) => {
		const { apiKey, organizationId, headerName, headerValue } = data as Record<string, string>;
		return {
			...request,
			headers: {
				...request.headers,
				Authorization: `Bearer ${apiKey}`,
				'OpenAI-Organization': organizationId,
				...(headerName ? { [headerName]: headerValue } : {}),
			},
		};
	},
};
