import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ILoadOptionsFunctions } from 'n8n-workflow';
import { AgentReply } from '../../nodes/AgentReply/AgentReply.node';
import { IncomingSmsTrigger } from '../../nodes/IncomingSmsTrigger/IncomingSmsTrigger.node';
import { OpenAiCompatibleApi } from '../../credentials/OpenAiCompatibleApi.credentials';
import { listModels } from '../../nodes/shared/n8n/models/model-api';
import { webhookHooks } from './support/call-webhook';
import { inNode } from './support/in-node';
import { CONTACT, KEY, openSendSmsBench, OURS, type SendSmsBench } from './support/send-sms-bench';
import { skipWaits } from './support/skip-waits';
import { openTriggerBench } from './support/trigger-bench';

/** What n8n says in the place of an error that has a status or one of Node's codes in it. */
const GENERAL =
	/The service |The resource you |The connection |Your request is |Bad request|Authorization failed|Forbidden|The DNS server|Bad gateway|host is unreachable/;

let bench: SendSmsBench;
/** A web server that is neither Twilio nor a model. */
let stranger: Server;
let gone: number;

beforeAll(async () => {
	bench = await openSendSmsBench();
	stranger = createServer((request, response) => {
		request.resume();
		const [, kind] = (request.url ?? '').split('/');
		const page = { 'content-type': 'text/html' };
		if (kind === 'page') response.writeHead(200, page).end('<html>Welcome</html>');
		else if (kind === 'missing') response.writeHead(404, page).end('<html>Not here</html>');
		else if (kind === 'refused') response.writeHead(405, page).end('<html>No POST</html>');
		else if (kind === 'moved') response.writeHead(302, { location: 'https://a.example' }).end();
		else response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
	}).listen(0, '127.0.0.1');
	await once(stranger, 'listening');
	const closed = createServer().listen(0, '127.0.0.1');
	await once(closed, 'listening');
	gone = (closed.address() as AddressInfo).port;
	closed.close();
});
beforeEach(() => skipWaits());
afterAll(async () => {
	stranger.closeAllConnections();
	stranger.close();
	await bench.close();
});

const at = (path: string) => `http://127.0.0.1:${(stranger.address() as AddressInfo).port}/${path}`;

const WRONG: Record<string, () => string> = {
	'no web address': () => 'api.example.com/v1',
	'no address at all': () => 'http://',
	'a name that no machine has': () => 'http://nobody.invalid/v1',
	'a port where nothing listens': () => `http://127.0.0.1:${gone}/v1`,
	'a web page': () => at('page'),
	'a page that is not there': () => at('missing'),
	'a page that takes no requests': () => at('refused'),
	'another API': () => at('json'),
	'a server that sends elsewhere': () => at('moved'),
};

interface Shown {
	message: string;
	description?: string | null;
}

/** As the error panel of the editor shows it. */
function expectNamed(error: unknown, field: RegExp): void {
	expect(error).toMatchObject({ message: expect.any(String) });
	const { message, description } = error as Shown;
	expect(message).not.toMatch(GENERAL);
	expect(`${message}\n${description}`).toMatch(field);
}

let workflows = 0;

describe.each(Object.entries(WRONG))('Base URL of a model that leads to %s', (_, url) => {
	const credentials = () => ({
		...bench.credentials,
		openAiCompatibleApi: { apiKey: KEY, baseUrl: url() },
	});

	it('is named where an Agent Reply fails', async () => {
		const run = await bench.run(
			[bench.incoming()],
			{
				model: { __rl: true, mode: 'id', value: 'small' },
				options: { onModelError: 'throw' },
			},
			{
				node: new AgentReply(),
				credentials: credentials(),
				workflowId: `wrong-${workflows++}`,
			},
		);
		expectNamed(run.error, /Base URL/);
	});

	it('is named where the list of models stays empty', async () => {
		const types = [new OpenAiCompatibleApi()];
		const { openAiCompatibleApi } = credentials();
		const listed = inNode(
			{ openAiCompatibleApi },
			types,
			async (context) =>
				await listModels(
					context as unknown as ILoadOptionsFunctions,
					'openAiCompatibleApi',
					'',
				),
		);
		expectNamed(await listed.catch((error: unknown) => error), /Base URL/);
	});
});

describe.each(Object.entries(WRONG))('API Base URL of Twilio that leads to %s', (_, url) => {
	it('is named where a text cannot be sent', async () => {
		const { twilioMessagingApi, ...others } = bench.credentials;
		const run = await bench.run(
			[{}],
			{ to: CONTACT, from: OURS, body: 'Hi' },
			{
				credentials: {
					...others,
					twilioMessagingApi: { ...twilioMessagingApi, apiBaseUrl: url() },
				},
			},
		);
		expectNamed(run.error, /API Base URL/);
	});

	it('is named where a trigger cannot be published', async () => {
		const { setup, close } = await openTriggerBench(() => new IncomingSmsTrigger());
		const hooks = webhookHooks(
			setup(
				{ receiveOn: 'phoneNumbers', phoneNumbers: [`PN${'1'.repeat(32)}`] },
				{ credential: { apiBaseUrl: url() } },
			),
		);
		const error: unknown = await hooks.create().catch((failed: unknown) => failed);
		await close();
		expectNamed(error, /API Base URL/);
	});
});
