import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ROOT } from '../../scripts/paths';
import { randomBytes } from 'node:crypto';

/** As much of Twilio's Event Streams API as n8n's Twilio Trigger needs to be published. */
export interface EventStreams {
	/** For an n8n that is to find it. */
	env: Record<'NODE_OPTIONS' | 'BENCH_EVENTS_URL', string>;
	close(): Promise<void>;
}

export async function startEventStreams(): Promise<EventStreams> {
	const server = createServer((request, response) => {
		request.resume();
		const answer = answerTo(request.method ?? '', request.url ?? '');
		response.writeHead(answer ? 200 : 204, { 'content-type': 'application/json' });
		response.end(answer && JSON.stringify(answer));
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	return {
		env: {
			NODE_OPTIONS: `--require ${join(ROOT, 'bench/support/redirect-events.cjs')}`,
			BENCH_EVENTS_URL: `http://127.0.0.1:${port}`,
		},
		async close() {
			server.closeAllConnections();
			server.close();
			await once(server, 'close');
		},
	};
}

function answerTo(method: string, url: string): object | undefined {
	const [resource = ''] = url.split('/').slice(-1);
	if (method === 'GET') return { [resource.toLowerCase()]: [] };
	if (method === 'POST')
		return { sid: `${resource === 'Sinks' ? 'DG' : 'DF'}${randomBytes(16).toString('hex')}` };
	return undefined; // deleted
}
