import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import type {
	ChatCompletionContentPart,
	ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import {
	startModelEmulator,
	type ModelEmulator,
	type ModelEmulatorOptions,
} from '../../emulator/model-emulator';

let model: ModelEmulator;
let client: OpenAI;

const start = async (options: ModelEmulatorOptions = {}): Promise<void> => {
	model = await startModelEmulator({ apiKey: 'sk-test', ...options });
	client = new OpenAI({
		apiKey: 'sk-test',
		baseURL: model.apiUrl,
		maxRetries: 0,
		timeout: 10_000,
	});
};
beforeEach(() => start());
afterEach(() => model.close());

const SYSTEM = 'You are Ava of Acme Plumbing. Answer in one or two sentences.';
type Turn = [user: string, assistant?: string];
const talk = (turns: Turn[], system = SYSTEM): ChatCompletionMessageParam[] => [
	{ role: 'system', content: system },
	...turns.flatMap(([user, assistant]): ChatCompletionMessageParam[] => [
		{ role: 'user', content: user },
		...(assistant === undefined ? [] : [{ role: 'assistant' as const, content: assistant }]),
	]),
];
const ask = async (messages: ChatCompletionMessageParam[], json = false) => {
	const completion = await client.chat.completions.create({
		model: 'emulated-small',
		messages,
		...(json ? { response_format: { type: 'json_object' as const } } : {}),
	});
	return completion.choices[0]?.message.content ?? null;
};

describe('an answer', () => {
	it.each<[string, Turn[], string]>([
		[
			'the name from an earlier text',
			[['My name is Sam', 'Hi Sam'], ['What is my name?']],
			'Your name is Sam.',
		],
		['that it does not know the name', [['What is my name?']], "I don't know your name yet."],
		[
			'how many texts there were',
			[['a', 'b'], ['c', 'd'], ['How many texts have I sent?']],
			'You have sent 3 texts.',
		],
		[
			'the first text',
			[['Hello there', 'Hi'], ['What did I say first?']],
			'You first said: "Hello there"',
		],
		[
			'the last text and the business',
			[['Blue elephants']],
			'Acme Plumbing. You said: "Blue elephants"',
		],
	])('says %s', async (_what, turns, expected) => {
		expect(await ask(talk(turns))).toContain(expected);
	});

	it('takes the business from a line of its own', async () => {
		expect(await ask(talk([['Elephants']], 'Be kind.\nBusiness: Bright Dental\n'))).toContain(
			'Bright Dental',
		);
	});

	it('opens the conversation when nobody has spoken, by the name it is given', async () => {
		const prompt = `${SYSTEM}\nContact name: Maria`;
		const opener = 'Hi Maria, this is Ava from Acme Plumbing.';
		expect(await ask(talk([], prompt))).toContain(opener);
		expect(await ask(talk([['Write the first text message to this lead.']], prompt))).toContain(
			opener,
		);
		expect(await ask(talk([], 'Offer a free quote.'))).toBe('Hi! How can we help?');
	});

	it('reports plausible usage', async () => {
		const { usage } = await client.chat.completions.create({
			model: 'm',
			messages: talk([['Hi']]),
		});
		expect(usage?.prompt_tokens).toBeGreaterThan(SYSTEM.length / 4);
		expect(usage?.total_tokens).toBe(
			(usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0),
		);
		expect(usage?.prompt_tokens_details).toMatchObject({ cached_tokens: 0 });
	});

	it('comes as a stream too', async () => {
		const stream = await client.chat.completions.create({
			model: 'm',
			messages: talk([['What is my name?']]),
			stream: true,
		});
		let text = '';
		for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
		expect(text).toBe("I don't know your name yet.");
	});
});

describe('a structured answer', () => {
	const structured = async (text: string): Promise<unknown> =>
		JSON.parse((await ask(talk([[text]]), true)) ?? '') as unknown;

	it.each([
		['What is my name?', { kind: 'reply', reply: "I don't know your name yet.", reason: null }],
		[
			'I want to speak to a person',
			{ kind: 'needsHuman', reply: null, reason: expect.any(String) },
		],
		[
			"I've had enough of your texts",
			{ kind: 'optOut', reply: null, reason: "I've had enough of your texts" },
		],
		['Thanks, bye', { kind: 'noReply', reply: null, reason: expect.any(String) }],
	])('to %j is of the agreed shape', async (text, expected) => {
		expect(await structured(text)).toEqual(expected);
	});

	it('comes for a JSON schema, and when only the prompt asks for it', async () => {
		const completion = await client.chat.completions.create({
			model: 'm',
			messages: talk([['Hi']]),
			response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: {} } },
		});
		expect(completion.choices[0]?.message.content).toMatch(/^\{"kind":"reply"/);
		const prompt = `${SYSTEM} Answer with a JSON object: {"kind": "reply", "reply": "..."}.`;
		expect(await ask(talk([['Hi']], prompt))).toMatch(/^\{"kind":"reply"/);
		expect(await ask(talk([['Hi']]))).not.toMatch(/^\{/);
	});

	it('is refused with 400 by a provider that knows no response_format', async () => {
		model.rejectResponseFormat = true;
		await expect(ask(talk([['Hi']]), true)).rejects.toMatchObject({
			status: 400,
			param: 'response_format',
		});
		expect(await ask(talk([['Hi']]))).toContain('Hi');
	});
});

describe('pictures and sounds', () => {
	const content: ChatCompletionContentPart[] = [
		{ type: 'text', text: 'My name is Sam' },
		{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
		{ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
	];

	it('are named by their types, beside the words', async () => {
		expect(await ask([{ role: 'user', content }])).toContain('Sam');
		expect(model.requests[0]?.messages).toEqual([
			{ role: 'user', text: 'My name is Sam\n\n', media: ['image/png', 'audio/wav'] },
		]);
	});

	it('are refused with 400 by a model that is to be blind and deaf', async () => {
		model.rejectMedia = true;
		await expect(ask([{ role: 'user', content }])).rejects.toMatchObject({ status: 400 });
		expect(await ask(talk([['Hi']]))).toContain('Hi');
	});
});

describe('tools', () => {
	const tools = [{ type: 'function' as const, function: { name: 'send_sms', parameters: {} } }];
	it('are called with the arguments in the text, and their result is repeated', async () => {
		const messages = talk([['call tool send_sms with {"text":"Hi"}']]);
		const first = await client.chat.completions.create({ model: 'm', messages, tools });
		const call = first.choices[0]?.message;
		expect(first.choices[0]?.finish_reason).toBe('tool_calls');
		expect(call?.tool_calls).toMatchObject([
			{ type: 'function', function: { name: 'send_sms', arguments: '{"text":"Hi"}' } },
		]);
		if (!call?.tool_calls?.[0]) throw new Error('no call');
		const result = {
			role: 'tool' as const,
			tool_call_id: call.tool_calls[0].id,
			content: 'sent',
		};
		expect(await ask([...messages, call, result])).toBe('Tool said: sent');
	});
	it('are not called when they are not on offer', async () => {
		expect(await ask(talk([['call tool send_sms with {}']]))).toContain('You said');
	});
});

describe('a fault', () => {
	it.each([
		['429', { status: 429, code: 'rate_limit_exceeded' }],
		['500', { status: 500 }],
		['401', { status: 401, code: 'invalid_api_key' }],
		['reset', { message: 'Connection error.' }],
		['hang', { message: expect.stringMatching(/^(Request timed out|Connection error)\.$/) }],
	] as const)('%s fails the request, once', async (kind, error) => {
		model.faults.next({ kind });
		if (kind === 'hang') client = client.withOptions({ timeout: 100 });
		await expect(ask(talk([['Hi']]))).rejects.toMatchObject(error);
		client = client.withOptions({ timeout: 10_000 });
		expect(await ask(talk([['Hi']]))).toContain('Hi');
		expect(model.requests.map(({ fault }) => fault)).toEqual([kind, null]);
	});

	it.each([
		['malformed-json', /^\{"kind":"reply","reply":"\S+$/],
		['plain-text', /^Hi! This is Ava/],
		['fenced-json', /^```json\n\{/],
		['wrong-shape', /"kind":"answer"/],
		['empty', /^$/],
		['too-long', /.{1600}/],
	] as const)('%s spoils the answer', async (kind, content) => {
		model.faults.next({ kind });
		expect(await ask(talk([['Hi']]), true)).toMatch(content);
	});

	it('refusal leaves no content', async () => {
		model.faults.next({ kind: 'refusal' });
		const completion = await client.chat.completions.create({
			model: 'm',
			messages: talk([['Hi']]),
		});
		expect(completion.choices[0]?.message).toMatchObject({
			content: null,
			refusal: expect.any(String),
		});
	});

	it('can be set over HTTP', async () => {
		const url = `${model.baseUrl}/_emulator/faults`;
		const headers = { 'Content-Type': 'application/json' };
		const set = await fetch(url, { method: 'POST', headers, body: '{"kind":"500","times":2}' });
		expect(await set.json()).toMatchObject([{ kind: '500', left: 2 }]);
		await expect(ask(talk([['Hi']]))).rejects.toMatchObject({ status: 500 });
		await fetch(`${url}?kind=500`, { method: 'DELETE' });
		expect(await ask(talk([['Hi']]))).toContain('Hi');
		const log = await (await fetch(`${model.baseUrl}/_emulator/requests`)).json();
		expect(log).toHaveLength(2);
	});
});

describe('a client', () => {
	it('needs the right key, if one is set, and finds the models', async () => {
		const stranger = new OpenAI({ apiKey: 'sk-wrong', baseURL: model.apiUrl, maxRetries: 0 });
		await expect(stranger.models.list()).rejects.toMatchObject({ status: 401 });
		expect((await client.models.list()).data.map(({ id }) => id)).toContain('emulated-small');
	});

	it('can be read afterwards: every message, never the key', async () => {
		await ask(talk([['One', 'Two'], ['Three']]));
		expect(model.requests[0]?.messages.map(({ role, text }) => [role, text])).toEqual([
			['system', SYSTEM],
			['user', 'One'],
			['assistant', 'Two'],
			['user', 'Three'],
		]);
		expect(JSON.stringify(model.requests)).not.toContain('sk-test');
	});

	it('gets what a responder decides, or else the script', async () => {
		model.respond = ({ messages }) =>
			messages.at(-1)?.text === 'Hi' ? 'From the test' : undefined;
		expect(await ask(talk([['Hi']]))).toBe('From the test');
		expect(await ask(talk([['What is my name?']]))).toContain("don't know");
	});
});
