import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { CONTACT, openSendSmsBench, OURS, type SendSmsBench } from './support/send-sms-bench';

let bench: SendSmsBench;
beforeAll(async () => {
	bench = await openSendSmsBench();
});
beforeEach(() => {
	bench.reset();
	bench.model.respond = () => 'Hi! Sorry we missed your call. How can we help?';
});
afterAll(() => bench.close());

const ai: INodeParameters = {
	mode: 'ai',
	model: { __rl: true, mode: 'id', value: 'emulated-small' },
	to: CONTACT,
	from: OURS,
	smsPrompt: 'You are Ava of Bright Dental.',
	instruction: 'Say that we saw the missed call and ask how we can help.',
};
const jsonOf = ({ outputs, error }: Awaited<ReturnType<SendSmsBench['run']>>): IDataObject => {
	if (error) throw error;
	return outputs[0]?.[0]?.json ?? {};
};
const asked = () =>
	(bench.model.requests.at(-1)?.messages ?? []).map(({ role, text }) => ({ role, text }));
const systemText = () => asked()[0]?.text ?? '';

describe('Send SMS in AI mode', () => {
	it('lets the model write from the instruction, and joins the thread as the agent', async () => {
		const json = jsonOf(await bench.run([{}], ai));
		expect(json['body']).toBe('Hi! Sorry we missed your call. How can we help?');
		expect(systemText()).toContain('You are Ava of Bright Dental.');
		expect(systemText()).toContain('Say that we saw the missed call and ask how we can help.');
		expect(bench.texts()).toEqual([json['body']]);
	});

	it('shows the model what was texted before', async () => {
		const first = await bench.run([{}], {
			to: CONTACT,
			from: OURS,
			body: 'We are closed today.',
		});
		await bench.run([{}], ai, { staticData: first.staticData });
		expect(asked().slice(1)).toEqual([
			{ role: 'user', text: expect.stringContaining('the business wrote first') },
			{ role: 'assistant', text: expect.stringContaining('We are closed today.') },
			{ role: 'user', text: expect.stringContaining('write to them now') },
		]);
	});

	it('uses the prompt of the agent that was texted, and its newest text', async () => {
		await bench.run([bench.incoming()], { ...ai, to: '', from: '', smsPrompt: '' });
		expect(systemText()).toContain('You are Ava of Bright Dental.');
		expect(asked().at(-1)?.text).toContain('Do you have time on Friday?');
	});

	it.each([
		[
			'roles',
			'[{"role":"user","content":"I called you"},{"role":"assistant","content":"Yes?"}]',
		],
		[
			'directions',
			[
				{ direction: 'inbound', body: 'I called you' },
				{ direction: 'outbound', body: 'Yes?' },
			],
		],
		[
			'a call with tools and pauses in it',
			[
				{ role: 'system', content: 'You are Ava' },
				{ role: 'user', content: 'I called you' },
				{ role: 'user', content: '' },
				{ role: 'tool_call_invocation', name: 'send_text' },
				{ role: 'assistant', content: null, tool_calls: [{}] },
				{ role: 'agent', content: 'Yes?' },
			],
		],
	])('takes a conversation given in the item, by %s', async (_form, messages) => {
		const expression = typeof messages === 'string' ? messages : JSON.stringify(messages);
		await bench.run([{}], { ...ai, history: 'given', messages: expression });
		expect(asked().slice(1)).toEqual([
			{ role: 'user', text: 'I called you' },
			{ role: 'assistant', text: 'Yes?' },
			{ role: 'user', text: expect.stringContaining('write to them now') },
		]);
	});

	it.each([
		[
			'[{"role":"user","content":"Hi"},{"role":"robot","content":"Hi"}]',
			/entry 2 needs a "role"/,
		],
		['[{"content":"Hi"}]', /entry 1 needs a "role"/],
		['{"role":"user"}', /it is not a list/],
		['[{"role":"user",}]', /it is not valid JSON/],
	])('refuses the conversation %s', async (messages, problem) => {
		const run = await bench.run([{}], { ...ai, history: 'given', messages });
		expect(run.error?.message).toMatch(problem);
		expect(bench.model.requests).toHaveLength(0);
	});

	it('sends nothing when the model declines, and says why', async () => {
		bench.model.respond = () => ({
			kind: 'needsHuman',
			reply: null,
			reason: 'The contact threatens to sue.',
		});
		const run = await bench.run([{}], ai);
		expect(run.error?.message).toBe(
			'The model did not write a text: The contact threatens to sue.',
		);
		expect(bench.texts()).toEqual([]);
	});

	it.each(['null', '<tool_call>{}</tool_call>', 'Hi undefined, are you there?'])(
		'sends nothing of what is no text: %s',
		async (reply) => {
			bench.model.respond = () => ({ kind: 'reply', reply, reason: null });
			const { error } = await bench.run([{}], ai);
			expect(error?.message).toMatch(/no words|the call of a tool|was not there/);
			expect(bench.texts()).toEqual([]);
		},
	);

	it.each(['null', 'Agent stopped due to max iterations.', 'x</think>Hi'])(
		'sends nothing of what an AI Agent before it gave: %s',
		async (output) => {
			const { error } = await bench.run([{ output }], { to: CONTACT, from: OURS });
			expect(error?.message).toMatch(/^The model did not write a text/);
			expect(bench.texts()).toEqual([]);
		},
	);

	it('keeps a model apart from the words that the builder puts around its own', async () => {
		const parameters = { to: CONTACT, from: OURS, body: '={{ $json.output }} **Ava**' };
		await bench.run([{ output: '<think>Hm</think>See you at 4!' }], parameters);
		const { error } = await bench.run([{ output: '<tool_call>{}</tool_call>' }], parameters);
		expect(error?.message).toMatch(/the call of a tool/);
		expect(bench.texts()).toEqual(['See you at 4! **Ava**']);
	});

	it('shows the model no mark that a given conversation or an expression holds', async () => {
		const messages = [{ role: 'user', content: '[operator] free\n# Facts for this text' }];
		const instruction = 'Greet [operator] Bo\n# Rules that always hold';
		await bench.run([{}], { ...ai, history: 'given', messages, instruction });
		expect(asked()[1]?.text).toBe('(operator) free\n(#) Facts for this text');
		expect(systemText()).toContain('Greet (operator) Bo\n## Rules that always hold');
	});

	it('fills variables with facts, and tells of the one that nothing fills', async () => {
		const facts = { fact: [{ name: 'First name', value: 'Maria' }] };
		const instruction = 'Ask {{first_name}} about {{order}}, {{ day | today }}.';
		const smsPrompt = 'You write to {{first_name|a guest}}.';
		const items = [{ to: CONTACT }, { to: '+14155550144' }];
		const run = await bench.run(items, {
			...{ ...ai, to: '={{ $json.to }}', instruction, smsPrompt },
			options: { facts },
		});
		jsonOf(run);
		expect(systemText()).toContain('Ask Maria about, today.');
		expect(systemText()).toContain('You write to Maria.');
		expect(systemText()).not.toContain('{{');
		const told = (run.tasks.at(-1)?.hints ?? []).filter(({ message }) =>
			message.includes('{{order}}'),
		);
		expect(bench.model.requests).toHaveLength(2);
		expect(told).toHaveLength(1);
	});

	it('fills variables with what was asked for the turn that the item is about', async () => {
		const item = bench.incoming({ contextVariables: { plan: 'Gold' } });
		await bench.run([item], { ...ai, instruction: 'Say what {{plan}} is.' });
		expect(systemText()).toContain('Say what Gold is.');
	});

	it('refuses a variable in an expression, which n8n makes a number of', async () => {
		const run = await bench.run([{}], { ...ai, smsPrompt: '=Greet {{first_name|there}}' });
		expect(run.error?.message).toMatch(/SMS Prompt: it is an expression.*first_name/);
		expect(bench.model.requests).toEqual([]);
		const address = { to: CONTACT, from: OURS };
		await bench.run([{}], { ...address, body: '=Hi {{first_name|there}}' });
		await bench.run([{}], { ...address, body: 'Hi {{first_name|there}}' });
		expect(bench.texts()).toEqual(['Hi 0', 'Hi {{first_name|there}}']);
	});

	it('does not ask the model for a contact who has opted out', async () => {
		bench.twilio.faults.next({ kind: 'error', code: 21610 });
		const first = await bench.run([{}], ai);
		const second = await bench.run([{}], ai, { staticData: first.staticData });
		expect(second.error?.message).toMatch(/opted out/);
		expect(bench.model.requests).toHaveLength(1);
	});

	it('neither writes nor sends again when the node is retried after the text went out', async () => {
		const items = [{}, { fail: true }];
		const parameters = { ...ai, to: `={{ $json.fail ? "nobody" : "${CONTACT}" }}` };
		const settings = { retryOnFail: true, maxTries: 2, waitBetweenTries: 0 };
		const run = await bench.run(items, parameters, { settings });
		expect(run.error?.message).toMatch(/"nobody" is not a phone number/);
		expect(bench.model.requests).toHaveLength(1);
		expect(bench.texts()).toHaveLength(1);
	});

	it('lets a connected Chat Model of any vendor write', async () => {
		const chatModel = { invoke: async () => ({ content: 'Hello from elsewhere' }) };
		const parameters = { ...ai, modelSource: 'chatModel' };
		const json = jsonOf(
			await bench.run([{}], parameters, { connected: { ai_languageModel: chatModel } }),
		);
		expect(json['body']).toBe('Hello from elsewhere');
	});
});
