import type { IHttpRequestOptions, IN8nHttpFullResponse } from 'n8n-workflow';
import { NoAnswerError, type HttpClient, type HttpRequest } from '../../http/http-client';

/** One of n8n's request helpers, with or without a credential's authentication. */
export type N8nRequest = (options: IHttpRequestOptions) => Promise<unknown>;

/**
 * Carries HTTP through n8n's helper: its proxy settings, its time-outs, its SSRF guard.
 * Statuses come back as they are; n8n's own errors (and a second try on 401) stay out of it.
 */
export function n8nHttpClient(send: N8nRequest): HttpClient {
	return async (request) => {
		try {
			return fullResponse((await send(requestOptions(request))) as IN8nHttpFullResponse);
		} catch (error) {
			if (request.signal?.aborted) throw error;
			throw new NoAnswerError(new URL(request.url).host, systemCodeOf(error), {
				cause: error,
			});
		}
	};
}

function requestOptions(request: HttpRequest): IHttpRequestOptions {
	return {
		method: request.method,
		url: request.url,
		timeout: request.timeoutMs,
		returnFullResponse: true,
		ignoreHttpStatusErrors: true,
		// The body is parsed where its type is known, not guessed here.
		encoding: 'text',
		json: false,
		disableFollowRedirect: true,
		...(request.headers ? { headers: request.headers } : {}),
		...(request.body === undefined ? {} : { body: request.body }),
		...(request.signal ? { abortSignal: request.signal } : {}),
	};
}

function fullResponse(response: IN8nHttpFullResponse) {
	const { body } = response;
	return {
		status: response.statusCode,
		headers: Object.fromEntries(
			Object.entries(response.headers).map(([name, value]) => [
				name.toLowerCase(),
				String(value as string | string[]),
			]),
		),
		body: typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body),
	};
}

/** The code lies on the error or, behind n8n's wrapper, on its cause. */
function systemCodeOf(error: unknown): string {
	for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; depth++) {
		const { code, httpCode } = at as { code?: unknown; httpCode?: unknown };
		for (const candidate of [code, httpCode]) {
			if (typeof candidate === 'string' && /^E[A-Z_]+$/.test(candidate)) return candidate;
		}
		at = at.cause;
	}
	return 'ENOANSWER';
}
