import { join } from 'node:path';
import { ROOT } from '../../scripts/paths';
import { listenLocally } from '../../emulator/local-server';
import { newSid } from '../../emulator/twilio/sids';

/** As much of Twilio's Event Streams API as n8n's Twilio Trigger needs to be published. */
export interface EventStreams {
	/** For an n8n that is to find it. */
	env: Record<'NODE_OPTIONS' | 'BENCH_EVENTS_URL', string>;
	close(): Promise<void>;
}

export async function startEventStreams(): Promise<EventStreams> {
	const server = await listenLocally((request, response) => {
		request.resume();
		const answer = answerTo(request.method ?? '', request.url ?? '');
		response.writeHead(answer ? 200 : 204, { 'content-type': 'application/json' });
		response.end(answer && JSON.stringify(answer));
	});
	return {
		env: {
			NODE_OPTIONS: `--require ${join(ROOT, 'bench/support/redirect-events.cjs')}`,
			BENCH_EVENTS_URL: server.baseUrl,
		},
		close: () => server.close(),
	};
}

function answerTo(method: string, url: string): object | undefined {
	const [resource = ''] = url.split('/').slice(-1);
	if (method === 'GET') return { [resource.toLowerCase()]: [] };
	if (method === 'POST') return { sid: newSid(resource === 'Sinks' ? 'DG' : 'DF') };
	return undefined; // deleted
}
