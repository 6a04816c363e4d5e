import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { AgentReply } from '../../nodes/AgentReply/AgentReply.node';
import { IncomingSmsTrigger } from '../../nodes/IncomingSmsTrigger/IncomingSmsTrigger.node';
import { SendSms } from '../../nodes/SendSms/SendSms.node';
import { runInARow, type Step } from './support/behind-trigger';
import { CONTACT, openSendSmsBench, OURS, type SendSmsBench } from './support/send-sms-bench';

const OWNER = '+14155550777';
const OTHER = '+14155550199';

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

const trigger = (options: IDataObject = {}): Step => ({
	node: new IncomingSmsTrigger(),
	parameters: { options } as INodeParameters,
});
const agentReply: Step = {
	node: new AgentReply(),
	parameters: { model: { __rl: true, mode: 'id', value: 'emulated-small' } },
};
const sendSms = (parameters: INodeParameters = {}, name = 'Send SMS'): Step => ({
	node: new SendSms(),
	name,
	parameters: { body: 'Hi', from: OURS, ...parameters },
});

/** What n8n keeps with the execution for its list to be filtered by. */
async function noted(items: IDataObject[], ...steps: Step[]) {
	const { run, error } = await runInARow(bench, items, steps, {
		workflowId: `noted-${workflow}`,
	});
	expect(error).toBeUndefined();
	return run.data.resultData.metadata ?? {};
}

describe('what an execution is noted to be about', () => {
	it('is the contact, the agent and what Agent Reply made of the text', async () => {
		const text = bench.incoming({ body: 'Hi, my name is Maria' });
		expect(await noted([text], trigger(), agentReply)).toEqual({
			Contact: CONTACT,
			Agent: 'Front Desk',
			Outcome: 'Replied',
		});
	});

	it('stays so where the owner is told by text', async () => {
		const text = bench.incoming({ body: 'Hi, my name is Maria' });
		const tell = sendSms({ to: OWNER, agentId: 'Alerts' });
		expect(await noted([text], trigger(), agentReply, tell)).toEqual({
			Contact: CONTACT,
			Agent: 'Front Desk',
			Outcome: 'Replied',
		});
		expect(bench.texts()).toHaveLength(2);
	});

	it('is whom Send SMS texts where nobody has written', async () => {
		expect(await noted([{}], sendSms({ to: CONTACT }))).toEqual({
			Contact: CONTACT,
			Agent: 'Assistant',
			Outcome: 'Sent',
		});
	});

	it('is several contacts where it texts more than one', async () => {
		const to = '={{ $json.phone }}';
		const list = [{ phone: CONTACT }, { phone: OTHER }];
		const several = { Contact: 'several', Agent: 'Assistant', Outcome: 'Sent' };
		expect(await noted(list, sendSms({ to }))).toEqual(several);
		const one = [sendSms({ to: CONTACT }, 'One'), sendSms({ to: OTHER }, 'Two')];
		expect(await noted([{}], ...one)).toEqual(several);
	});

	it('tells of a text that failed, and of one that was left out', async () => {
		await bench.twilio.textFromContact({ from: OTHER, to: OURS, body: 'STOP' });
		const settings = { onError: 'continueRegularOutput' as const };
		const refused = { ...sendSms({ to: OTHER }, 'Refused'), settings };
		expect(await noted([{}], refused)).toMatchObject({ Outcome: 'Not Sent' });
		const followUp = sendSms({ to: OTHER, options: { onlyUnanswered: true } }, 'Follow-Up');
		expect(await noted([{}], refused, followUp)).toMatchObject({ Outcome: 'Skipped' });
	});

	it.each([
		['in the trigger', { showContact: false }, {}],
		['in the node', {}, { showContact: false }],
	])(
		'is not the number where Show Contact in Executions is off %s',
		async (_, inTrigger, own) => {
			const text = bench.incoming({ body: 'Hi, my name is Maria' });
			const first = Object.keys(own).length > 0 ? [] : [trigger(inTrigger)];
			const send = sendSms({ options: own });
			expect(await noted([text], ...first, send)).toEqual({
				Agent: 'Front Desk',
				Outcome: 'Sent',
			});
		},
	);
});
