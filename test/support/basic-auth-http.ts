import { NoAnswerError, type HttpClient } from '../../nodes/shared/http/http-client';

/** Real HTTP with basic authentication, for the domain without n8n around it. */
export function basicAuthHttp(username: string, password: string): HttpClient {
	const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
	return async ({ method, url, headers, body, timeoutMs }) => {
		let response: Response;
		try {
			response = await fetch(url, {
				method,
				headers: { ...headers, authorization },
				signal: AbortSignal.timeout(timeoutMs),
				...(body === undefined ? {} : { body }),
			});
		} catch (error) {
			throw new NoAnswerError(new URL(url).host, codeOf(error), { cause: error });
		}
		return {
			status: response.status,
			headers: Object.fromEntries(response.headers),
			body: await response.text(),
		};
	};
}

function codeOf(error: unknown): string {
	const { cause } = error as { cause?: { code?: string } };
	return cause?.code ?? 'ETIMEDOUT';
}
