import type { IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import type { IDataObject } from 'n8n-workflow';
import { listenLocally } from '../../../emulator/local-server';

export interface ReceivedJson {
	headers: IncomingHttpHeaders;
	/** As it came, for a signature. */
	raw: string;
	json: IDataObject;
}

/** A system of the builder's, to which a workflow hands texts as JSON. */
export interface OwnSystem {
	readonly url: string;
	readonly received: ReceivedJson[];
	/** What it answers from now on. Default: `{}`. */
	answer: (request: ReceivedJson) => unknown;
	close(): Promise<void>;
}

export async function startOwnSystem(): Promise<OwnSystem> {
	const received: ReceivedJson[] = [];
	const server = await listenLocally((request, response) => {
		void text(request).then((raw) => {
			const taken = {
				headers: request.headers,
				raw,
				json: JSON.parse(raw) as IDataObject,
			};
			received.push(taken);
			response.setHeader('content-type', 'application/json');
			response.end(JSON.stringify(system.answer(taken)));
		});
	});
	const system: OwnSystem = {
		url: `${server.baseUrl}/sms`,
		received,
		answer: () => ({}),
		close: () => server.close(),
	};
	return system;
}
