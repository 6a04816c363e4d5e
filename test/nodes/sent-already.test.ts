import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';
import { AgentReply } from '../../nodes/AgentReply/AgentReply.node';
import { IncomingSmsTrigger } from '../../nodes/IncomingSmsTrigger/IncomingSmsTrigger.node';
import { SendSms } from '../../nodes/SendSms/SendSms.node';
import { runInARow, type Between, type Step } from './support/behind-trigger';
import { CONTACT, openSendSmsBench, OURS, type SendSmsBench } from './support/send-sms-bench';

const OWNER = '+14155550177';

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
const agentReply = (parameters: INodeParameters = {}): Step => ({
	node: new AgentReply(),
	parameters: { model: { __rl: true, mode: 'id', value: 'emulated-small' }, ...parameters },
});
const sendSms = (parameters: INodeParameters = {}): Step => ({ node: new SendSms(), parameters });
const keepingOnly =
	(...fields: string[]): Between =>
	(items) =>
		items.map(({ json }, item) => ({
			json: Object.fromEntries(fields.map((field) => [field, json[field]])),
			pairedItem: { item },
		}));
const run = async (...steps: Array<Step | Between>) =>
	await runInARow(bench, [bench.incoming()], [trigger, ...steps], {
		workflowId: `sent-already-${workflow}`,
	});

describe('Send SMS behind an Agent Reply that has sent', () => {
	it.each<[string, Array<Step | Between>]>([
		['with nothing filled in', [agentReply(), sendSms()]],
		['told to send "text"', [agentReply(), sendSms({ body: '={{ $json.text }}' })]],
		['behind a node that keeps the words only', [agentReply(), keepingOnly('text'), sendSms()]],
		[
			'told to shorten',
			[agentReply(), sendSms({ options: { maxSegments: 1, whenLonger: 'shorten' } })],
		],
	])('does not send the same words again, %s', async (_, steps) => {
		bench.model.respond = () => `Friday at nine it is. ${'We look forward to it. '.repeat(9)}`;
		const { error } = await run(...steps);
		expect(error?.message).toMatch(/^Message: .*sent.* already/);
		expect((error as { description?: string }).description).toMatch(
			/Only Give It to the Next Node/,
		);
		expect(bench.texts()).toHaveLength(1);
	});

	it('sends other words, other files, and the same words to somebody else', async () => {
		for (const [parameters, texts] of [
			[{ body: 'And bring your card.' }, 2],
			[{ to: OWNER, from: OURS }, 2],
			[{ options: { mediaUrls: 'https://example.com/map.png' } }, 2],
		] as const) {
			bench.reset();
			const { error } = await run(agentReply(), sendSms({ ...parameters }));
			expect(error).toBeUndefined();
			expect(bench.texts()).toHaveLength(texts);
		}
		expect(bench.twilio.messages({ to: CONTACT, direction: 'outbound' })).not.toHaveLength(0);
	});

	it('sends what Agent Reply only wrote', async () => {
		const { error } = await run(agentReply({ delivery: 'compose' }), sendSms());
		expect(error).toBeUndefined();
		expect(bench.texts()).toHaveLength(1);
	});
});
