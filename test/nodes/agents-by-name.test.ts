import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';
import { AgentReply } from '../../nodes/AgentReply/AgentReply.node';
import { MissedCallTrigger } from '../../nodes/MissedCallTrigger/MissedCallTrigger.node';
import { IncomingSmsTrigger } from '../../nodes/IncomingSmsTrigger/IncomingSmsTrigger.node';
import { findAgent, readAgent, writeAgents } from '../../nodes/shared/contacts/agent-record';
import type { Agent } from '../../nodes/shared/messaging/agent';
import { recordKeys } from '../../nodes/shared/threads/record-keys';
import { UNKNOWN_CONTACT } from '../../nodes/shared/contacts/contact';
import { calledByAnother, runInARow } from './support/behind-trigger';
import { runTrigger } from './support/run-trigger';
import { CONTACT, openSendSmsBench, OURS, type SendSmsBench } from './support/send-sms-bench';
import { openThreadFile, type ThreadFile } from './support/thread-file';
import { openTriggerBench } from './support/trigger-bench';

let bench: SendSmsBench;
let kept: ThreadFile;
beforeEach(async () => {
	bench = await openSendSmsBench();
	kept = await openThreadFile();
	bench.model.respond = () => 'Hi!';
});
afterEach(async () => {
	await bench.close();
	await kept.remove();
});

const PROMPT = 'You are Ava of Bright Dental.';
const records = () => kept.store.records;
const DESK: Agent = {
	...{ id: 'front-desk', name: 'Front Desk', smsPrompt: PROMPT, senders: [] },
	...{ onText: 'reply', webhookUrl: '', brand: '', ownersPhones: [] },
};
const known = async (change: Partial<Agent> = {}, trigger = 'one') =>
	await writeAgents(records(), bench.accountSid, [{ ...DESK, ...change }], { trigger });
const inFile = () => ({ threadStore: 'embedded', threadStoreFile: kept.path });
const model = { __rl: true, mode: 'id', value: 'emulated-small' };
const write = async (parameters: INodeParameters) =>
	await bench.run([{}], {
		...{ mode: 'ai', model, to: CONTACT, instruction: 'Say hello.' },
		...inFile(),
		...parameters,
	});
const shown = () => bench.model.requests.at(-1)?.messages[0]?.text ?? '';

describe('an agent of another workflow', () => {
	it('gives Send SMS its prompt and its number by its name alone', async () => {
		await known({ senders: [OURS] });
		const run = await write({ agentId: 'Front Desk' });
		expect(run.error).toBeUndefined();
		expect(shown()).toContain(PROMPT);
		expect(bench.twilio.messages({ direction: 'outbound' })[0]?.from).toBe(OURS);
		expect(run.outputs[0]?.[0]?.json).toMatchObject({
			agent: { id: 'front-desk', name: 'Front Desk' },
			threadId: `${bench.accountSid}:front-desk:${CONTACT}`,
		});
		expect(JSON.stringify(run.outputs)).not.toContain(PROMPT);
	});

	it('is found by its name where it has a Permanent Name', async () => {
		await known({ id: 'fd-1' });
		const run = await write({ agentId: 'Front Desk', from: OURS });
		expect(shown()).toContain(PROMPT);
		expect(run.outputs[0]?.[0]?.json['threadId']).toBe(`${bench.accountSid}:fd-1:${CONTACT}`);
	});

	it('is found by its name in any script, and by its former one', async () => {
		await known({ id: 'fd-1', name: '受付' });
		await known({ id: 'fd-1', name: 'Reception' });
		for (const agentId of ['受付', ' reception']) {
			const run = await write({ agentId, from: OURS });
			expect(run.outputs[0]?.[0]?.json['agent']).toMatchObject({ id: 'fd-1' });
		}
	});

	it('is refused by a name that agents of two triggers have, and nothing is sent', async () => {
		await known({ id: 'fd-us' }, 'one');
		await known({ id: 'fd-eu' }, 'another');
		const { error } = await write({ agentId: 'Front Desk', from: OURS });
		const { description } = error as { description?: string };
		expect(`${error?.message} ${description}`).toMatch(
			/Agent: 2 agents are called "Front Desk".*Permanent Name.*fd-us, fd-eu/s,
		);
		expect(bench.texts()).toEqual([]);
		const run = await write({ agentId: 'fd-eu', from: OURS });
		expect(run.outputs[0]?.[0]?.json['agent']).toMatchObject({ id: 'fd-eu' });
	});

	it.each([
		['under its name, before it had a Permanent Name', {}, 'front-desk'],
		['elsewhere with a name like its own', { id: 'fd-2' }, 'fd-2'],
	])('comes before one that was only tried: %s', async (_what, other, triedId) => {
		const tried = { trigger: 'another', source: 'test' as const };
		await writeAgents(records(), bench.accountSid, [{ ...DESK, ...other }], tried);
		const found = async () => (await findAgent(records(), bench.accountSid, 'Front Desk'))?.id;
		expect(await found()).toBe(triedId);
		await known({ id: 'fd-1' });
		expect(await found()).toBe('fd-1');
	});

	it('has no rival in one that its trigger has given up for it', async () => {
		await known({ id: 'fd-us' });
		await known({ id: 'fd-eu' });
		const run = await write({ agentId: 'Front Desk', from: OURS });
		expect(run.outputs[0]?.[0]?.json['agent']).toMatchObject({ id: 'fd-eu' });
	});

	it('is told of, where nobody has written it down', async () => {
		const { error } = await write({ agentId: 'Nobody', from: OURS });
		expect(error?.message).toMatch(/SMS Prompt: it is empty, and nobody has written down one/);
		expect(bench.texts()).toEqual([]);
	});

	it('gives no prompt to a conversation whose own agent is only called so', async () => {
		await known({ id: 'fd-us' });
		const agent = { id: 'front-desk', name: 'Front Desk', smsPrompt: '' };
		const item = bench.incoming({ agent });
		const ai = { mode: 'ai', model, instruction: 'Say hello.', ...inFile() };
		const { error } = await bench.run([item], ai);
		expect(error?.message).toMatch(/SMS Prompt: it is empty/);
		expect(bench.model.requests).toEqual([]);
	});

	it('gives Agent Reply its prompt', async () => {
		await known();
		const agent = { id: 'front-desk', name: 'Front Desk' };
		const item = { ...bench.incoming(), agent };
		const reply = { node: new AgentReply(), parameters: { model, ...inFile() } };
		const run = await runInARow(bench, [item], [{ node: calledByAnother }, reply], {
			workflowId: 'other',
			mode: 'integrated',
		});
		expect(run.error).toBeUndefined();
		expect(shown()).toContain(PROMPT);
	});

	it('is told what is kept of the contact, and what the field says', async () => {
		await known();
		const { contact } = recordKeys;
		await records().change(contact(bench.accountSid, '', CONTACT), () => ({
			...{ ...UNKNOWN_CONTACT, consent: { status: 'unknown' as const }, changes: [] },
			...{ name: 'Maria', facts: { plan: 'basic' } },
		}));
		const facts = { fact: [{ name: 'Order', value: 'A1' }] };
		await write({ agentId: 'Front Desk', from: OURS, options: { facts } });
		expect(shown()).toContain('- Name of the contact: Maria');
		expect(shown()).toContain('- plan: basic');
		expect(shown()).toContain('- Order: A1');
	});
});

describe('a trigger', () => {
	const published = async (
		node: () => IncomingSmsTrigger | MissedCallTrigger,
		smsPrompt: string,
	) => {
		const triggers = await openTriggerBench(node);
		const agents = { agent: [{ name: 'Front Desk', smsPrompt }] };
		const parameters = { receiveOn: 'manual', phones: CONTACT, agents, ...inFile() };
		const setup = triggers.setup(parameters, {
			credential: { accountSid: bench.accountSid, authToken: bench.authToken },
		});
		const trigger = await runTrigger({ ...setup, activation: 'activate' });
		const written = async () => await readAgent(records(), bench.accountSid, 'front-desk');
		for (let times = 0; times < 300 && (await written())?.smsPrompt !== smsPrompt; times++)
			await new Promise((resolve) => setTimeout(resolve, 10));
		await trigger.close();
		await triggers.close();
		return await written();
	};

	it('writes its agents down when it is published, and what changes', async () => {
		expect(await published(() => new IncomingSmsTrigger(), 'One')).toMatchObject({
			name: 'Front Desk',
			smsPrompt: 'One',
		});
		expect((await published(() => new IncomingSmsTrigger(), 'Two'))?.smsPrompt).toBe('Two');
	});

	it('of calls leaves an agent as the trigger of texts has it', async () => {
		expect((await published(() => new MissedCallTrigger(), 'Call'))?.smsPrompt).toBe('Call');
		await published(() => new IncomingSmsTrigger(), 'Text');
		expect((await published(() => new MissedCallTrigger(), 'Call'))?.smsPrompt).toBe('Text');
	});
});

describe('a task of an agent', () => {
	const TASKS = [
		{ name: 'Visit', instructions: 'Find a day.', opening: 'Will you come by?' },
		{ name: 'Survey', instructions: 'Ask how it was.', opening: '' },
	];
	const text = async (parameters: INodeParameters, options: INodeParameters = {}) =>
		await bench.run([{ text: 'Of the node before' }], {
			...{ mode: 'raw', to: CONTACT, agentId: 'Front Desk', from: OURS },
			...inFile(),
			...parameters,
			options: { task: ' visit ', ...options },
		});
	const stateOf = async () =>
		(await kept.store.threads.read(`${bench.accountSid}:front-desk:${CONTACT}`, 1)).state;
	beforeEach(async () => await known({ tasks: TASKS }));

	it('begins with its opening text, or with what the builder has written', async () => {
		const run = await text({ body: '' });
		expect(run.error).toBeUndefined();
		expect(run.outputs[0]?.[0]?.json).toMatchObject({
			body: 'Will you come by?',
			task: 'Visit',
		});
		expect((await stateOf()).task).toMatchObject({ name: 'Visit' });
		await text({ body: 'See you?' }, { task: 'Survey' });
		expect(bench.texts()).toEqual(['Will you come by?', 'See you?']);
		expect((await stateOf()).task).toMatchObject({ name: 'Survey' });
	});

	it('is told to AI that writes the text', async () => {
		await text({ mode: 'ai', model, instruction: '' });
		expect(shown()).toMatch(
			/# What the next text is to say\nWill you come by\?\n\n.*Find a day\./,
		);
		expect((await stateOf()).task).toMatchObject({ name: 'Visit' });
	});

	it.each([
		[
			'there is not',
			{ task: 'Visti' },
			/Task: the agent "Front Desk" has no task "Visti".*Visit, Survey/s,
		],
		[
			'begins before its text goes out',
			{ sendAt: '2099-01-01T00:00:00Z' },
			/Task: Send At is set too/,
		],
		['a person begins', { asPerson: true }, /Task: the text is sent as a person/],
	])('that %s is refused, and nothing is sent', async (_what, options, message) => {
		const { error } = await text({ body: 'Hi' }, options);
		const { description } = error as { description?: string };
		expect(`${error?.message}\n${description}`).toMatch(message);
		expect(bench.texts()).toEqual([]);
	});

	it('of an agent that takes no texts is refused: the answer would go to another one', async () => {
		await known({ tasks: TASKS, onlyPassed: true });
		const { error } = await text({ body: 'Hi' });
		expect(error?.message).toMatch(/Task: the agent "Front Desk" takes no texts of its own/);
	});

	it('of an agent that nobody has written down is refused with what to do', async () => {
		const { error } = await text({ agentId: 'Nobody', body: 'Hi' });
		expect(error?.message).toMatch(/Task: nobody has written down an agent "Nobody"/);
	});
});
