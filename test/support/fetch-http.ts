import { type HttpClient, NoAnswerError } from '../../nodes/shared/http/http-client';

/** The port over Node's own `fetch`, with an API key as n8n would add it. */
export function fetchHttp(apiKey?: string): HttpClient {
	return async ({ method, url, headers, body, timeoutMs, signal }) => {
		const timeout = AbortSignal.timeout(timeoutMs);
		try {
			const response = await fetch(url, {
				method,
				headers: { ...headers, ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}) },
				...(body === undefined ? {} : { body }),
				signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
				redirect: 'manual',
			});
			return {
				status: response.status,
				headers: Object.fromEntries(response.headers),
				body: await response.text(),
			};
		} catch (error) {
			if (signal?.aborted) throw error;
			const { code } = ((error as Error).cause ?? {}) as { code?: string };
			throw new NoAnswerError(new URL(url).host, code ?? 'ETIMEDOUT', { cause: error });
		}
	};
}
