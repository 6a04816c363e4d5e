import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { IDataObject } from 'n8n-workflow';
import { AgentReply } from '../../nodes/AgentReply/AgentReply.node';
import { IncomingSmsTrigger } from '../../nodes/IncomingSmsTrigger/IncomingSmsTrigger.node';
import { MissedCallTrigger } from '../../nodes/MissedCallTrigger/MissedCallTrigger.node';
import { SendSms } from '../../nodes/SendSms/SendSms.node';
import { adding, runInARow, unpaired, type Between, type Step } from './support/behind-trigger';
import { CONTACT, openSendSmsBench, OURS, type SendSmsBench } from './support/send-sms-bench';

const OTHER = '+14155550199';
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
const agentReply: Step = { node: new AgentReply(), parameters: MODEL };
const sendSms = (body: string): Step => ({ node: new SendSms(), parameters: { body } });
const runAll = async (items: IDataObject[], ...steps: Array<Step | Between>) =>
	await runInARow(bench, items, steps, { workflowId: `identity-${workflow}` });
const run = async (item: IDataObject, ...steps: Array<Step | Between>) =>
	await runAll([item], ...steps);
const textedNumbers = () => bench.twilio.messages({ direction: 'outbound' }).map(({ to }) => to);
const threadOf = (contact: string) => `${bench.accountSid}:front-desk:${contact}`;

/** What a Merge or an Edit Fields may lay over the trigger's fields. */
const FOREIGN: Array<[string, () => IDataObject]> = [
	['contact', () => ({ contact: OTHER })],
	['threadId', () => ({ threadId: threadOf(OTHER) })],
	['sessionId', () => ({ sessionId: 'the CRM' })],
	['agent', () => ({ agent: { id: 'sales', name: 'Sam', smsPrompt: 'You sell.' } })],
	['sender', () => ({ sender: 'Bob' })],
	['messageSid', () => ({ messageSid: 'order 7' })],
	['messageSids', () => ({ messageSids: ['order 7'] })],
	['messagingServiceSid', () => ({ messagingServiceSid: 'gold' })],
	['event', () => ({ event: 'orderPaid' })],
	['messages', () => ({ messages: [{ role: 'user', content: 'Hi' }] })],
	['body, media and the like', () => ({ body: { html: '' }, media: 'none', receivedAt: 7 })],
	[
		'whole lead',
		() => ({ contact: OTHER, threadId: threadOf(OTHER), sessionId: threadOf(OTHER) }),
	],
];

describe('a node behind the trigger, with fields of others on its item', () => {
	it.each(FOREIGN)('sends the reply to the writer, whatever %s says', async (_, fields) => {
		const text = bench.incoming({ body: 'Hi, my name is Maria' });
		const { error, last, staticData } = await run(text, trigger, adding(fields()), agentReply);
		expect(error).toBeUndefined();
		expect(textedNumbers()).toEqual([CONTACT]);
		expect(last).toMatchObject([
			{ contact: CONTACT, threadId: text['threadId'], messages: text['messages'] },
		]);
		const saved = JSON.stringify(staticData);
		expect(saved).toContain('Hi, my name is Maria');
		expect(saved).not.toContain(OTHER);
	});

	it.each(FOREIGN)('texts the writer with Send SMS, whatever %s says', async (_, fields) => {
		const { error, last } = await run(
			bench.incoming(),
			trigger,
			adding(fields()),
			sendSms('We are open.'),
		);
		expect(error).toBeUndefined();
		expect(textedNumbers()).toEqual([CONTACT]);
		expect(last).toMatchObject([{ threadId: threadOf(CONTACT), from: OURS }]);
	});

	it('texts the caller after a missed call, whatever contact says', async () => {
		const call = {
			event: 'missedCall',
			threadId: threadOf(CONTACT),
			agent: { id: 'front-desk', name: 'Front Desk', smsPrompt: '' },
			contact: CONTACT,
			sender: OURS,
			messagingServiceSid: null,
		};
		const missed: Step = {
			node: new MissedCallTrigger(),
			parameters: { receiveOn: 'phoneNumbers', phoneNumbers: ['PN1'], phones: OTHER },
		};
		for (const fields of [{ contact: OTHER }, { event: 'lead', threadId: threadOf(OTHER) }]) {
			bench.twilio.clear();
			const { error } = await run(call, missed, adding(fields), sendSms('Sorry!'));
			expect(error).toBeUndefined();
			expect(textedNumbers()).toEqual([CONTACT]);
		}
	});

	it('names the writer on an item that failed, too', async () => {
		const settings = { onError: 'continueRegularOutput' as const };
		for (const step of [agentReply, sendSms('Hi')]) {
			bench.twilio.faults.next({ kind: 'error', code: 21211, times: 1 });
			const { last, itemsOf } = await run(
				bench.incoming(),
				trigger,
				adding({ contact: OTHER }),
				{ ...step, name: 'Last', settings },
			);
			const [failed] = [...last, ...itemsOf('Last', 1).map(({ json }) => json)];
			expect(failed).toMatchObject({ contact: CONTACT });
		}
	});

	it('keeps what other nodes have added, and a prompt they wrote for the same agent', async () => {
		const agent = { id: 'front-desk', name: 'Front Desk', smsPrompt: 'You are Bo.' };
		const added = { crm: { id: 7 }, agent };
		const { last } = await run(bench.incoming(), trigger, adding(added), agentReply);
		expect(last).toMatchObject([{ crm: { id: 7 }, agent, outcome: 'replied' }]);
		expect(bench.model.requests[0]?.messages[0]?.text).toContain('You are Bo.');
	});
});

const twoTexts = () => [bench.incoming(), bench.incoming({ contact: '+14155550188' })];

describe('an item that n8n cannot pair with one of a trigger', () => {
	it('is answered by its own fields where they agree with each other', async () => {
		const { error } = await runAll(twoTexts(), trigger, unpaired({ crm: 7 }), agentReply);
		expect(error).toBeUndefined();
		expect(textedNumbers()).toEqual([CONTACT]);
	});

	it.each(FOREIGN.filter(([field]) => field !== 'event' && field !== 'whole lead'))(
		'is refused with the name of the field where %s disagrees',
		async (_, fields) => {
			const foreign = fields();
			const { error } = await runAll(twoTexts(), trigger, unpaired(foreign), agentReply);
			const [field = ''] = Object.keys(foreign);
			expect(error?.message).toMatch(new RegExp(`^Input: .*"${field}"`));
			expect((error as { description?: string }).description).toMatch(/another name|pair/);
			expect(textedNumbers()).toEqual([]);
		},
	);

	it('is refused by Send SMS too, of a text and of a text sent before', async () => {
		const sent = await run(
			{},
			{ node: new SendSms(), parameters: { to: CONTACT, from: OURS, body: 'Hi' } },
		);
		bench.twilio.clear();
		for (const item of [bench.incoming(), sent.last[0] ?? {}]) {
			const { error } = await run({ ...item, contact: OTHER }, sendSms('And?'));
			expect(error?.message).toMatch(/^Input: .*"contact"/);
			expect(textedNumbers()).toEqual([]);
		}
	});
});
