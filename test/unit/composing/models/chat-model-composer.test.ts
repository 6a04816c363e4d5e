import { describe, expect, it } from '@jest/globals';
import {
	chatModelComposer,
	type ChatModel,
} from '../../../../nodes/shared/composing/models/chat-model-composer';
import type { CompositionRequest } from '../../../../nodes/shared/composing/reply-composer';
import { randomUUID } from 'node:crypto';
import { modelBreaker } from '../../../../nodes/shared/composing/model-breaker';
import { ModelLimitError, type ModelLimit } from '../../../../nodes/shared/composing/model-limit';
import { limitOf, UNLIMITED } from '../../../support/model-limits';
import { FakeClock } from '../../../support/fake-clock';
import { MalformedCompositionError } from '../../../../nodes/shared/composing/model-error';

const request = {
	instructions: 'You are Ava.',
	messages: [{ role: 'user' as const, content: 'Hi' }],
};

const attachments = [
	{ kind: 'picture' as const, contentType: 'image/png', base64: 'AAAA' },
	{ kind: 'voiceNote' as const, contentType: 'audio/mp3', base64: 'BBBB' },
];

/** A chat model as a sub-node supplies it. */
function chatModel(
	answer: unknown,
	change: Partial<ChatModel> = {},
	limit: ModelLimit = UNLIMITED,
	more: Partial<CompositionRequest> = {},
) {
	const asked: Array<Parameters<ChatModel['invoke']>> = [];
	const model: ChatModel = {
		invoke: async (...call) => {
			asked.push(call);
			if (answer instanceof Error) throw answer;
			return await Promise.resolve(answer);
		},
		bindTools: () => model,
		...change,
	};
	const breaker = modelBreaker(randomUUID(), new FakeClock());
	const composer = chatModelComposer(model, 500, { breaker, limit });
	const form = { name: 'contact_memory', schema: {} };
	return {
		...{ asked, composer },
		compose: () => composer.compose({ ...request, ...more }),
		fill: () => composer.fill({ ...request, form }),
	};
}

describe('chatModelComposer', () => {
	it('reads the words, the tokens and the name of the model', async () => {
		const { compose } = chatModel({
			content: '{"kind":"reply","reply":"Hello!","reason":null}',
			usage_metadata: { input_tokens: 50, output_tokens: 5, total_tokens: 55 },
			response_metadata: { model_name: 'claude', finish_reason: 'stop' },
		});
		expect(await compose()).toEqual({
			kind: 'reply',
			text: 'Hello!',
			usage: { promptTokens: 50, completionTokens: 5, totalTokens: 55 },
			model: 'claude',
		});
	});

	it('has a form filled in, in the words of the instructions alone', async () => {
		const { asked, fill } = chatModel({
			content: '{"summary":"Ask',
			response_metadata: { finish_reason: 'length' },
		});
		expect(await fill()).toMatchObject({ text: '{"summary":"Ask', cutOff: true, usage: null });
		expect(asked[0]?.[0][0]).toEqual({ role: 'system', content: request.instructions });
	});

	it('asks in words for the agreed form, and hands its signal on', async () => {
		const { asked, compose } = chatModel({ content: 'Hi.' });
		await compose();
		const [messages, options] = asked[0] ?? [];
		expect(messages?.[0]).toMatchObject({ role: 'system' });
		expect(messages?.[0]?.content).toContain('"kind": "needsHuman"');
		expect(messages?.[0]?.content).toContain('You are Ava.');
		expect(messages?.[1]).toEqual({ role: 'user', content: 'Hi' });
		expect(options?.signal).toBeInstanceOf(AbortSignal);
	});

	it('gives pictures and voice notes along in the forms that vendors read', async () => {
		const { asked, compose } = chatModel({ content: 'Hi.' }, {}, UNLIMITED, { attachments });
		await compose();
		expect(asked[0]?.[0]?.[1]).toEqual({
			role: 'user',
			content: [
				{ type: 'text', text: 'Hi' },
				{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
				{ type: 'audio', source_type: 'base64', mime_type: 'audio/mp3', data: 'BBBB' },
			],
		});
	});

	it.each([
		['with a status', Object.assign(new Error('no images here'), { status: 400 })],
		['by its class', new Error('Unsupported content block type: audio')],
		[
			'as a local server',
			Object.assign(new Error('image input needs mmproj'), { status: 500 }),
		],
	])('gives the words alone to one that refuses more (%s), and says so', async (_, refusal) => {
		const whys: string[] = [];
		const { asked, compose } = chatModel(
			{ content: 'Hi.' },
			{
				invoke: async (...call) => {
					asked.push(call);
					if (typeof call[0][1]?.content !== 'string') throw refusal;
					return await Promise.resolve({ content: 'Hi.' });
				},
			},
			UNLIMITED,
			{ attachments, attachmentsRefused: (why) => whys.push(why) },
		);
		expect(await compose()).toMatchObject({ text: 'Hi.' });
		expect(asked).toHaveLength(2);
		expect(whys).toEqual([expect.stringContaining(refusal.message)]);
	});

	it.each([401, 429, 503])(
		'asks no second time with the words alone after %d',
		async (status) => {
			const failure = Object.assign(new Error('not now'), { status });
			const { asked, compose } = chatModel(failure, {}, UNLIMITED, { attachments });
			await expect(compose()).rejects.toMatchObject({ status });
			expect(asked).toHaveLength(1);
		},
	);

	it.each(['compose', 'step'] as const)(
		'offers agents to pass to, and asks about a task (%s)',
		async (how) => {
			const content = '{"kind":"transfer","to":"Billing","reason":"A bill","taskDone":true}';
			const { asked, composer } = chatModel({ content });
			const more = { ...request, passTo: ['Billing'], taskOn: true };
			const decided =
				how === 'compose'
					? await composer.compose(more)
					: await composer.step({ ...more, tools: [], rounds: [] });
			expect(decided).toMatchObject({ kind: 'transfer', to: 'Billing', taskDone: true });
			expect(asked[0]?.[0][0]?.content).toMatch(/"kind": "transfer".*"Billing".*"taskDone"/s);
		},
	);

	it('joins blocks of text and passes over reasoning and tools', async () => {
		const { compose } = chatModel(
			{
				content: [
					{ type: 'thinking', thinking: 'Let me see' },
					{ type: 'reasoning', text: 'They greet' },
					{ type: 'text', text: 'Hello ' },
					{ type: 'text', text: 'Maria' },
				],
			},
			{ model: 'vendor-model' },
		);
		expect(await compose()).toEqual({
			kind: 'reply',
			text: 'Hello Maria',
			usage: null,
			model: 'vendor-model',
		});
	});

	it.each([
		['no content', {}],
		['nothing', undefined],
		['half of the JSON', { content: '{"kind":"reply","reply":"He' }],
		[
			'half a sentence',
			{ content: 'We could', response_metadata: { stop_reason: 'max_tokens' } },
		],
	])('never takes %s for a reply', async (_, answer) => {
		await expect(chatModel(answer).compose()).rejects.toThrow(MalformedCompositionError);
	});

	it.each([
		[Object.assign(new Error('bad key sk-1'), { status: 401 }), 'credentialRefused'],
		[Object.assign(new Error('slow down'), { response: { status: 429 } }), 'rateLimited'],
		[Object.assign(new Error('oops'), { httpCode: '503' }), 'providerFailed'],
		[Object.assign(new Error('not now'), { httpCode: 503 }), 'providerFailed'],
		[
			Object.assign(new Error('no more'), { status: 429, code: 'insufficient_quota' }),
			'creditUsedUp',
		],
		[new Error('socket hang up'), 'noAnswer'],
		[Object.assign(new Error('bad'), { code: 'ECONNREFUSED' }), 'noAnswer'],
		[new Error('Unsupported parameter'), 'requestRefused'],
	])('explains %s', async (thrown, code) => {
		const error = await chatModel(thrown)
			.compose()
			.catch((caught: unknown) => caught);
		const name = code === 'noAnswer' ? 'ModelNoAnswerError' : 'ModelRefusedError';
		expect(error).toMatchObject({ name, code, cause: thrown });
		expect((error as Error).message).not.toContain('sk-1');
	});

	it('gives up on a model that does not heed the signal', async () => {
		const deaf = chatModelComposer({ invoke: () => new Promise(() => {}) }, 50, {
			breaker: modelBreaker(randomUUID(), new FakeClock()),
			limit: UNLIMITED,
		});
		await expect(deaf.compose(request)).rejects.toMatchObject({ code: 'timeout' });
	});

	it('asks one that is down only now and then', async () => {
		const { asked, compose } = chatModel(Object.assign(new Error('oops'), { status: 503 }));
		for (let texts = 0; texts < 20; texts++) {
			await expect(compose()).rejects.toMatchObject({ mayPass: true });
		}
		expect(asked).toHaveLength(5);
		await expect(compose()).rejects.toThrow('was not asked again this time');
	});

	it('asks only as often as it may, and takes a model for no worse when it does not', async () => {
		const { asked, compose } = chatModel({ content: 'Hi.' }, {}, limitOf(2));
		await compose();
		await compose();
		for (let texts = 0; texts < 20; texts++) {
			await expect(compose()).rejects.toThrow(ModelLimitError);
		}
		expect(asked).toHaveLength(2);
	});
});
