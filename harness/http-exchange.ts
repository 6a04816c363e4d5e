import { request, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';

export interface HttpAnswer {
	status: number;
	headers: IncomingHttpHeaders;
	body: string;
}

/**
 * One request on a connection of its own. `fetch` keeps connections, and a slow machine can use
 * one at the very moment at which the server drops it: a failure that has nothing to do with us.
 */
export function httpExchange(
	url: string,
	{ method = 'GET', headers = {}, body = '' }: HttpCall = {},
): Promise<HttpAnswer> {
	return new Promise((resolve, reject) => {
		const call = request(url, { method, headers, agent: false }, (response) => {
			text(response).then(
				(answer) =>
					resolve({
						status: response.statusCode ?? 0,
						headers: response.headers,
						body: answer,
					}),
				reject,
			);
		});
		call.on('error', reject);
		call.end(body);
	});
}

export interface HttpCall {
	method?: string;
	headers?: Record<string, string>;
	body?: string;
}
