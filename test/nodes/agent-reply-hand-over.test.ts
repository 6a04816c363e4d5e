import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { IDataObject, INode, INodeParameters, WorkflowExecuteMode } from 'n8n-workflow';
import { OpenAiCompatibleApi } from '../../credentials/OpenAiCompatibleApi.credentials';
import { TwilioMessagingApi } from '../../credentials/TwilioMessagingApi.credentials';
import { AgentReply } from '../../nodes/AgentReply/AgentReply.node';
import { SendSms } from '../../nodes/SendSms/SendSms.node';
import { nodeOf, runWorkflow } from './support/run-node';
import { openSendSmsBench, type SendSmsBench } from './support/send-sms-bench';

const OWNER = '+14155550177';
const TELL = {
	to: '(415) 555-0177',
	body: '={{ $json.contact }} needs you',
	options: { defaultCountry: 'us' },
};
/** The agent answers what comes after it has handed over. */
const ANSWERS_AFTER = { options: { afterHandingOver: 'answer' } };
const PERSON = { kind: 'needsHuman', reply: null, reason: 'They ask for a person.' } as const;

let bench: SendSmsBench;
beforeAll(async () => {
	bench = await openSendSmsBench();
});
beforeEach(() => bench.reset());
afterAll(() => bench.close());

interface Told {
	/** Undefined where nothing is connected. */
	tell?: INodeParameters | undefined;
	settings?: Partial<INode>;
	reply?: INodeParameters;
	mode?: WorkflowExecuteMode;
	workflowId?: string;
}

/** Agent Reply with a Send SMS at Hand Over; by output, and what the run says of it. */
async function run(item: IDataObject, { tell, settings = {}, reply = {}, ...more }: Told = {}) {
	const own = nodeOf({
		node: new AgentReply(),
		credentials: bench.credentials,
		parameters: { model: { __rl: true, mode: 'id', value: 'emulated-small' }, ...reply },
	});
	const telling = nodeOf({
		node: new SendSms(),
		name: 'Tell the owner',
		credentials: bench.credentials,
		parameters: tell ?? {},
		settings: { id: 'tell', ...settings },
	});
	const done = await runWorkflow({
		nodes: [own, telling],
		types: { [own.type]: new AgentReply(), [telling.type]: new SendSms() },
		connections: tell
			? { [own.name]: { main: [[], [{ node: telling.name, type: 'main', index: 0 }]] } }
			: {},
		start: own.name,
		items: [item],
		credentials: bench.credentials,
		credentialTypes: [new TwilioMessagingApi(), new OpenAiCompatibleApi()],
		workflowId: `workflow-${expect.getState().currentTestName}`,
		...more,
	});
	expect(done.error).toBeUndefined();
	const [replied, handedOver, noReply] = [0, 1, 2].map(
		(output) => done.itemsOf(own.name, output)[0]?.json,
	);
	const hints = (done.tasksOf(own.name)[0]?.hints ?? []).map(({ message }) => message).join('\n');
	return { replied, handedOver, noReply, hints };
}

const NOBODY = 'Nothing is connected to <b>Hand Over</b>';

describe('a text that needs a person', () => {
	it('is told of in the run where nobody hears of it', async () => {
		bench.model.respond = () => PERSON;
		expect((await run(bench.incoming())).hints).toContain(NOBODY);
		const off = await run(bench.incoming(), { tell: TELL, settings: { disabled: true } });
		expect(off.hints).toContain(NOBODY);
		expect((await run(bench.incoming(), { tell: TELL })).hints).toBe('');
		expect(bench.texts()).toEqual(['+14155550123 needs you']);
	});

	it('leaves a run alone whose text was answered', async () => {
		expect(await run(bench.incoming())).toMatchObject({
			hints: '',
			replied: { outcome: 'replied' },
		});
	});
});

describe("the owner's own phone", () => {
	it('is answered until it is told of somebody; what it answers to that is not', async () => {
		const from = (contact: string, body = 'Are you open?') => bench.incoming({ contact, body });
		expect(await run(from(OWNER), { tell: TELL })).toMatchObject({
			replied: { outcome: 'replied' },
		});
		bench.model.respond = () => PERSON;
		await run(from('+14155550123'), { tell: TELL });
		bench.model.respond = undefined;
		const before = bench.texts().length;
		expect((await run(from(OWNER, 'On my way'), { tell: TELL })).noReply).toMatchObject({
			reasonCode: 'ownPhone',
			reason: expect.stringContaining('12 hours'),
		});
		expect(bench.texts()).toHaveLength(before);
		// With the node off, it is a phone like any other.
		expect(
			await run(from(OWNER, 'Are you open?'), { tell: TELL, settings: { disabled: true } }),
		).toMatchObject({ replied: { outcome: 'replied' } });
	});

	it('goes on to be answered where it was told of itself: somebody tries it out', async () => {
		bench.model.respond = () => PERSON;
		await run(bench.incoming({ contact: OWNER }), { tell: TELL, reply: ANSWERS_AFTER });
		bench.model.respond = undefined;
		expect(bench.texts()).toEqual([`${OWNER} needs you`]);
		const next = await run(bench.incoming({ contact: OWNER }), { tell: TELL });
		expect(next).toMatchObject({ replied: { outcome: 'replied' } });
	});
});

describe('a try in the editor', () => {
	const manual = { mode: 'manual' } as const;
	const prompt = (words: string) => ({ smsPrompt: words, delivery: 'compose' });

	it('writes anew with Only Give It, whatever was said since', async () => {
		const item = bench.incoming({ body: 'Do you whiten teeth?' });
		await run(item);
		await run(bench.incoming({ body: 'Hello?' }));
		const sent = bench.texts().length;
		for (const price of ['$100', '$200']) {
			const words = `Whitening costs ${price}.`;
			bench.model.respond = ({ messages }) => ({
				kind: 'reply',
				reply: messages[0]?.text.includes(price) ? price : 'Old',
				reason: '',
			});
			const { replied, hints } = await run(item, { ...manual, reply: prompt(words) });
			expect(replied).toMatchObject({ text: price, history: { includedMessages: 0 } });
			expect(hints).toBe('');
		}
		expect(bench.texts()).toHaveLength(sent);
	});

	it('says that a text went out for real, and that it was answered when it is run again', async () => {
		const item = bench.incoming();
		expect((await run(item, manual)).hints).toContain('has texted the contact for real');
		const again = await run(item, manual);
		expect(again.hints).toContain('was answered before');
		expect(again.hints).toContain('Only Give It to the Next Node');
		expect((await run(item)).hints).toBe('');

		const older = bench.incoming({ body: 'Who are you?' });
		bench.model.respond = () => PERSON;
		await run(older, { reply: ANSWERS_AFTER });
		bench.model.respond = undefined;
		await run(bench.incoming({ body: 'And on Monday?' }));
		const stale = await run(older, manual);
		expect(stale.noReply).toMatchObject({ reasonCode: 'newerText' });
		expect(stale.hints).toContain('the contact has written again since');
	});
});
