import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenLocally } from '../../../emulator/local-server';

/** How it says back all that it was told. */
export const ECHO_STYLES = [
	'twilio',
	'openai',
	'html',
	'plain',
	'headers',
	'huge',
	'redirect',
	'cut',
] as const;

export type EchoStyle = (typeof ECHO_STYLES)[number];

/** A server that knows no discretion: whatever it answers, it repeats the credentials it was sent. */
export interface EchoServer {
	/** Where it answers so. */
	url(status: number, style: EchoStyle): string;
	/** Paths that were asked for. */
	readonly heard: readonly string[];
	close(): Promise<void>;
}

const HUGE = 1024 * 1024;

export async function startEchoServer(): Promise<EchoServer> {
	const heard: string[] = [];
	const server = await listenLocally((request, response) => {
		heard.push(request.url ?? '');
		void text(request).then(
			(body) => answer(request, response, body),
			() => response.destroy(),
		);
	});
	return {
		url: (status, style) => `${server.baseUrl}/${status}-${style}`,
		heard,
		close: () => server.close(),
	};
}

function answer(request: IncomingMessage, response: ServerResponse, body: string): void {
	const [, status, style] = /^\/(\d{3})-([a-z]+)/.exec(request.url ?? '') ?? [];
	const told = repeated(request, body);
	const json = (value: unknown) => {
		response.setHeader('content-type', 'application/json');
		response.end(JSON.stringify(value));
	};
	response.statusCode = Number(status ?? 500);
	switch (style as EchoStyle | undefined) {
		case 'twilio':
			return json({ code: 20003, message: told, more_info: told, status: Number(status) });
		case 'openai':
			return json({ error: { message: told, type: told, param: told, code: told } });
		case 'headers':
			response.statusMessage = told.replace(/[^\x20-\x7e]/g, ' ').slice(0, 500);
			response.setHeader('x-request-id', told.replace(/[^\x20-\x7e]/g, ' ').slice(0, 500));
			response.setHeader('twilio-request-id', request.headers.authorization ?? 'none');
			return json({ message: request.headers.authorization });
		case 'huge':
			response.setHeader('content-type', 'text/plain');
			response.end(told.repeat(Math.ceil(HUGE / told.length)));
			return;
		case 'redirect':
			response.statusCode = 302;
			response.setHeader('location', `http://127.0.0.1:9/?told=${encodeURIComponent(told)}`);
			response.end(told);
			return;
		case 'cut':
			response.setHeader('content-length', told.length + 100);
			response.write(told);
			setTimeout(() => response.destroy(), 20);
			return;
		case 'html':
			response.setHeader('content-type', 'text/html');
			response.end(`<html><head><title>${told}</title></head><body>${told}</body></html>`);
			return;
		default:
			response.setHeader('content-type', 'text/plain');
			response.end(told);
	}
}

/** As it came, and as anybody can read it. */
function repeated({ method, url, headers, rawHeaders }: IncomingMessage, body: string): string {
	const { authorization = '' } = headers;
	const [, token = ''] = authorization.split(' ', 2);
	const decoded = Buffer.from(token, 'base64').toString('utf8');
	return [
		`${method} ${url} is not allowed with Authorization: ${authorization}`,
		`token ${token}, which is ${decoded}, ${encodeURIComponent(decoded)}`,
		`password ${decoded.split(':').slice(1).join(':')}`,
		`key ${encodeURIComponent(token)} ${Buffer.from(authorization).toString('base64')}`,
		JSON.stringify(rawHeaders),
		body.slice(0, 200),
	].join('; ');
}
