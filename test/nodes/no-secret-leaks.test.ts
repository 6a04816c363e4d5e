import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
	NodeApiError,
	NodeOperationError,
	type ICredentialsDecrypted,
	type ICredentialTestFunctions,
	type ICredentialType,
	type IExecuteFunctions,
	type ILoadOptionsFunctions,
	type INode,
} from 'n8n-workflow';
import { OpenAiCompatibleApi } from '../../credentials/OpenAiCompatibleApi.credentials';
import { ThreadStorePostgresApi } from '../../credentials/ThreadStorePostgresApi.credentials';
import { ThreadStoreRedisApi } from '../../credentials/ThreadStoreRedisApi.credentials';
import { TwilioMessagingApi } from '../../credentials/TwilioMessagingApi.credentials';
import { AgentReply } from '../../nodes/AgentReply/AgentReply.node';
import { IncomingSmsTrigger } from '../../nodes/IncomingSmsTrigger/IncomingSmsTrigger.node';
import { reasonOf, reasonWithFix } from '../../nodes/shared/messaging/reason-of';
import {
	rememberSecretsOf,
	SECRET_FIELDS,
} from '../../nodes/shared/n8n/credentials/read-credential';
import { testTwilioCredential } from '../../nodes/shared/n8n/credentials/test-twilio-credential';
import { testModelCredential } from '../../nodes/shared/n8n/models/test-model-credential';
import { fetchMedia } from '../../nodes/shared/n8n/host/fetch-media';
import { nodeErrorOf } from '../../nodes/shared/n8n/host/node-error';
import { listModels } from '../../nodes/shared/n8n/models/model-api';
import { postgresUnavailable } from '../../nodes/shared/threads/stores/postgres/explain-postgres-error';
import { postgresSettingsOf } from '../../nodes/shared/threads/stores/postgres/postgres-settings';
import { redisUnavailable } from '../../nodes/shared/threads/stores/redis/explain-redis-error';
import { RedisFailure } from '../../nodes/shared/threads/stores/redis/redis-failure';
import { redisSettingsOf } from '../../nodes/shared/threads/stores/redis/redis-settings';
import { inNode } from './support/in-node';
import { n8nsOpenAi } from './support/openai-credential';
import { openSendSmsBench, CONTACT, OURS, type SendSmsBench } from './support/send-sms-bench';
import { webhookHooks } from './support/call-webhook';
import { skipWaits } from './support/skip-waits';

const TOKEN = '0a9b8c7d6e5f40312233445566778899';
const KEY = 'sk-proj-9Qm2Zt/7+Lx=4Vn8-Builder&Key"x';
/** Of a credential that we do not know, as of a connected Chat Model's. */
const UNKNOWN = 'sk-ant-api03-Zz9Yy8Xx7Ww6Vv5Uu4Tt3';
const PASSWORD = "p@ss:w0rd/with 'quotes' & more";
const NOTIFY = `whsec_${Buffer.from('a secret of thirty two bytes ....').toString('base64')}`;
const HEADER = 'gateway-7Hh3Kk9Ww2Qq5Rr8';
const SECRETS = [TOKEN, KEY, UNKNOWN, PASSWORD, NOTIFY, HEADER];

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** As many letters of a secret as nobody may read, whatever form they stand in. */
const TELLING = 12;
const tellingParts = SECRETS.flatMap((secret) =>
	[
		secret,
		encodeURIComponent(secret),
		JSON.stringify(secret).slice(1, -1),
		base64(secret),
	].flatMap((form) =>
		Array.from({ length: form.length - TELLING + 1 }, (_, at) => form.slice(at, at + TELLING)),
	),
);

/** Everything of an outcome that n8n could keep, show or log. */
function expectNoSecretIn(...shown: unknown[]): void {
	const text = shown
		.map((one) => {
			const error = one as Error;
			const fields = one instanceof Error ? { ...error, stack: error.stack } : {};
			return [
				inspect(one, { depth: 12, showHidden: true, maxStringLength: Infinity }),
				inspect(fields, { depth: 12, maxStringLength: Infinity }),
				JSON.stringify(one, (_, value: unknown) =>
					value instanceof Map ? [...value] : value,
				) ?? '',
			].join('\n');
		})
		.join('\n');
	expect(tellingParts.filter((part) => text.includes(part))).toEqual([]);
	// "user:password", whichever of the three ways its letters fall in base64.
	for (const pair of [`${accountSid}:${TOKEN}`, `:${KEY}`]) {
		expect(text).not.toContain(base64(pair).replace(/=+$/, '').slice(-TELLING));
	}
}

/** How a provider may repeat what it got. */
const ECHOES: Record<string, (headers: IncomingHttpHeaders) => { type: string; body: string }> = {
	JSON: (headers) => ({
		type: 'application/json',
		body: JSON.stringify({
			code: 20001,
			message: `Cannot read ${JSON.stringify(headers)}`,
			error: { message: `Cannot read ${headers.authorization}`, code: headers.authorization },
			headers,
		}),
	}),
	'decoded JSON': ({ authorization = '' }) => {
		const [, given = ''] = authorization.split(' ');
		const read = authorization.startsWith('Basic')
			? Buffer.from(given, 'base64').toString()
			: given;
		return {
			type: 'application/json',
			body: JSON.stringify({
				message: `No account ${read}`,
				error: { message: `No ${read}` },
			}),
		};
	},
	'encoded JSON': ({ authorization = '' }) => ({
		type: 'application/json',
		body: JSON.stringify({
			message: `See https://help.example/?q=${encodeURIComponent(authorization)}`,
			error: { message: `See https://help.example/?q=${encodeURIComponent(authorization)}` },
		}),
	}),
	'cut JSON': ({ authorization = '' }) => {
		const [, given = ''] = authorization.split(' ');
		const cut = `${given.slice(0, 24)}... and ...${given.slice(-20)}`;
		return {
			type: 'application/json',
			body: JSON.stringify({
				message: `Wrong key ${cut}`,
				error: { message: `Wrong: ${cut}` },
			}),
		};
	},
	HTML: (headers) => ({
		type: 'text/html',
		body: `<!doctype html><pre>${JSON.stringify(headers).replaceAll('&', '&amp;').replaceAll('"', '&quot;')}</pre>`,
	}),
	text: ({ authorization }) => ({
		type: 'text/plain',
		body: `authorization: ${authorization} (x-api-key: ${authorization?.split(' ')[1]})`,
	}),
};

let bench: SendSmsBench;
let server: Server;
let answer: { status: number; echo: (typeof ECHOES)[string] };
let accountSid: string;

beforeAll(async () => {
	bench = await openSendSmsBench();
	({ accountSid } = bench);
	server = createServer((request, response) => {
		request.resume();
		request.once('end', () => {
			const { type, body } = answer.echo(request.headers);
			response
				.writeHead(answer.status, {
					'content-type': type,
					'twilio-request-id': `RQ ${request.headers.authorization}`,
				})
				.end(body);
		});
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
});
beforeEach(() => skipWaits());
afterAll(async () => {
	server.closeAllConnections();
	server.close();
	await bench.close();
});

const echoing = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const twilioHere = () => ({
	accountSid,
	authToken: TOKEN,
	notifySigningSecret: NOTIFY,
	apiBaseUrl: echoing(),
});
const modelHere = () => ({ apiKey: KEY, baseUrl: `${echoing()}/v1` });
const TYPES = [new TwilioMessagingApi(), new OpenAiCompatibleApi()];

const withoutTwilio = () => ({ ...bench.credentials, twilioMessagingApi: twilioHere() });
/** n8n's own credential may put its secrets elsewhere than we would. */
const n8nsHere = () => ({
	apiKey: 'sk-of-nobody-at-all',
	url: `${echoing()}/v1`,
	headerName: 'Authorization',
	headerValue: `Basic ${HEADER}`,
});
const withoutModel = () => ({
	...bench.credentials,
	openAiCompatibleApi: modelHere(),
	openAiApi: n8nsHere(),
});

const probing = async (work: (context: IExecuteFunctions) => Promise<unknown>) =>
	await inNode(
		{ twilioMessagingApi: twilioHere(), openAiCompatibleApi: modelHere() },
		TYPES,
		work,
	)
		// Of the trigger, n8n keeps what it made of the error.
		.catch((error: unknown) => [error, reasonOf(error)]);

let workflows = 0;
const agentReply = async (
	options: object,
	onError?: 'continueRegularOutput',
	modelSource = 'openAiCompatible',
) =>
	await bench.run(
		[bench.incoming()],
		{
			model: { __rl: true, mode: 'id', value: 'small' },
			modelSource,
			options: options as never,
		},
		{
			node: new AgentReply(),
			credentials: withoutModel(),
			credentialTypes: [...TYPES, n8nsOpenAi],
			workflowId: `leaks-${workflows++}`,
			...(onError ? { settings: { onError } } : {}),
		},
	);

/** Every way in which a provider's words come to be read. */
const PATHS: Record<string, () => Promise<unknown>> = {
	'Send SMS': async () =>
		await bench.run(
			[{}],
			{ to: CONTACT, from: OURS, body: 'Hi' },
			{ credentials: withoutTwilio() },
		),
	'the item of a Send SMS that goes on': async () =>
		await bench.run(
			[{}],
			{ to: CONTACT, from: OURS, body: 'Hi' },
			{ credentials: withoutTwilio(), settings: { onError: 'continueRegularOutput' } },
		),
	'the error output of Send SMS': async () =>
		await bench.run(
			[{}],
			{ to: CONTACT, from: OURS, body: 'Hi' },
			{ credentials: withoutTwilio(), settings: { onError: 'continueErrorOutput' } },
		),
	'Send SMS with words of a model': async () =>
		await bench.run(
			[bench.incoming()],
			{ mode: 'ai', model: { __rl: true, mode: 'id', value: 'small' } },
			{ credentials: withoutModel() },
		),
	'Agent Reply': async () => await agentReply({ onModelError: 'throw' }),
	'the item of an Agent Reply': async () => await agentReply({ onModelError: 'needsHuman' }),
	'the item of an Agent Reply that goes on': async () =>
		await agentReply({ onModelError: 'throw' }, 'continueRegularOutput'),
	"Agent Reply with n8n's OpenAI credential": async () =>
		await agentReply({ onModelError: 'throw' }, undefined, 'openAi'),
	'the list of models': async () =>
		await probing(
			async (context) =>
				await listModels(
					context as unknown as ILoadOptionsFunctions,
					'openAiCompatibleApi',
					'',
				),
		),
	'a file of a text': async () =>
		await probing(
			async (context) =>
				await fetchMedia(context, `${echoing()}/file`, {
					account: { accountSid: '', apiBaseUrl: echoing() },
					maxBytes: 1_000,
				}),
		),
	"Twilio's credential test": async () =>
		await probing(
			async ({ helpers }) =>
				await testTwilioCredential.call(
					{ helpers } as unknown as ICredentialTestFunctions,
					{ data: twilioHere() } as unknown as ICredentialsDecrypted,
				),
		),
	"the model's credential test": async () =>
		await probing(
			async ({ helpers }) =>
				await testModelCredential.call(
					{ helpers } as unknown as ICredentialTestFunctions,
					{ data: modelHere() } as unknown as ICredentialsDecrypted,
				),
		),
	'publishing a trigger': async () => {
		const hooks = webhookHooks({
			node: new IncomingSmsTrigger(),
			parameters: { receiveOn: 'phoneNumbers', phoneNumbers: [`PN${'1'.repeat(32)}`] },
			credentialTypes: TYPES,
			credentials: { twilioMessagingApi: twilioHere() },
		});
		const error: unknown = await hooks.create().catch((failed: unknown) => failed);
		if (!(error instanceof Error)) throw new Error('it was published');
		return [error, hooks.warnings];
	},
};

const cases = Object.keys(ECHOES).flatMap((echo) =>
	[400, 401, 500].flatMap((status) =>
		Object.keys(PATHS).map((path) => [path, status, echo] as const),
	),
);

describe('a provider that repeats what it got', () => {
	it.each(cases)(
		'tells no secret through %s with status %i in %s',
		async (path, status, echo) => {
			answer = { status, echo: ECHOES[echo] as (typeof ECHOES)[string] };
			expectNoSecretIn(await PATHS[path]?.());
		},
	);

	it('puts no key into the words that are sent to a contact', async () => {
		answer = {
			status: 200,
			echo: () => ({
				type: 'application/json',
				body: JSON.stringify({
					choices: [
						{
							message: {
								content: JSON.stringify({ kind: 'reply', reply: `It is ${KEY}` }),
							},
						},
					],
				}),
			}),
		};
		const run = await agentReply({});
		expectNoSecretIn(run, bench.texts());
		expect(bench.texts().join()).toContain('It is [hidden]');
	});
});

const NODE: INode = {
	id: '1',
	name: 'Send SMS',
	type: 'n8n-nodes-sms-agent.sendSms',
	typeVersion: 2,
	position: [0, 0],
	parameters: {},
};

describe('an error of somebody else', () => {
	beforeAll(() => {
		rememberSecretsOf({
			apiKey: KEY,
			authToken: TOKEN,
			accountSid,
			notifySigningSecret: NOTIFY,
		});
		rememberSecretsOf({ password: PASSWORD, user: 'ann' });
	});

	const axiosLike = () =>
		Object.assign(new Error(`Request failed with ${KEY}`), {
			isAxiosError: true,
			code: 'ERR_BAD_REQUEST',
			config: { headers: { Authorization: `Bearer ${KEY}` }, auth: { password: TOKEN } },
			response: {
				status: 400,
				data: {
					message: `Bad ${TOKEN}`,
					error: { message: UNKNOWN },
					headers: { 'x-api-key': KEY },
				},
			},
			error: { message: `no ${KEY}` },
			description: `Key ${KEY} is wrong`,
		});

	const errors: Record<string, () => unknown> = {
		'an error of an HTTP client': axiosLike,
		"n8n's NodeApiError of one": () => new NodeApiError(NODE, axiosLike() as never),
		"n8n's NodeApiError of a plain answer": () =>
			new NodeApiError(NODE, { message: `Key ${KEY}`, body: { token: TOKEN } }),
		"n8n's NodeApiError with a description": () =>
			new NodeApiError(NODE, { message: 'no' }, { description: `Bearer ${UNKNOWN}` }),
		"n8n's NodeOperationError of one": () => new NodeOperationError(NODE, axiosLike()),
		"n8n's NodeOperationError of n8n's NodeApiError": () =>
			new NodeOperationError(NODE, new NodeApiError(NODE, axiosLike() as never)),
		'an error with causes': () =>
			new Error('outer', { cause: new Error(KEY, { cause: axiosLike() }) }),
		'a text that was thrown': () => `the key is ${KEY}`,
		'an unknown key in a header': () => new Error(`{"x-api-key":"${UNKNOWN}"}`),
		'an unknown Bearer token': () => new Error(`authorization: Bearer ${UNKNOWN.slice(3)}`),
		'a connection string': () =>
			new Error(`connect redis://ann:${encodeURIComponent(PASSWORD)}@10.0.0.1:6379 failed`),
		'a password that stands alone': () => new Error(`AUTH ann ${PASSWORD}`),
		Redis: () =>
			redisUnavailable(
				redisSettingsOf({ host: 'redis', user: 'ann', password: PASSWORD }),
				new RedisFailure('ERR', `odd arguments: 'AUTH' 'ann' '${PASSWORD}'`),
			),
		Postgres: () =>
			postgresUnavailable(
				postgresSettingsOf({ host: 'pg', database: 'd', user: 'ann', password: PASSWORD }),
				Object.assign(new Error(`no entry for postgres://ann:${PASSWORD}@pg/d`), {
					code: '99999',
					connection: { password: PASSWORD },
				}),
			),
	};

	it.each(Object.entries(errors))('tells no secret: %s', (_, make) => {
		expectNoSecretIn(reasonOf(make()), reasonWithFix(make()), nodeErrorOf(NODE, make()));
	});
});

describe('the secrets of our credentials', () => {
	it('are all known by their fields', () => {
		const types: ICredentialType[] = [
			...TYPES,
			n8nsOpenAi,
			new ThreadStoreRedisApi(),
			new ThreadStorePostgresApi(),
		];
		const fields = types.flatMap(({ properties }) =>
			properties.flatMap(({ name, typeOptions }) =>
				typeOptions?.['password'] === true ? [name] : [],
			),
		);
		expect(new Set(fields)).toEqual(new Set(SECRET_FIELDS));
	});
});
