import { listenLocally } from '../../../emulator/local-server';

export interface ReceivedWebhook {
	readonly method: string;
	/** Path and query. */
	readonly path: string;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	/** The decoded form of a POST. */
	readonly form: URLSearchParams;
}

export interface WebhookAnswer {
	status?: number;
	contentType?: string | null;
	body?: string;
	headers?: Readonly<Record<string, string>>;
}

export interface WebhookApp {
	readonly baseUrl: string;
	readonly port: number;
	readonly received: ReceivedWebhook[];
	/** What it answers from now on; a promise may stay open. Default: an empty TwiML response. */
	answer: (webhook: ReceivedWebhook) => WebhookAnswer | Promise<WebhookAnswer>;
	close(): Promise<void>;
}

/** An application with a webhook, for tests of the emulator itself. */
export async function startWebhookApp(): Promise<WebhookApp> {
	const received: ReceivedWebhook[] = [];
	const server = await listenLocally((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const webhook: ReceivedWebhook = {
				method: request.method ?? '',
				path: request.url ?? '',
				headers: request.headers,
				form: new URLSearchParams(Buffer.concat(chunks).toString()),
			};
			received.push(webhook);
			void Promise.resolve(app.answer(webhook)).then((answer) => {
				const contentType =
					answer.contentType === undefined ? 'text/xml' : answer.contentType;
				if (contentType !== null) response.setHeader('Content-Type', contentType);
				response.writeHead(answer.status ?? 200, answer.headers);
				response.end(answer.body ?? '<Response/>');
			});
		});
	});
	const app: WebhookApp = {
		baseUrl: server.baseUrl,
		port: server.port,
		received,
		answer: () => ({}),
		close: server.close,
	};
	return app;
}
