import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Tool } from '../../nodes/shared/acting/tool';
import { writeAgents } from '../../nodes/shared/contacts/agent-record';
import { parseAgents } from '../../nodes/shared/messaging/routing';
import { ModelNoAnswerError } from '../../nodes/shared/composing/model-error';
import type { Composition } from '../../nodes/shared/composing/parse-answer';
import type { CompositionRequest } from '../../nodes/shared/composing/reply-composer';
import { closeSilent, closeThread } from '../../nodes/shared/desk/close-thread';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { composeOnly } from '../../nodes/shared/replying/compose-reply';
import { replyToThread } from '../../nodes/shared/replying/reply-to-thread';
import { smsSender } from '../../nodes/shared/sending/send-to-thread';
import type { OpenThreadStore } from '../../nodes/shared/threads/thread-store';
import { composerOf, inbound, plan, told } from '../integration/replying/reply-fixture';
import { openSendingDesk, OURS, type SendingDesk } from '../integration/sending/sending-fixture';
import { EVERY_STORE } from './every-store';

const shape = {
	onText: 'reply' as const,
	webhookUrl: '',
	brand: '',
	ownersPhones: '',
	numbers: '',
};
const DESK = {
	...shape,
	id: '',
	name: 'Desk',
	smsPrompt: 'You are the desk.',
	mayPassTo: 'Billing',
};
const BILLING = {
	...shape,
	id: '',
	name: 'Billing',
	smsPrompt: 'You know bills.',
	mayPassTo: 'Desk',
};

const says = (text: string): Composition => ({ kind: 'reply', text, ...told });
const passes = (to: string): Composition => ({
	kind: 'transfer',
	to,
	reason: 'An invoice',
	...told,
});
const isBilling = ({ instructions }: CompositionRequest) => instructions.includes('Name: Billing');

let desk: SendingDesk;
let contacts = 0;
beforeAll(async () => {
	desk = await openSendingDesk();
});
afterAll(() => desk.close());

describe.each(EVERY_STORE)('a contact who is passed to another agent, in %s', (_name, open) => {
	let store: OpenThreadStore;
	let dispose: () => Promise<void>;
	let contact: string;
	let threadId: string;
	const accountSid = () => desk.services.twilio.account.accountSid;
	const write = async (...agents: Array<typeof DESK>) => {
		for (const agent of parseAgents(agents))
			await writeAgents(store.records, accountSid(), [agent], { trigger: 'one' });
	};
	beforeAll(async () => {
		({ store, dispose } = await open());
	});
	afterAll(() => dispose());
	beforeEach(async () => {
		contact = `+1415559${String(++contacts).padStart(4, '0')}`;
		threadId = `${accountSid()}:desk:${contact}`;
		await write(DESK, BILLING);
	});

	const text = async (body: string) => {
		const message = inbound(body);
		await store.threads.append(threadId, [message], 0);
		return message;
	};
	const services = (compose: Parameters<typeof composerOf>[0]) => {
		const { composer, requests } = composerOf(compose);
		const given = { ...desk.services, clock: systemClock, store };
		return { given: { ...given, composer, sms: smsSender(given) }, requests };
	};
	const turnOf = (messages: ReturnType<typeof inbound>[]) => ({
		...{ threadId, contact, agentName: 'Desk', sender: OURS, messagingServiceSid: null },
		messages,
	});
	const prompts = { ...plan, smsPrompt: DESK.smsPrompt };
	const run = async (
		messages: ReturnType<typeof inbound>[],
		compose: Parameters<typeof composerOf>[0],
		more: Partial<typeof plan> = {},
	) => {
		const { given, requests } = services(compose);
		const outcome = await replyToThread(given, turnOf(messages), { ...prompts, ...more });
		return { outcome, requests };
	};
	const received = () =>
		desk.twilio.messages({ direction: 'outbound', to: contact }).map(({ body }) => body);
	const bills = (request: CompositionRequest) =>
		isBilling(request) ? says('It was due on Friday.') : passes('Billing');

	it("gets one reply, the other agent's, which knows the conversation and answers from then on", async () => {
		await run([await text('Hi')], () => says('Hello!'));
		const asked = await text('When was my bill due?');
		const { outcome, requests } = await run([asked], bills);
		expect(outcome).toMatchObject({
			kind: 'replied',
			text: 'It was due on Friday.',
			composing: {
				passed: { to: { id: 'billing' }, by: { id: 'desk' }, reason: 'An invoice' },
				usage: { totalTokens: 20 },
			},
		});
		const [first, second] = requests;
		expect(first?.passTo).toEqual(['Billing']);
		expect(second?.passTo).toBeUndefined();
		expect(second?.instructions).toMatch(
			/You know bills.*Passed to you by: .*Desk: An invoice/s,
		);
		expect(second?.instructions).not.toContain(DESK.smsPrompt);
		expect(JSON.stringify(second?.messages)).toMatch(/Hello!.*When was my bill due/);

		const next = await run([await text('Thanks')], bills);
		expect(next.requests).toHaveLength(1);
		expect(next.requests[0]?.passTo).toEqual(['Desk']);
		expect(next.outcome.composing).not.toHaveProperty('passed');
		expect(received()).toEqual(['Hello!', 'It was due on Friday.', 'It was due on Friday.']);
		// A run of the same turn again gives what was sent.
		await run([asked], () => says('Something else.'));
		expect(received()).toHaveLength(3);
	});

	it('has their pictures fetched once, for both agents', async () => {
		const { given, requests } = services(bills);
		let fetched = 0;
		const see = async () => {
			fetched++;
			const picture = { kind: 'picture', contentType: 'image/png', base64: 'AAAA' } as const;
			return await Promise.resolve({ attachments: [picture], leftOut: [] });
		};
		const turn = turnOf([await text('Look at this bill')]);
		await replyToThread({ ...given, see }, turn, prompts);
		expect(requests.map(({ attachments }) => attachments?.length)).toEqual([1, 1]);
		expect(fetched).toBe(1);
	});

	it('may be passed back with a later text', async () => {
		await run([await text('My bill?')], bills);
		const { outcome } = await run([await text('Are you open?')], (request) =>
			isBilling(request) ? passes('Desk') : says('We are open.'),
		);
		expect(outcome).toMatchObject({
			text: 'We are open.',
			composing: { passed: { to: { id: 'desk' } } },
		});
		const { requests } = await run([await text('Good')], () => says('Bye.'));
		expect(requests[0]?.instructions).toContain(DESK.smsPrompt);
	});

	it('is passed on once in a turn, also by a run that follows one that failed', async () => {
		const asked = await text('My bill?');
		const away = new ModelNoAnswerError({ code: 'noAnswer', message: 'Away', fix: 'Wait' });
		const failing = run(
			[asked],
			(request) => (isBilling(request) ? Promise.reject(away) : passes('Billing')),
			{ onModelError: 'throw' },
		);
		await expect(failing).rejects.toBe(away);
		const { outcome, requests } = await run([asked], bills);
		expect(requests.map(isBilling)).toEqual([true]);
		expect(requests[0]?.passTo).toBeUndefined();
		expect(outcome).toMatchObject({ composing: { passed: { to: { id: 'billing' } } } });
		expect(received()).toEqual(['It was due on Friday.']);
	});

	it('gets one reply to both texts who writes again meanwhile', async () => {
		const first = await text('My bill?');
		let second: ReturnType<typeof inbound> | undefined;
		const { outcome } = await run([first], async (request) => {
			if (!isBilling(request)) return passes('Billing');
			second ??= await text('And the one before?');
			return says('It was due on Friday.');
		});
		expect(outcome).toMatchObject({ kind: 'noReply', code: 'newerText' });
		const both = [first, ...(second ? [second] : [])];
		const { requests } = await run(both, () => says('Both were due on Friday.'));
		expect(requests.map(isBilling)).toEqual([true]);
		expect(received()).toEqual(['Both were due on Friday.']);
	});

	it('keeps what the first agent did by its tools', async () => {
		const asked = await text('Book me in, and send the bill');
		let bookings = 0;
		const calendar: Tool = {
			...{
				name: 'book_visit',
				description: '',
				parameters: {},
				native: {},
				onlyLooks: false,
			},
			call: async () => {
				bookings += 1;
				return 'Booked';
			},
		};
		const { composer } = composerOf(
			() => says('Never asked.'),
			(request) => {
				if (isBilling(request)) {
					const [, id = ''] =
						/\[action (a\d+), done\]/.exec(JSON.stringify(request.messages)) ?? [];
					return { ...says('You are booked.'), restsOn: [id] } as Composition;
				}
				if (request.rounds.length > 0) return passes('Billing');
				const call = { id: 'c1', tool: 'book_visit', arguments: { at: '15:00' } };
				return { kind: 'toolCalls', calls: [call], ...told };
			},
		);
		const given = { ...services(bills).given, composer, tools: [calendar] };
		const outcome = await replyToThread(given, turnOf([asked]), prompts);
		expect(outcome).toMatchObject({
			kind: 'replied',
			composing: { actions: [{ tool: 'book_visit' }], passed: { to: { id: 'billing' } } },
		});
		expect(bookings).toBe(1);
	});

	it('is not passed on for ever to an agent that nobody has written down', async () => {
		const mayPassTo = [{ id: 'gone', name: 'Gone' }];
		const [own] = parseAgents([{ ...DESK, mayPassTo: '' }]);
		await writeAgents(store.records, accountSid(), [{ ...own, mayPassTo }], { trigger: 'one' });
		let asked = 0;
		const { outcome } = await run([await text('My bill?')], ({ passTo }) =>
			passTo && ++asked < 10 ? passes('Gone') : says('Hi.'),
		);
		expect([asked, outcome.kind]).toEqual([1, 'replied']);
	});

	it('has the first agent again once that may not pass to the other any more', async () => {
		await run([await text('My bill?')], bills);
		await write({ ...DESK, mayPassTo: '' });
		const { requests } = await run([await text('Hello?')], () => says('Hi.'));
		expect(requests[0]?.instructions).toContain(DESK.smsPrompt);
	});

	it('has the first agent again, and no task, once the conversation was closed', async () => {
		const { given } = services(bills);
		const task = { name: 'Visit', by: 'SM1', since: '2026-11-26T12:00:00.000Z' };
		await run([await text('When was my bill due?')], bills);
		await store.threads.changeState(threadId, (state) => ({ ...state, task }));
		const { messages, state } = await store.threads.read(threadId, 50);
		expect(state.passed).toMatchObject({ to: 'billing' });

		// Silence does not say that anything is over.
		await closeSilent(given, threadId, 'Silence', messages.at(-1)?.messageSid ?? '');
		expect((await store.threads.read(threadId, 0)).state).toMatchObject({
			...{ closed: { by: 'Silence' }, passed: { to: 'billing' }, task },
		});
		await closeThread(given, threadId, 'Ana');
		const { state: closed } = await store.threads.read(threadId, 0);
		expect(closed).not.toHaveProperty('passed');
		expect(closed).toMatchObject({ closed: { by: 'Silence' }, task: { name: 'Visit' } });
		expect(closed.task?.doneAt).toEqual(expect.any(String));

		const { requests } = await run([await text('Hi again')], () => says('Hello!'));
		expect(requests.map(isBilling)).toEqual([false]);
		expect(JSON.stringify(requests[0]?.messages)).toContain('When was my bill due?');
	});

	it('has the other agent for that text alone where the conversation is closed meanwhile', async () => {
		const { given } = services(bills);
		const { outcome } = await run([await text('My bill?')], async (request) => {
			if (!isBilling(request)) await closeThread(given, threadId, 'Ana');
			return bills(request);
		});
		expect(outcome).toMatchObject({ text: 'It was due on Friday.' });
		expect((await store.threads.read(threadId, 0)).state).not.toHaveProperty('passed');
	});

	it('is not passed on where somebody only tries what would be written', async () => {
		const { given, requests } = services(bills);
		const turn = { ...turnOf([await text('My bill?')]), isTry: true };
		expect(await composeOnly(given, turn, prompts)).toMatchObject({
			text: 'It was due on Friday.',
		});
		await composeOnly(given, turn, prompts);
		expect(requests.map(isBilling)).toEqual([false, true, false, true]);
		expect((await store.threads.read(threadId, 1)).state).not.toHaveProperty('passed');
	});
});
