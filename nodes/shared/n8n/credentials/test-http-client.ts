import type { ICredentialTestFunctions, IHttpRequestOptions } from 'n8n-workflow';
import type { HttpClient } from '../../http/http-client';
import { n8nHttpClient } from '../host/n8n-http-client';

/** How the credential that is tested shows itself. */
export interface Authentication {
	auth?: { user: string; pass: string };
	headers?: Record<string, string>;
}

/** Carries the calls of a credential test: there n8n adds no authentication by itself. */
export function testHttpClient(
	{ helpers }: ICredentialTestFunctions,
	{ auth, headers }: Authentication,
): HttpClient {
	return n8nHttpClient(
		async ({ method, url, timeout, ...request }: IHttpRequestOptions): Promise<unknown> =>
			// The one HTTP helper that n8n gives a credential test takes the options of its predecessor.
			await helpers.request({
				method,
				uri: url,
				timeout,
				headers: { ...request.headers, ...headers },
				...(auth ? { auth } : {}),
				useStream: true,
				resolveWithFullResponse: true,
				simple: false,
				followRedirect: false,
			}),
	);
}
