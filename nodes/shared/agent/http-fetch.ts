import type { HttpClient } from '../http/http-client';

type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** What an SDK may send along; its own authentication, and headers from the environment, stay behind. */
const PASSED_ON = ['accept', 'content-type'];

/** `fetch` for an SDK, carried by the port. `http` adds the credential's authentication. */
export function httpFetch(http: HttpClient, timeoutMs: number): Fetch {
	return async (input, init = {}) => {
		const sent = new Headers(init.headers);
		const answer = await http({
			method: (init.method ?? 'GET').toUpperCase() as 'GET' | 'POST' | 'DELETE',
			url: input instanceof Request ? input.url : String(input),
			headers: Object.fromEntries(
				PASSED_ON.flatMap((name) => {
					const value = sent.get(name);
					return value === null ? [] : [[name, value]];
				}),
			),
			timeoutMs,
			...(typeof init.body === 'string' ? { body: init.body } : {}),
			...(init.signal ? { signal: init.signal } : {}),
		});
		const headers = new Headers();
		for (const [name, value] of Object.entries(answer.headers)) headers.append(name, value);
		return new Response(answer.body === '' ? null : answer.body, {
			status: answer.status,
			headers,
		});
	};
}
