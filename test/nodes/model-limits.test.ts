import {
	afterAll,
	afterEach,
	beforeAll,
	beforeEach,
	describe,
	expect,
	it,
	jest,
} from '@jest/globals';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { OpenAiCompatibleApi } from '../../credentials/OpenAiCompatibleApi.credentials';
import { TwilioMessagingApi } from '../../credentials/TwilioMessagingApi.credentials';
import { AgentReply } from '../../nodes/AgentReply/AgentReply.node';
import type { Message } from '../../nodes/shared/messaging/message';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { AT_ONCE, gatherTurn } from '../../nodes/shared/threads/turns/gather-turn';
import { NEWEST_MESSAGES } from '../../nodes/shared/threads/thread-store';
import { FakeClock } from '../support/fake-clock';
import { storedMessage } from '../support/stored-message';
import { runNode } from './support/run-node';
import { CONTACT, openSendSmsBench, OURS, type SendSmsBench } from './support/send-sms-bench';
import { skipWaits } from './support/skip-waits';
import { openThreadFile, type ThreadFile } from './support/thread-file';

const MODEL = { model: { __rl: true, mode: 'id', value: 'emulated-small' } };
const HAND_OVER = { kind: 'needsHuman', reply: null, reason: 'They ask for a person.' } as const;

let bench: SendSmsBench;
let file: ThreadFile;
beforeAll(async () => {
	bench = await openSendSmsBench();
});
beforeEach(async () => {
	bench.reset();
	bench.model.faults.clear();
	file = await openThreadFile();
	skipWaits();
});
afterEach(async () => {
	jest.restoreAllMocks();
	await file.remove();
});
afterAll(() => bench.close());

/** Agent Reply on the store that the test sees too. */
async function run(
	items: IDataObject[],
	options: INodeParameters = {},
	more: INodeParameters = {},
) {
	const { outputs, error } = await runNode({
		node: new AgentReply(),
		items,
		parameters: {
			...MODEL,
			threadStore: 'embedded',
			threadStoreFile: file.path,
			options: { afterHandingOver: 'answer', ...options },
			...more,
		},
		credentialTypes: [new OpenAiCompatibleApi(), new TwilioMessagingApi()],
		credentials: bench.credentials,
		workflowId: `limits-${expect.getState().currentTestName}`,
		mode: 'webhook',
	});
	if (error) throw error;
	const [replied = [], needsHuman = [], noReply = []] = outputs.map((output) =>
		output.map(({ json }) => json),
	);
	return { replied, needsHuman, noReply };
}

/** Texts of one contact, as many. */
const textsOf = (contact: string, texts: number) =>
	Array.from({ length: texts }, (_, n) =>
		bench.incoming({ body: `Get me a person ${n}`, contact }),
	);

describe('the model calls of one contact', () => {
	it('end where every text is handed over, with one word to a person and then silence', async () => {
		bench.model.respond = () => HAND_OVER;
		const { needsHuman, noReply } = await run(textsOf(CONTACT, 60));
		expect(bench.model.requests).toHaveLength(25);
		expect(needsHuman).toHaveLength(26);
		expect(needsHuman.at(-1)).toMatchObject({
			reasonCode: 'tooManyModelCalls',
			reason: expect.stringMatching(/25 times.*raise Most Model Calls per Contact and Hour/),
		});
		expect(noReply).toHaveLength(34);
		expect(noReply[0]).toMatchObject({
			reasonCode: 'tooManyModelCalls',
			reason: expect.stringContaining('A person has been told'),
		});
		expect(bench.texts()).toEqual([]);
	});

	it('are as many as the option says, and none is taken from another contact', async () => {
		bench.model.respond = () => HAND_OVER;
		const others = textsOf('+14155550199', 1);
		const { needsHuman } = await run([...textsOf(CONTACT, 5), ...others], {
			modelCallsPerContact: 3,
		});
		expect(bench.model.requests).toHaveLength(4);
		expect(needsHuman.at(-1)).toMatchObject({
			contact: '+14155550199',
			reasonCode: 'modelDecided',
		});
	});

	it('count what is only written, and what is tried again after a failure', async () => {
		bench.model.faults.next({ kind: '500', times: 2 });
		const options = { modelCallsPerContact: 3 };
		const first = await run(textsOf(CONTACT, 2), options, { delivery: 'compose' });
		expect(first.replied).toHaveLength(1);
		expect(first.needsHuman).toMatchObject([{ reasonCode: 'tooManyModelCalls' }]);
		expect(bench.model.requests).toHaveLength(3);
	});

	it('are enough for as many replies as the builder allows', async () => {
		bench.model.respond = () => 'Hello!';
		const options = { maxRepliesPerHour: 40 };
		const { replied } = await run(textsOf(CONTACT, 40), options);
		expect(replied).toHaveLength(40);
	});

	it('begin anew after an hour', async () => {
		bench.model.respond = () => HAND_OVER;
		const options = { modelCallsPerContact: 1 };
		await run(textsOf(CONTACT, 2), options);
		await systemClock.sleep(3_600_000);
		await run(textsOf(CONTACT, 1), options);
		expect(bench.model.requests).toHaveLength(2);
	});

	it('tell a limit that is none by its name', async () => {
		const none = run(textsOf(CONTACT, 1), { modelCallsPerContact: 'many' });
		await expect(none).rejects.toMatchObject({
			message: expect.stringMatching(/Most Model Calls per Contact and Hour: "many"/),
		});
	});
});

describe('the model calls of a node', () => {
	it('end for all, each contact being told of once, with the hand-over text', async () => {
		bench.model.respond = () => 'Hello!';
		const contacts = Array.from({ length: 6 }, (_, n) => `+1415555010${n}`);
		const options = { modelCalls: 4, handoverText: 'A colleague will text you.' };
		const twice = contacts.flatMap((contact) => textsOf(contact, 2));
		const { replied, needsHuman, noReply } = await run(twice, options);
		expect(bench.model.requests).toHaveLength(4);
		expect(replied).toHaveLength(4);
		expect(needsHuman.map(({ contact }) => contact)).toEqual(contacts.slice(2));
		expect(needsHuman[0]).toMatchObject({
			reasonCode: 'modelLimitReached',
			reason: expect.stringContaining('raise Most Model Calls per Hour'),
		});
		expect(noReply).toHaveLength(4);
		expect(bench.texts().filter((text) => text.startsWith('A colleague'))).toHaveLength(4);
	});
});

describe('a contact who writes while each reply is written', () => {
	/** As the trigger does it with every text. */
	async function startRun(n: number): Promise<IDataObject | undefined> {
		const message = storedMessage(`Text ${n}`, {
			sender: OURS,
			at: new Date(systemClock.now()).toISOString(),
		});
		const item = bench.incoming();
		const threadId = item['threadId'] as string;
		const { thread } = await file.store.threads.append(threadId, [message], NEWEST_MESSAGES);
		const turn = await gatherTurn(
			{ store: file.store, clock: systemClock },
			thread,
			message.messageSid,
			AT_ONCE,
		);
		const texts: Message[] = turn?.texts ?? [];
		return {
			...item,
			body: message.body,
			messageSid: message.messageSid,
			messageSids: texts.map(({ messageSid }) => messageSid),
			messages: texts as unknown as IDataObject[],
		};
	}

	it('costs some calls, not one for every text, and gets one answer', async () => {
		let written = 0;
		const waiting: IDataObject[] = [];
		const writeOn = async () => {
			if (written < 92) waiting.push((await startRun(++written)) ?? {});
		};
		// The next text comes while the model writes, and two seconds into every wait.
		jest.restoreAllMocks();
		const clock = new FakeClock(Date.now());
		jest.spyOn(systemClock, 'now').mockImplementation(() => clock.now());
		jest.spyOn(systemClock, 'sleep').mockImplementation(async (ms, signal) => {
			if (ms >= 4_000) {
				await clock.sleep(2_000, signal);
				await writeOn();
			}
			await clock.sleep(ms, signal);
		});
		const outcomes: IDataObject[] = [];
		await writeOn();
		for (let item = waiting.shift(); item; item = waiting.shift()) {
			const asked = bench.model.requests.length;
			let next: Promise<void> | undefined;
			bench.model.respond = () => {
				next ??= writeOn();
				return 'Hello!';
			};
			const { replied, noReply } = await run([item]);
			if (bench.model.requests.length > asked) await next;
			outcomes.push(...replied, ...noReply);
		}
		expect(written).toBe(92);
		expect(outcomes.filter(({ outcome }) => outcome === 'replied')).toHaveLength(1);
		expect(bench.texts()).toEqual(['Hello!']);
		expect(bench.model.requests.length).toBeLessThan(10);
	});
});
