import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import {
	createServer as createSocketServer,
	type AddressInfo,
	type Server,
	type Socket,
} from 'node:net';
import { createGzip } from 'node:zlib';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type {
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	IExecuteFunctions,
	ILoadOptionsFunctions,
} from 'n8n-workflow';
import { OpenAiCompatibleApi } from '../../credentials/OpenAiCompatibleApi.credentials';
import { TwilioMessagingApi } from '../../credentials/TwilioMessagingApi.credentials';
import { NoAnswerError } from '../../nodes/shared/http/http-client';
import { modelBreaker } from '../../nodes/shared/composing/model-breaker';
import { openAiComposer } from '../../nodes/shared/composing/models/openai-composer';
import { postToAgentWebhook } from '../../nodes/shared/n8n/agents/post-to-agent-webhook';
import { testTwilioCredential } from '../../nodes/shared/n8n/credentials/test-twilio-credential';
import { testModelCredential } from '../../nodes/shared/n8n/models/test-model-credential';
import { twilioClientOf } from '../../nodes/shared/n8n/credentials/twilio-account';
import { fetchMedia } from '../../nodes/shared/n8n/host/fetch-media';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { listModels, modelHttpOf } from '../../nodes/shared/n8n/models/model-api';
import { postMessage } from '../../nodes/shared/sending/post-message';
import { newestMessagesTo } from '../../nodes/shared/twilio/api/messages';
import { inNode } from './support/in-node';
import { UNLIMITED } from '../support/model-limits';

const LIMIT_MS = 400;
/** Where an answer has to begin before the limit strikes. */
const ROOMY_MS = 2_000;
/** Far from any limit of ours, on the busiest machine. */
const SOON_MS = 30_000;
const CHUNK = Buffer.alloc(64 * 1024, ' ');
const MEGABYTE = 1_000_000;

/** What a server may do instead of answering. */
const TROUBLE = {
	'drips one byte after the other': (response: ServerResponse) => {
		response.writeHead(200, { 'content-type': 'application/json' });
		forEver(response, () => response.write(' '));
	},
	'never stops': (response: ServerResponse) => {
		response.writeHead(200, { 'content-type': 'application/json' });
		pour(response);
	},
	'refuses and never stops': (response: ServerResponse) => {
		response.writeHead(400, { 'content-type': 'application/json' });
		pour(response);
	},
	'announces more than anybody could take': (response: ServerResponse) => {
		response.writeHead(200, { 'content-length': String(10 ** 12) });
		forEver(response, () => response.write(' '));
	},
	'packs more than anybody could take': (response: ServerResponse) => {
		response.writeHead(200, {
			'content-type': 'application/json',
			'content-encoding': 'gzip',
		});
		function* zeros() {
			for (let size = 0; size < 200 * MEGABYTE; size += CHUNK.length) yield CHUNK;
		}
		Readable.from(zeros())
			.pipe(createGzip({ level: 1 }))
			.pipe(response);
	},
	'sends the headers without end': (response: ServerResponse) => {
		const socket = response.socket as Socket;
		socket.write('HTTP/1.1 200 OK\r\n');
		forEver(response, () => socket.write('x'));
	},
};
type Trouble = keyof typeof TROUBLE;

function forEver(response: ServerResponse, step: () => unknown): void {
	const timer = setInterval(step, 20);
	response.socket?.once('close', () => clearInterval(timer));
}

function pour(response: ServerResponse): void {
	const more = () => {
		while (!response.destroyed && response.write(CHUNK));
	};
	response.on('drain', more);
	more();
}

let server: Server;
let sockets: Socket[];
let trouble: Trouble;
/** What this test's server sees: connections that are open, and bytes that it could get rid of. */
let seen: { open: number; written: number };
let limitMs: number;

beforeEach(async () => {
	sockets = [];
	const counts = { open: 0, written: 0 };
	seen = counts;
	limitMs = LIMIT_MS;
	const http = createServer((request, response) => {
		request.resume();
		request.once('end', () => TROUBLE[trouble](response));
	});
	server = createSocketServer((socket) => {
		sockets.push(socket);
		counts.open++;
		socket.on('error', () => undefined);
		socket.once('close', () => {
			counts.open--;
			counts.written += socket.bytesWritten;
		});
		http.emit('connection', socket);
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const timeout = AbortSignal.timeout.bind(AbortSignal);
	jest.spyOn(AbortSignal, 'timeout').mockImplementation(() => timeout(limitMs));
	jest.spyOn(systemClock, 'sleep').mockResolvedValue();
});
afterEach(() => {
	for (const socket of sockets) socket.destroy();
	server.close();
});

const base = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const accountSid = `AC${'1'.repeat(32)}`;
const account = () => ({ accountSid, apiBaseUrl: base() });
const credentials = () => ({
	twilioMessagingApi: { ...account(), authToken: 'f'.repeat(32) },
	openAiCompatibleApi: { apiKey: 'sk-of-the-builder', baseUrl: base() },
});

/** Every kind of call that leaves the package. */
const CALLS: Record<string, (context: IExecuteFunctions) => Promise<unknown>> = {
	'a list of texts at Twilio': async (context) =>
		await newestMessagesTo(twilioClientOf(context, account()), { to: '+14155550123' }, 50),
	'a text sent through Twilio': async (context) =>
		await postMessage(
			{ twilio: twilioClientOf(context, account()), clock: systemClock } as never,
			{ to: '+14155550123', from: '+15550001000', body: 'Hi' },
			async () => await Promise.resolve(undefined),
		),
	'a model': async (context) =>
		await openAiComposer(
			{ baseUrl: base(), model: 'small', timeoutMs: 60_000 },
			modelHttpOf(context, 'openAiCompatibleApi'),
			{ breaker: modelBreaker(base(), systemClock), limit: UNLIMITED },
		).compose({ instructions: 'Be brief.', messages: [{ role: 'user', content: 'Hi' }] }),
	'the list of models': async (context) =>
		await listModels(context as unknown as ILoadOptionsFunctions, 'openAiCompatibleApi', ''),
	"an agent's webhook": async (context) =>
		await postToAgentWebhook(context, {
			url: base(),
			id: 'SM1',
			payload: {},
			secret: `whsec_${Buffer.alloc(32).toString('base64')}`,
		}),
	'a file of a text': async (context) =>
		await fetchMedia(context, `${base()}/file`, {
			account: { accountSid: '', apiBaseUrl: base() },
			maxBytes: MEGABYTE,
		}),
	"Twilio's credential test": async (context) =>
		await testTwilioCredential.call(
			{ helpers: context.helpers } as unknown as ICredentialTestFunctions,
			{ data: credentials().twilioMessagingApi } as unknown as ICredentialsDecrypted,
		),
	"the model's credential test": async (context) =>
		await testModelCredential.call(
			{ helpers: context.helpers } as unknown as ICredentialTestFunctions,
			{ data: credentials().openAiCompatibleApi } as unknown as ICredentialsDecrypted,
		),
};

async function outcomeOf(call: (context: IExecuteFunctions) => Promise<unknown>) {
	const types = [new TwilioMessagingApi(), new OpenAiCompatibleApi()];
	const began = Date.now();
	const outcome = await inNode(credentials(), types, call).catch((error: unknown) => error);
	return { outcome, ms: Date.now() - began };
}

async function allClosed(): Promise<void> {
	const until = Date.now() + SOON_MS;
	while (seen.open > 0 && Date.now() < until) await new Promise((done) => setTimeout(done, 20));
}

const cases = (Object.keys(TROUBLE) as Trouble[]).flatMap((name) =>
	Object.keys(CALLS).map((call) => [call, name] as const),
);

describe('a server that misbehaves', () => {
	it.each(cases)('holds up %s for no longer than the limit where it %s', async (name, kind) => {
		trouble = kind;
		const call = CALLS[name] as (typeof CALLS)[string];
		const { ms } = await outcomeOf(call);
		expect(ms).toBeLessThan(SOON_MS);
		// n8n gives a credential test no way to end a request whose headers never end.
		if (name.includes('credential') && kind.includes('headers')) return;
		await allClosed();
		expect(seen.open).toBe(0);
		// What lies in the buffers of both sides comes on top of what we take.
		expect(seen.written).toBeLessThan(60 * MEGABYTE);
	});
});

describe('a limit that strikes', () => {
	beforeEach(() => {
		limitMs = ROOMY_MS;
	});

	it.each<Trouble>([
		'drips one byte after the other',
		'never stops',
		'sends the headers without end',
	])('leaves it open whether Twilio, which %s, has taken the text', async (kind) => {
		trouble = kind;
		const { outcome } = await outcomeOf(CALLS['a text sent through Twilio'] as never);
		expect(outcome).toMatchObject({ kind: 'unknown', error: expect.any(NoAnswerError) });
		expect((outcome as { error: NoAnswerError }).error.neverSent).toBe(false);
	});

	it('does not hide that the webhook of an agent got the text', async () => {
		for (const kind of ['drips one byte after the other', 'never stops'] as const) {
			trouble = kind;
			const { outcome } = await outcomeOf(CALLS["an agent's webhook"] as never);
			expect(outcome).toEqual({ delivered: true, attempts: 1 });
		}
	});

	it('does not hide that Twilio has refused', async () => {
		trouble = 'refuses and never stops';
		const { outcome } = await outcomeOf(CALLS['a list of texts at Twilio'] as never);
		expect(outcome).toMatchObject({ name: 'TwilioApiError', status: 400 });
	});

	it('names the size where that is what is wrong', async () => {
		trouble = 'never stops';
		limitMs = SOON_MS;
		const list = await outcomeOf(CALLS['a list of texts at Twilio'] as never);
		expect(list.outcome).toMatchObject({
			message: expect.stringMatching(/ sent an answer of more than 16 MB/),
		});
		const file = await outcomeOf(CALLS['a file of a text'] as never);
		expect(file.outcome).toMatchObject({ message: 'The file is larger than 1 MB' });
	});
});
