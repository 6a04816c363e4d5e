import type { HttpClient } from '../../http/http-client';
import type { ModelBreaker } from '../model-breaker';
import type { ModelLimit } from '../model-limit';

type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** Says that an answer is ours, as nobody was asked. */
const NOT_ASKED = 'x-not-asked';

/** Why a model was not asked, for whoever sees an answer that is ours; undefined while it is down. */
export interface NotAsked {
	because?: unknown;
}

/** `fetch` that asks a model only as often as it may, and one that is down only now and then. */
export function whileAllowed(
	{ breaker, limit }: { breaker: ModelBreaker; limit: ModelLimit },
	fetch: Fetch,
	notAsked: NotAsked,
): Fetch {
	return async (input, init) => {
		const call = breaker.begin();
		if (!call) {
			delete notAsked.because;
			return answerOfOurs();
		}
		try {
			await limit.takeCall();
		} catch (error) {
			call.dropped();
			notAsked.because = error;
			return answerOfOurs();
		}
		// However the time runs out: not every client notices.
		init?.signal?.addEventListener('abort', () => call.failed(), { once: true });
		try {
			const answer = await fetch(input, init);
			if (await failsForNow(answer)) call.failed();
			else call.answered();
			return answer;
		} catch (error) {
			call.failed();
			throw error;
		}
	};
}

/** The SDK would try again after an error; after such an answer it does not. */
function answerOfOurs(): Response {
	const headers = { [NOT_ASKED]: 'true', 'x-should-retry': 'false' };
	return new Response(null, { status: 503, headers });
}

/** An account without credit is not helped by waiting. */
async function failsForNow(answer: Response): Promise<boolean> {
	const { status } = answer;
	if (status === 429) return !(await answer.clone().text()).includes('insufficient_quota');
	return status >= 500 || status === 408 || status === 409;
}

export function isNotAsked(headers: unknown): boolean {
	return headers instanceof Headers && headers.has(NOT_ASKED);
}

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
