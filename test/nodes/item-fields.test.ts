import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { IDataObject, INodeParameters, INodeType } from 'n8n-workflow';
import { AgentReply } from '../../nodes/AgentReply/AgentReply.node';
import { IncomingSmsTrigger } from '../../nodes/IncomingSmsTrigger/IncomingSmsTrigger.node';
import { SendSms } from '../../nodes/SendSms/SendSms.node';
import {
	adding,
	calledByAnother,
	runInARow,
	unpaired,
	type Between,
	type Step,
} from './support/behind-trigger';
import { CONTACT, openSendSmsBench, OURS, type SendSmsBench } from './support/send-sms-bench';

const PROMPT = 'You are Ava of Bright Dental.';
const MODEL = { model: { __rl: true, mode: 'id', value: 'emulated-small' } };

let bench: SendSmsBench;
let workflow = 0;
beforeAll(async () => {
	bench = await openSendSmsBench();
});
beforeEach(() => {
	bench.reset();
	workflow++;
});
afterAll(() => bench.close());

const trigger: Step = { node: new IncomingSmsTrigger() };
const agentReply = (more: INodeParameters = {}): Step => ({
	node: new AgentReply(),
	parameters: { ...MODEL, ...more },
});
const byAi = (more: INodeParameters = {}): Step => ({
	node: new SendSms(),
	parameters: { ...MODEL, mode: 'ai', instruction: 'Say good-bye.', ...more },
});

/** As n8n's node that calls a sub-workflow. */
const executeWorkflow: INodeType = {
	...calledByAnother,
	description: { ...calledByAnother.description, name: 'executeWorkflow', inputs: ['main'] },
};

async function run(...steps: Array<Step | Between>) {
	return await runWith({}, ...steps);
}

async function runWith(fields: IDataObject, ...steps: Array<Step | Between>) {
	// Two, as of one item n8n guesses where others came from.
	const texts = [CONTACT, '+14155550199'].map((contact) => ({
		...bench.incoming({ contact }),
		...fields,
	}));
	const { error, last } = await runInARow(bench, texts, steps, {
		workflowId: `fields-${workflow}`,
	});
	expect(error).toBeUndefined();
	return last[0] ?? {};
}
const promptOf = ({ agent }: IDataObject) => (agent as IDataObject)['smsPrompt'];
const asked = () => bench.model.requests.at(-1)?.messages[0]?.text;

describe('an item', () => {
	it('of Agent Reply begins with what a person looks for and ends with the IDs', async () => {
		const names = Object.keys(await run(trigger, agentReply()));
		expect(names.slice(0, 4)).toEqual(['contact', 'body', 'text', 'outcome']);
		expect(names.slice(-2)).toEqual(['threadId', 'sessionId']);
	});

	it('of Send SMS begins with the contact and the words', async () => {
		const { outputs } = await bench.run([{}], { to: CONTACT, from: OURS, body: 'Hi' });
		const names = Object.keys(outputs[0]?.[0]?.json ?? {});
		expect(names.slice(0, 2)).toEqual(['contact', 'body']);
		expect(names.at(-1)).toBe('threadId');
	});

	it('of Agent Reply or Send SMS does not repeat the prompt that the trigger has', async () => {
		expect(promptOf(await run(trigger, agentReply()))).toBeUndefined();
		expect(promptOf(await run(trigger, agentReply(), byAi()))).toBeUndefined();
	});

	it('of Agent Reply does not repeat that of another agent who answers, nor go by it', async () => {
		const billing = { id: 'billing', name: 'Billing' };
		const passedTo = { ...billing, smsPrompt: 'You know bills.' };
		const item = await runWith({ passedTo }, trigger, agentReply());
		expect(item['passedTo']).toEqual(billing);
		// As the conversation is by now, it is the first one's again.
		expect(asked()).toContain(PROMPT);
		expect(asked()).not.toContain('You know bills.');
	});

	it("of the trigger gives the prompt of whoever answers to n8n's own nodes, by one expression", async () => {
		const smsPrompt = '={{ ($json.passedTo ?? $json.agent).smsPrompt }}';
		await run(trigger, byAi({ smsPrompt }));
		expect(asked()).toContain(PROMPT);
		const passedTo = { id: 'billing', name: 'Billing', smsPrompt: 'You know bills.' };
		await runWith({ passedTo }, trigger, byAi({ smsPrompt }));
		expect(asked()).toContain('You know bills.');
	});

	it.each<[string, Array<Step | Between>]>([
		['behind Agent Reply', []],
		['behind a Code node that n8n cannot look through', [unpaired({})]],
	])('without it still gets it to a node that writes, %s', async (_, between) => {
		const onlyWritten = agentReply({ delivery: 'compose' });
		await run(trigger, onlyWritten, ...between, byAi());
		expect(asked()).toContain(PROMPT);
	});

	it('keeps a prompt that was written on the way', async () => {
		const agent = { id: 'front-desk', name: 'Front Desk', smsPrompt: 'You are Bo.' };
		expect(promptOf(await run(trigger, adding({ agent }), agentReply()))).toBe('You are Bo.');
	});

	it('keeps the prompt for a sub-workflow, and in one', async () => {
		expect(promptOf(await run(trigger, agentReply(), { node: executeWorkflow }))).toBe(PROMPT);
		const threadStoreFile = `/tmp/sms-agent-fields-${process.pid}-${Date.now()}.sqlite`;
		const kept = { threadStore: 'embedded', threadStoreFile };
		expect(promptOf(await run({ node: calledByAnother }, agentReply(kept)))).toBe(PROMPT);
	});
});
