import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { IDataObject, INodeParameters, WorkflowExecuteMode } from 'n8n-workflow';
import { AgentReply } from '../../nodes/AgentReply/AgentReply.node';
import { IncomingSmsTrigger } from '../../nodes/IncomingSmsTrigger/IncomingSmsTrigger.node';
import { SendSms } from '../../nodes/SendSms/SendSms.node';
import { calledByAnother, runInARow, type Step } from './support/behind-trigger';
import { CONTACT, openSendSmsBench, OURS, type SendSmsBench } from './support/send-sms-bench';

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

const MODEL = { model: { __rl: true, mode: 'id', value: 'emulated-small' } };
const agentReply = (parameters: INodeParameters = {}): Step => ({
	node: new AgentReply(),
	parameters: { ...MODEL, ...parameters },
});
const sendSms = (parameters: INodeParameters = {}): Step => ({
	node: new SendSms(),
	parameters: { body: 'Hi', ...parameters },
});
const called = async (item: IDataObject, step: Step, mode: WorkflowExecuteMode = 'integrated') =>
	await runInARow(bench, [item], [{ node: calledByAnother }, step], {
		workflowId: `sub-${workflow}`,
		mode,
	});
const refusal = ({ error }: Awaited<ReturnType<typeof called>>) =>
	`${error?.message} | ${(error as { description?: string } | undefined)?.description}`;

describe('a node in a sub-workflow', () => {
	it.each([
		['Agent Reply', () => agentReply(), 'integrated'],
		['Send SMS to the contact', () => sendSms(), 'integrated'],
		['Send SMS to a number', () => sendSms({ to: CONTACT, from: OURS }), 'integrated'],
		['Agent Reply that is tried in the editor', () => agentReply(), 'manual'],
	] as const)('is refused Same Place as the Trigger: %s', async (_, step, mode) => {
		const run = await called(bench.incoming(), step(), mode);
		expect(refusal(run)).toMatch(
			/^Keep Conversations In: .*sub-workflow.*\| Choose .*File on the Server, Redis or Postgres/,
		);
		expect(bench.texts()).toEqual([]);
	});

	it('is refused This Workflow for a text that the trigger of another one keeps', async () => {
		const kept = { threadStore: 'staticData' };
		for (const step of [agentReply(kept), sendSms(kept)]) {
			const run = await called(bench.incoming(), step);
			expect(refusal(run)).toMatch(/^Keep Conversations In: .*This Workflow.*sub-workflow/);
		}
		expect(bench.texts()).toEqual([]);
	});

	it('works where its place is chosen', async () => {
		const threadStore = 'embedded';
		const threadStoreFile = `/tmp/sms-agent-sub-${process.pid}-${Date.now()}.sqlite`;
		const kept = { threadStore, threadStoreFile };
		const run = await called(bench.incoming(), agentReply(kept));
		expect(run.error).toBeUndefined();
		expect(bench.texts()).toHaveLength(1);
	});

	it('answers a text that was handed over to it, in an execution of its own', async () => {
		const text = bench.incoming({ body: 'I want to talk to a person' });
		const kept = {
			threadStore: 'embedded',
			threadStoreFile: `/tmp/sms-agent-handed-${process.pid}-${Date.now()}.sqlite`,
		};
		const behindTrigger = [
			{ node: new IncomingSmsTrigger(), parameters: kept },
			agentReply({ ...kept, options: { afterHandingOver: 'answer' } }),
		];
		const first = await runInARow(bench, [text], behindTrigger, {
			workflowId: `caller-${workflow}`,
			mode: 'webhook',
		});
		expect(first.error).toBeUndefined();
		expect(bench.texts()).toEqual([]);
		bench.model.respond = () => 'Right away.';
		expect((await called(text, agentReply(kept))).error).toBeUndefined();
		expect(bench.texts()).toHaveLength(1);
	});

	it('goes on in This Workflow from a text that it has sent there itself', async () => {
		const kept = { threadStore: 'staticData' };
		const first = sendSms({ to: CONTACT, from: OURS, ...kept });
		const more = { ...sendSms({ body: 'Did you see it?', ...kept }), name: 'Follow-Up' };
		const run = await runInARow(bench, [{}], [{ node: calledByAnother }, first, more], {
			workflowId: `sub-${workflow}`,
			mode: 'integrated',
		});
		expect(run.error).toBeUndefined();
		expect(bench.texts()).toEqual(['Hi', 'Did you see it?']);
	});

	it('texts somebody first in This Workflow where that is chosen', async () => {
		const step = sendSms({ to: CONTACT, from: OURS, threadStore: 'staticData' });
		expect((await called({}, step)).error).toBeUndefined();
		expect(bench.texts()).toEqual(['Hi']);
	});
});
