import * as http from 'node:http';
import * as https from 'node:https';

export interface HttpCall {
	readonly url: string;
	readonly method: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly body?: string;
	readonly connectTimeoutMs: number;
	/** From the connection to the whole answer. */
	readonly readTimeoutMs: number;
}

export type HttpOutcome =
	| {
			readonly kind: 'response';
			readonly status: number;
			readonly contentType: string | null;
			readonly location: string | null;
			readonly body: string;
	  }
	/** `connect`: no byte was sent. `read`: the request went out, the answer did not come. */
	| { readonly kind: 'failure'; readonly phase: 'connect' | 'read'; readonly detail: string };

/** One HTTP request on a fresh connection. Never rejects; redirects are the caller's. */
export function callHttp(call: HttpCall): Promise<HttpOutcome> {
	return new Promise((resolve) => {
		const url = new URL(call.url);
		const client = url.protocol === 'https:' ? https : http;
		let connected = false;
		let timer: NodeJS.Timeout | undefined;
		const settle = (outcome: HttpOutcome): void => {
			clearTimeout(timer);
			resolve(outcome);
		};
		const fail = (detail: string): void =>
			settle({ kind: 'failure', phase: connected ? 'read' : 'connect', detail });

		const request = client.request(
			url,
			{ method: call.method, headers: call.headers, agent: false },
			(response) => {
				const chunks: Buffer[] = [];
				response.on('data', (chunk: Buffer) => chunks.push(chunk));
				response.on('error', (error) => fail(error.message));
				response.on('end', () =>
					settle({
						kind: 'response',
						status: response.statusCode ?? 0,
						contentType: response.headers['content-type'] ?? null,
						location: response.headers.location ?? null,
						body: Buffer.concat(chunks).toString('utf8'),
					}),
				);
			},
		);
		const expire = (detail: string) => (): void => {
			fail(detail);
			request.destroy();
		};
		timer = setTimeout(expire('connect timed out'), call.connectTimeoutMs);
		request.on('socket', (socket) => {
			socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
				connected = true;
				clearTimeout(timer);
				timer = setTimeout(expire('no answer in time'), call.readTimeoutMs);
			});
		});
		request.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
		request.end(call.body);
	});
}
