import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { writeAgents } from '../../nodes/shared/contacts/agent-record';
import { beginTask } from '../../nodes/shared/contacts/task';
import { parseAgents } from '../../nodes/shared/messaging/routing';
import type { Composition } from '../../nodes/shared/composing/parse-answer';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { composeOnly } from '../../nodes/shared/replying/compose-reply';
import { replyToThread } from '../../nodes/shared/replying/reply-to-thread';
import { smsSender } from '../../nodes/shared/sending/send-to-thread';
import type { OpenThreadStore } from '../../nodes/shared/threads/thread-store';
import { composerOf, inbound, plan, told } from '../integration/replying/reply-fixture';
import { openSendingDesk, OURS, type SendingDesk } from '../integration/sending/sending-fixture';
import { EVERY_STORE } from './every-store';

const TASK = { name: 'Visit', instructions: 'Find a day for the visit.', opening: '' };
const says = (text: string): Composition => ({ kind: 'reply', text, ...told });
const isDone = (text: string): Composition => ({ ...says(text), taskDone: true });
const begun = (nth: number, name = 'Visit') => ({
	name,
	by: `SM${String(nth).padStart(32, '0')}`,
	since: `2026-01-15T12:00:0${nth}.000Z`,
});

let desk: SendingDesk;
let contacts = 0;
beforeAll(async () => {
	desk = await openSendingDesk();
});
afterAll(() => desk.close());

describe.each(EVERY_STORE)('a task, in %s', (_name, open) => {
	let store: OpenThreadStore;
	let dispose: () => Promise<void>;
	let contact: string;
	let threadId: string;
	beforeAll(async () => {
		({ store, dispose } = await open());
		const { accountSid } = desk.services.twilio.account;
		const [agent] = parseAgents([
			{
				...{ id: 'desk', name: 'Desk', smsPrompt: 'You are the desk.', onText: 'reply' },
				...{ webhookUrl: '', brand: '', ownersPhones: '', numbers: '', tasks: [TASK] },
			},
		]);
		await writeAgents(store.records, accountSid, [agent], { trigger: 'one' });
	});
	afterAll(() => dispose());
	beforeEach(() => {
		contact = `+1415554${String(++contacts).padStart(4, '0')}`;
		threadId = `${desk.services.twilio.account.accountSid}:desk:${contact}`;
	});

	const answer = async (compose: Parameters<typeof composerOf>[0], how = replyToThread) => {
		const message = inbound('Friday?');
		await store.threads.append(threadId, [message], 0);
		const { composer, requests } = composerOf(compose);
		const services = { ...desk.services, clock: systemClock, store, composer };
		const turn = {
			...{ threadId, contact, agentName: 'Desk', sender: OURS, messagingServiceSid: null },
			messages: [message],
		};
		const outcome = await how({ ...services, sms: smsSender(services) }, turn, plan);
		return { outcome, request: requests[0], turn };
	};
	const taskOf = async () => (await store.threads.read(threadId, 1)).state.task;

	it('is told to the model until it says that it is done, and not before a text has begun it', async () => {
		const before = await answer(() => says('Hello!'));
		expect(before.request).not.toHaveProperty('taskOn');
		expect(before.request?.instructions).not.toContain(TASK.instructions);
		expect(before.outcome.composing).not.toHaveProperty('task');

		await beginTask({ store }, threadId, begun(1));
		const open = await answer(() => says('Which day?'));
		expect(open.request).toMatchObject({ taskOn: true });
		expect(open.request?.instructions).toContain('# The task you are on\nVisit: Find a day');
		expect(open.outcome).toMatchObject({
			composing: { task: { name: 'Visit', isDone: false } },
		});
		const last = await answer(() => isDone('Friday it is.'));
		expect(last.outcome).toMatchObject({
			composing: { task: { name: 'Visit', isDone: true } },
		});
		expect(await taskOf()).toMatchObject({ name: 'Visit', doneAt: expect.any(String) });

		const after = await answer(() => says('Bye!'));
		expect(after.request).not.toHaveProperty('taskOn');
		// A workflow that is run again tells of the same text.
		await beginTask({ store }, threadId, begun(1));
		expect(await taskOf()).toHaveProperty('doneAt');
		await beginTask({ store }, threadId, begun(2));
		expect(await taskOf()).toEqual(begun(2));
	});

	it('stays on where its last reply was thrown away, or somebody only tried it', async () => {
		await beginTask({ store }, threadId, begun(1));
		const stale = await answer(async () => {
			await store.threads.append(threadId, [inbound('Or Monday?')], 0);
			return isDone('Friday it is.');
		});
		expect(stale.outcome).toMatchObject({ kind: 'noReply', code: 'newerText' });
		expect(await taskOf()).toEqual(begun(1));
		await answer(
			() => isDone('Friday it is.'),
			async (services, turn) => await composeOnly(services, { ...turn, isTry: true }, plan),
		);
		expect(await taskOf()).toEqual(begun(1));
		// Another step sends it.
		await answer(
			() => isDone('Friday it is.'),
			async (services, turn) => await composeOnly(services, turn, plan),
		);
		expect(await taskOf()).toHaveProperty('doneAt');
	});

	it('gives way to a later one, and is nothing once the agent has it no more', async () => {
		await beginTask({ store }, threadId, begun(2, 'Survey'));
		await beginTask({ store }, threadId, begun(1));
		expect(await taskOf()).toEqual(begun(2, 'Survey'));
		expect((await answer(() => says('Hello!'))).request).not.toHaveProperty('taskOn');
	});

	it('brings its own agent back, where another one spoke', async () => {
		const passed = { to: 'billing', by: 'desk', reason: '', through: '' };
		await store.threads.changeState(threadId, (state) => ({ ...state, passed }));
		await beginTask({ store }, threadId, begun(1));
		expect((await store.threads.read(threadId, 1)).state).toEqual({
			metadata: {},
			task: begun(1),
		});
	});
});
