import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
	MalformedCompositionError,
	ModelNoAnswerError,
	ModelRefusedError,
} from '../../../../nodes/shared/composing/model-error';
import {
	openAiComposer,
	type OpenAiModel,
	refusedFormats,
} from '../../../../nodes/shared/composing/models/openai-composer';
import { ModelLimitError } from '../../../../nodes/shared/composing/model-limit';
import { StoreUnavailableError } from '../../../../nodes/shared/threads/thread-store';
import { randomUUID } from 'node:crypto';
import { modelBreaker, type ModelBreaker } from '../../../../nodes/shared/composing/model-breaker';
import { systemClock } from '../../../../nodes/shared/n8n/host/system-clock';
import { startModelEmulator, type ModelEmulator } from '../../../../emulator/model-emulator';
import { FakeClock } from '../../../support/fake-clock';
import { limitOf, UNLIMITED } from '../../../support/model-limits';
import { fetchHttp } from '../../../support/fetch-http';
import { scriptedHttp } from '../../../support/scripted-http';

const KEY = 'sk-secret-of-the-builder';
const request = {
	instructions: 'You are Ava from Bright Plumbing.',
	messages: [{ role: 'user' as const, content: 'Hi, my name is Maria' }],
};

const BOOKING = { name: 'book_visit', description: '', parameters: {}, native: {} };
const SAYS_BOOKED = { kind: 'reply' as const, reply: 'Booked.', reason: null };

let model: ModelEmulator;

beforeAll(async () => {
	model = await startModelEmulator({ apiKey: KEY });
});
beforeEach(() => {
	model.clear();
	model.rejectResponseFormat = false;
	model.rejectMedia = false;
	model.respond = undefined;
	refusedFormats.clear();
});
afterAll(() => model.close());

/** Of a model that nobody has asked yet. */
const asFresh = () => ({ breaker: modelBreaker(randomUUID(), systemClock), limit: UNLIMITED });

function composer(change: Partial<OpenAiModel> = {}, key = KEY) {
	return openAiComposer(
		{ baseUrl: model.apiUrl, model: 'emulated-small', timeoutMs: 10_000, ...change },
		fetchHttp(key),
		asFresh(),
	);
}

const compose = (change?: Partial<OpenAiModel>) => composer(change).compose(request);
const failure = async (change?: Partial<OpenAiModel>) =>
	await compose(change).then(
		() => {
			throw new Error('It composed');
		},
		(error: unknown) => error as Error & { code: string; fix: string },
	);

describe('openAiComposer', () => {
	it('composes a reply and says which model it was and what it took', async () => {
		expect(await compose()).toEqual({
			kind: 'reply',
			text: 'Nice to meet you, Maria. How can I help?',
			model: 'emulated-small',
			usage: {
				promptTokens: expect.any(Number),
				completionTokens: expect.any(Number),
				totalTokens: expect.any(Number),
			},
		});
	});

	it('asks for structured output and sends nothing else that was not chosen', async () => {
		await compose();
		await compose({ temperature: 0, maxOutputTokens: 400 });
		const [plain, chosen] = model.requests.map(({ raw }) => raw as Record<string, unknown>);
		expect(Object.keys(plain ?? {}).sort()).toEqual(['messages', 'model', 'response_format']);
		expect(plain?.['response_format']).toMatchObject({
			type: 'json_schema',
			json_schema: { strict: true },
		});
		expect(chosen).toMatchObject({ temperature: 0, max_tokens: 400 });
	});

	it("names the output limit as OpenAI's own models want it", async () => {
		const completion = { choices: [{ message: { content: 'Hi.' } }] };
		const http = scriptedHttp({
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify(completion),
		});
		const openai = openAiComposer(
			{
				baseUrl: 'https://api.openai.com/v1',
				model: 'm',
				maxOutputTokens: 400,
				timeoutMs: 1000,
			},
			http.client,
			asFresh(),
		);
		await openai.compose(request);
		expect(JSON.parse(String(http.requests[0]?.body))).toMatchObject({
			max_completion_tokens: 400,
		});
	});

	it('does not send what the SDK finds in the environment', async () => {
		const http = scriptedHttp({
			headers: { 'content-type': 'application/json' },
			body: '{"choices":[{"message":{"content":"Hi."}}]}',
		});
		process.env['OPENAI_API_KEY'] = 'sk-of-the-server';
		process.env['OPENAI_ORG_ID'] = 'org-of-the-server';
		process.env['OPENAI_CUSTOM_HEADERS'] = 'X-Other: server';
		try {
			await openAiComposer(
				{ baseUrl: model.apiUrl, model: 'm', timeoutMs: 1000 },
				http.client,
				asFresh(),
			).compose(request);
		} finally {
			delete process.env['OPENAI_API_KEY'];
			delete process.env['OPENAI_ORG_ID'];
			delete process.env['OPENAI_CUSTOM_HEADERS'];
		}
		expect(Object.keys(http.requests[0]?.headers ?? {}).sort()).toEqual([
			'accept',
			'content-type',
		]);
	});

	it('hands over and stays silent when the model says so', async () => {
		model.respond = () => ({ kind: 'needsHuman', reply: null, reason: 'A complaint' });
		expect(await compose()).toMatchObject({ kind: 'needsHuman', reason: 'A complaint' });
		model.respond = () => ({ kind: 'noReply', reply: null, reason: 'Bye' });
		expect(await compose()).toMatchObject({ kind: 'noReply', reason: 'Bye' });
	});

	it('asks again without structured output where that is refused, and remembers it', async () => {
		model.rejectResponseFormat = true;
		expect(await compose()).toMatchObject({ kind: 'reply' });
		expect(await compose()).toMatchObject({ kind: 'reply' });
		expect(model.requests.map(({ responseFormat }) => responseFormat)).toEqual([
			'json_schema',
			null,
			null,
		]);
	});

	it('asks for tools without structured output where a server refuses both together', async () => {
		model.rejectResponseFormat = true;
		const acting = { ...request, tools: [BOOKING], rounds: [] };
		for (let times = 0; times < 2; times++) {
			expect(await composer().step(acting)).toMatchObject({ kind: 'reply' });
		}
		expect(
			model.requests.map(({ responseFormat, tools }) => [responseFormat, ...tools]),
		).toEqual([
			['json_schema', 'book_visit'],
			[null, 'book_visit'],
			[null, 'book_visit'],
		]);
		model.rejectResponseFormat = false;
		await compose();
		expect(model.requests.at(-1)?.responseFormat).toBe('json_schema');
	});

	it('gives up attachments that the server refuses, for this answer, and not the format', async () => {
		model.rejectMedia = true;
		const whys: string[] = [];
		const attachments = [
			{ kind: 'picture' as const, contentType: 'image/png', base64: 'AAAA' },
		];
		const seeing = {
			...request,
			attachments,
			attachmentsRefused: (why: string) => whys.push(why),
		};
		const asked = composer();
		expect(await asked.compose(seeing)).toMatchObject({ kind: 'reply' });
		const acting = { ...seeing, tools: [BOOKING], rounds: [] };
		expect(await asked.step(acting)).toMatchObject({ kind: 'reply' });
		const shown = model.requests.map(({ messages, responseFormat }) => [
			...(messages.at(-1)?.media ?? []),
			responseFormat,
		]);
		expect(shown).toEqual([
			['image/png', 'json_schema'],
			['image/png', null],
			['json_schema'],
			['json_schema'],
		]);
		expect(whys).toEqual([expect.stringContaining('does not support image or audio input')]);

		model.rejectMedia = false;
		model.rejectResponseFormat = true;
		expect(await composer().compose(seeing)).toMatchObject({ kind: 'reply' });
		expect(model.requests.at(-1)?.messages.at(-1)?.media).toEqual(['image/png']);
		expect(whys).toHaveLength(1);
	});

	it('does not give up attachments for what has another cause', async () => {
		const attachments = [
			{ kind: 'picture' as const, contentType: 'image/png', base64: 'AAAA' },
		];
		model.faults.next({ kind: '401', times: 1 });
		const failed = composer().compose({ ...request, attachments });
		await expect(failed).rejects.toThrow(ModelRefusedError);
		expect(model.requests).toHaveLength(1);
	});

	it('has a form filled in with its own schema and words, or without a schema where that is refused', async () => {
		const content = '{"summary":"Asked."}';
		model.respond = () => ({
			...{ content, refusal: null, toolCalls: [], finishReason: 'stop' },
		});
		const form = { name: 'contact_memory', schema: { type: 'object' } };
		model.rejectResponseFormat = true;
		const filled = await composer().fill({ ...request, form });
		expect(filled).toMatchObject({ text: content, cutOff: false, model: 'emulated-small' });
		model.rejectResponseFormat = false;
		model.respond = undefined;
		await compose();
		const asked = model.requests.map(({ responseFormat, messages }) => [
			responseFormat,
			messages[0]?.text,
		]);
		expect(asked.slice(0, 2)).toEqual([
			['json_schema', request.instructions],
			[null, request.instructions],
		]);
		// A reply has a schema of its own.
		expect(asked.at(-1)?.[0]).toBe('json_schema');
	});

	it('gives the calls that the model asks for, and the model what came of them', async () => {
		const completion = (given: string) => ({
			...{ content: null, refusal: null, finishReason: 'tool_calls' as const },
			toolCalls: [{ id: 'c1', name: 'book_visit', arguments: given }],
		});
		model.respond = () => completion('{"at":"15:00"}');
		const acting = { ...request, tools: [BOOKING], rounds: [] };
		const call = { id: 'c1', tool: 'book_visit', arguments: { at: '15:00' } };
		expect(await composer().step(acting)).toMatchObject({ kind: 'toolCalls', calls: [call] });
		model.respond = () => completion('{"at":');
		expect(await composer().step(acting)).toMatchObject({
			calls: [{ ...call, arguments: undefined }],
		});
		model.respond = () => ({ ...SAYS_BOOKED, actions: ['a1'] });
		const rounds = [[{ ...call, answer: 'Booked' }]];
		expect(await composer().step({ ...acting, rounds })).toMatchObject({
			...{ kind: 'reply', text: 'Booked.', restsOn: ['a1'] },
		});
		const { messages } = model.requests.at(-1)?.raw as { messages: unknown[] };
		expect(messages.slice(-2)).toMatchObject([
			{
				role: 'assistant',
				tool_calls: [
					{ id: 'c1', function: { name: 'book_visit', arguments: '{"at":"15:00"}' } },
				],
			},
			{ role: 'tool', tool_call_id: 'c1', content: 'Booked' },
		]);
	});

	it('takes plain text and fenced JSON from models without structured output', async () => {
		for (const kind of ['plain-text', 'fenced-json'] as const) {
			model.faults.next({ kind, times: 1 });
			expect(await compose()).toMatchObject({
				kind: 'reply',
				text: 'Nice to meet you, Maria. How can I help?',
			});
		}
	});

	it('hands over what the model refuses to answer', async () => {
		model.faults.next({ kind: 'refusal', times: 1 });
		expect(await compose()).toMatchObject({
			kind: 'needsHuman',
			reason: expect.stringContaining('refused'),
		});
	});

	it.each(['malformed-json', 'wrong-shape', 'empty'] as const)(
		'never takes %s for a reply',
		async (kind) => {
			model.faults.next({ kind, times: 1 });
			expect(await failure()).toBeInstanceOf(MalformedCompositionError);
		},
	);

	it.each(['429', '500', 'reset'] as const)('asks again after a passing %s', async (kind) => {
		model.faults.next({ kind, times: 1 });
		expect(await compose()).toMatchObject({ kind: 'reply' });
		expect(model.requests).toHaveLength(2);
	});

	it.each([
		['429', 'rateLimited'],
		['500', 'providerFailed'],
	] as const)('gives up on a lasting %s after three tries', async (kind, code) => {
		model.faults.next({ kind, times: 9 });
		const error = await failure();
		expect(error).toBeInstanceOf(ModelRefusedError);
		expect(error.code).toBe(code);
		expect(error.message).toContain('127.0.0.1');
		expect(error.fix).not.toBe('');
		expect(model.requests).toHaveLength(3);
	});

	it('says that the key is refused, without repeating it or asking twice', async () => {
		const error = await composer({}, 'sk-wrong')
			.compose(request)
			.catch((thrown: unknown) => thrown);
		expect(error).toMatchObject({ code: 'credentialRefused', status: 401 });
		expect(String(error)).not.toContain('sk-');
		expect(String(error)).not.toContain('Incorrect');
	});

	it('says that nobody is there', async () => {
		const gone = await startModelEmulator();
		await gone.close();
		const error = await failure({ baseUrl: gone.apiUrl });
		expect(error).toBeInstanceOf(ModelNoAnswerError);
		expect(error.message).toBe(`127.0.0.1:${gone.port} did not answer (ECONNREFUSED)`);
	});

	it('says that the address is not an API', async () => {
		const error = await failure({ baseUrl: model.baseUrl });
		expect(error).toMatchObject({ code: 'modelNotFound', status: 404 });
		expect(error.fix).toContain('/v1');
	});

	it.each([404, 400, 422])(
		'says that Model is empty where its usual one gets %i',
		async (status) => {
			const refusal = {
				status,
				headers: { 'content-type': 'application/json' },
				body: '{"error":{"message":"model \'usual\' not found"}}',
			};
			const composed = async (isUsual: boolean) =>
				await openAiComposer(
					{
						baseUrl: 'http://localhost:11434/v1',
						model: 'usual',
						isUsual,
						timeoutMs: 1000,
					},
					scriptedHttp(refusal, refusal).client,
					asFresh(),
				).compose(request);
			await expect(composed(true)).rejects.toMatchObject({
				code: 'modelNotFound',
				message: `localhost:11434 refused "usual", which it was asked for because Model is empty (HTTP ${status}): model 'usual' not found`,
				fix: expect.stringMatching(/^Choose one of its models under Model/),
			});
			await expect(composed(false)).rejects.not.toThrow('Model is empty');
		},
	);

	it.each([
		['a web page', 'text/html', '<html>Sign in</html>'],
		['JSON of another kind', 'application/json', '{"hello":"world"}'],
		['broken JSON', 'application/json', '{"choices":['],
	])('says that %s is no completion', async (_, type, body) => {
		const { client } = scriptedHttp({ headers: { 'content-type': type }, body });
		const stranger = openAiComposer(
			{ baseUrl: model.apiUrl, model: 'm', timeoutMs: 1000 },
			client,
			asFresh(),
		);
		await expect(stranger.compose(request)).rejects.toThrow(MalformedCompositionError);
	});

	it('hands over what a content filter stops', async () => {
		const { client } = scriptedHttp({
			status: 400,
			headers: { 'content-type': 'application/json' },
			body: '{"error":{"message":"filtered","code":"content_filter"}}',
		});
		const filtered = openAiComposer(
			{ baseUrl: model.apiUrl, model: 'm', timeoutMs: 1000 },
			client,
			asFresh(),
		);
		expect(await filtered.compose(request)).toMatchObject({ kind: 'needsHuman' });
	});

	it('gives up at its time-out, retries included', async () => {
		model.faults.next({ kind: 'hang', times: 9 });
		const error = await failure({ timeoutMs: 300 });
		expect(error).toMatchObject({ name: 'ModelNoAnswerError', code: 'timeout' });
		expect(model.requests).toHaveLength(1);
	});

	it('stops when it is told to', async () => {
		model.faults.next({ kind: 'hang', times: 1 });
		const stop = new AbortController();
		const http = fetchHttp(KEY);
		const hung = openAiComposer(
			{ baseUrl: model.apiUrl, model: 'emulated-small', timeoutMs: 10_000 },
			async (asked) => {
				const answer = http(asked);
				stop.abort(new Error('cancelled'));
				return await answer;
			},
			asFresh(),
		);
		await expect(hung.compose(request, stop.signal)).rejects.toThrow('cancelled');
	});
});

describe('openAiComposer, of a model that is down', () => {
	const HTTP_CALLS = 5;
	const down = (times = 1_000) => model.faults.next({ kind: '500', times });
	const waiting = (breaker: ModelBreaker) =>
		openAiComposer(
			{ baseUrl: model.apiUrl, model: 'emulated-small', timeoutMs: 10_000 },
			fetchHttp(KEY),
			{ breaker, limit: UNLIMITED },
		);

	it('asks it five times in all, then says at once that it is not reachable', async () => {
		down();
		const breaker = modelBreaker(randomUUID(), new FakeClock());
		for (let texts = 0; texts < 20; texts++) {
			await expect(waiting(breaker).compose(request)).rejects.toMatchObject({
				mayPass: true,
			});
		}
		expect(model.requests).toHaveLength(HTTP_CALLS);
		await expect(waiting(breaker).compose(request)).rejects.toMatchObject({
			name: 'ModelNoAnswerError',
			message: expect.stringContaining('was not asked again this time'),
		});
	});

	it('tries with one HTTP call whether it is back, and answers all from then on', async () => {
		down();
		const clock = new FakeClock();
		const breaker = modelBreaker(randomUUID(), clock);
		await waiting(breaker)
			.compose(request)
			.catch(() => {});
		await waiting(breaker)
			.compose(request)
			.catch(() => {});
		const before = model.requests.length;
		clock.advance(15_000);
		await waiting(breaker)
			.compose(request)
			.catch(() => {});
		await waiting(breaker)
			.compose(request)
			.catch(() => {});
		expect(model.requests.length - before).toBe(1);
		model.faults.clear();
		clock.advance(15_000);
		for (let texts = 0; texts < 3; texts++) {
			expect(await waiting(breaker).compose(request)).toMatchObject({ kind: 'reply' });
		}
	});

	it('goes on asking one that only refuses: waiting would not help', async () => {
		model.faults.next({ kind: '401', times: 20 });
		const breaker = modelBreaker(randomUUID(), new FakeClock());
		for (let texts = 0; texts < 10; texts++) {
			await expect(waiting(breaker).compose(request)).rejects.toMatchObject({
				code: 'credentialRefused',
				mayPass: false,
			});
		}
		expect(model.requests).toHaveLength(10);
	});

	it('goes on asking one whose credit is used up, though that looks like too many requests', async () => {
		const refusal = {
			status: 429,
			headers: { 'content-type': 'application/json' },
			body: '{"error":{"message":"Pay","code":"insufficient_quota"}}',
		};
		const http = scriptedHttp(...Array.from({ length: 6 }, () => refusal));
		const options = { baseUrl: model.apiUrl, model: 'm', timeoutMs: 10_000 };
		const composer = openAiComposer(options, http.client, asFresh());
		for (let texts = 0; texts < 2; texts++) {
			await expect(composer.compose(request)).rejects.toMatchObject({
				code: 'creditUsedUp',
			});
		}
		expect(http.requests).toHaveLength(6);
	});
});

describe('the limit of how often a model is asked', () => {
	const failed = { status: 500, headers: { 'retry-after-ms': '1' } };
	const answered = {
		headers: { 'content-type': 'application/json' },
		body: '{"choices":[{"message":{"content":"Hi."}}]}',
	};
	const options = { baseUrl: 'https://model.example/v1', model: 'm', timeoutMs: 10_000 };

	it('counts what is tried again, and what is asked a second time without a format', async () => {
		const refused = {
			status: 400,
			headers: {},
			body: '{"error":{"message":"response_format"}}',
		};
		const http = scriptedHttp(failed, refused, failed, answered);
		const limit = limitOf(10);
		await openAiComposer(options, http.client, { ...asFresh(), limit }).compose(request);
		expect(limit.taken).toBe(4);
	});

	it('ends the asking, with its own words', async () => {
		const http = scriptedHttp(failed, failed);
		const breaker = modelBreaker(randomUUID(), systemClock);
		const composer = openAiComposer(options, http.client, { breaker, limit: limitOf(1) });
		await expect(composer.compose(request)).rejects.toThrow(ModelLimitError);
		expect(http.requests).toHaveLength(1);
	});

	it('says so where its count cannot be kept, and nobody is asked uncounted', async () => {
		const http = scriptedHttp();
		const outage = new StoreUnavailableError('Redis', 'Start it.');
		const limit = { takeCall: async () => await Promise.reject(outage) };
		const composer = openAiComposer(options, http.client, { ...asFresh(), limit });
		await expect(composer.compose(request)).rejects.toBe(outage);
	});

	it('does not make a model look down', async () => {
		const breaker = modelBreaker(randomUUID(), systemClock);
		for (let texts = 0; texts < 20; texts++) {
			const composer = openAiComposer(options, scriptedHttp().client, {
				breaker,
				limit: limitOf(0),
			});
			await expect(composer.compose(request)).rejects.toThrow(ModelLimitError);
		}
		expect(breaker.begin()).toBeDefined();
	});
});
