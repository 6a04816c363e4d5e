import { fork } from 'node:child_process';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from '../../scripts/paths';
import { httpExchange } from '../../harness/http-exchange';
import type { EmulatorAddresses } from './emulators-process';

export interface OutboundText {
	sid: string;
	to: string;
	body: string;
	numSegments: number;
	/** Milliseconds since 1970, when Twilio took it. */
	at: number;
}

export interface ModelRequest {
	messages: Array<{ role: string; text: string }>;
}

interface MessageEvent {
	sid: string;
	direction: string;
	to: string;
	body: string;
	numSegments: number;
	createdAt: string;
}

/** The emulators of the tests, seen from another process. */
export interface Emulators extends EmulatorAddresses {
	/** Calls back with every text that n8n has sent, once each, until the result is called. */
	onOutbound(listener: (text: OutboundText) => void): () => void;
	modelRequests(): Promise<ModelRequest[]>;
	addAccount(): Promise<{ accountSid: string; authToken: string }>;
	addNumber(accountSid: string, phoneNumber: string): Promise<{ sid: string }>;
	/** Twilio answers so late from now on that it has taken a text, until `forget`. */
	answerAfter(ms: number): Promise<void>;
	/** Forgets messages and requests, so that looking things up stays quick. */
	forget(): Promise<void>;
	close(): Promise<void>;
}

export async function startEmulators(): Promise<Emulators> {
	const child = fork(join(ROOT, 'bench/support/emulators-process.ts'), {
		execArgv: ['--import', 'tsx'],
		cwd: ROOT,
	});
	const [addresses] = (await once(child, 'message')) as [EmulatorAddresses];
	const { twilioUrl, modelUrl } = addresses;
	const modelBase = modelUrl.replace(/\/v1$/, '');
	const listeners = new Set<(text: OutboundText) => void>();
	const events = await listen(`${twilioUrl}/_emulator/events`, (text) => {
		for (const listener of listeners) listener(text);
	});
	const post = async <T>(url: string, body: object): Promise<T> => {
		const headers = { 'content-type': 'application/json' };
		const answer = await httpExchange(url, {
			method: 'POST',
			headers,
			body: JSON.stringify(body),
		});
		return (answer.body === '' ? undefined : JSON.parse(answer.body)) as T;
	};
	return {
		...addresses,
		onOutbound(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		async modelRequests() {
			const { body } = await httpExchange(`${modelBase}/_emulator/requests`);
			return JSON.parse(body) as ModelRequest[];
		},
		addAccount: () => post(`${twilioUrl}/_emulator/accounts`, { friendlyName: 'Benchmark' }),
		addNumber: (accountSid, phoneNumber) =>
			post(`${twilioUrl}/_emulator/numbers`, { accountSid, phoneNumber }),
		async answerAfter(ms) {
			const fault = { kind: 'delay-after-accept', method: 'POST', times: 1_000_000, ms };
			await post(`${twilioUrl}/_emulator/faults`, { ...fault, path: '/Messages.json$' });
		},
		async forget() {
			await post(`${twilioUrl}/_emulator/clear`, {});
			await httpExchange(`${modelBase}/_emulator/requests`, { method: 'DELETE' });
		},
		async close() {
			events.end();
			const gone = once(child, 'exit');
			child.disconnect();
			await gone;
		},
	};
}

/** Each outbound text once, at its first status. */
async function listen(
	url: string,
	tell: (text: OutboundText) => void,
): Promise<{ end: () => void }> {
	const seen = new Set<string>();
	const call = request(url, { agent: false });
	call.end();
	const [response] = (await once(call, 'response')) as [IncomingMessage];
	response.on('error', () => {});
	let event = '';
	const lines = createInterface({ input: response });
	lines.on('error', () => {}); // ending it breaks off the answer
	lines.on('line', (line) => {
		if (line.startsWith('event: ')) event = line.slice('event: '.length);
		if (event !== 'message' || !line.startsWith('data: ')) return;
		const message = JSON.parse(line.slice('data: '.length)) as MessageEvent;
		const { sid, direction, to, body, numSegments, createdAt } = message;
		if (!direction.startsWith('outbound') || seen.has(sid)) return;
		seen.add(sid);
		tell({ sid, to, body, numSegments, at: Date.parse(createdAt) });
	});
	return { end: () => call.destroy() };
}
