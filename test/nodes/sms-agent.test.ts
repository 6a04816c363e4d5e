import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { TwilioMessagingApi } from '../../credentials/TwilioMessagingApi.credentials';
import { SmsAgent } from '../../nodes/SmsAgent/SmsAgent.node';
import { writeAgents } from '../../nodes/shared/contacts/agent-record';
import { parseAgents } from '../../nodes/shared/messaging/routing';
import type { ThreadState } from '../../nodes/shared/threads/thread-store';
import { beginAction, endAction } from '../../nodes/shared/threads/actions';
import { recordKeys } from '../../nodes/shared/threads/record-keys';
import { storedMessage } from '../support/stored-message';
import { CONTACT, openSendSmsBench, OURS, type SendSmsBench } from './support/send-sms-bench';
import { runNode, type RunNodeOptions } from './support/run-node';
import { openThreadFile, type ThreadFile } from './support/thread-file';

let bench: SendSmsBench;
let file: ThreadFile;
let threadId: string;

beforeAll(async () => {
	bench = await openSendSmsBench();
});
afterAll(async () => await bench.close());

beforeEach(async () => {
	bench.reset();
	file = await openThreadFile();
	threadId = `${bench.accountSid}:front-desk:${CONTACT}`;
	await writeAgents(
		file.store.records,
		bench.accountSid,
		[
			{
				...{ id: 'front-desk', name: 'Front Desk', smsPrompt: 'Be kind', senders: [OURS] },
				...{ brand: '', ownersPhones: [], onText: 'reply', webhookUrl: '' },
			},
		],
		{ trigger: 'one' },
	);
	await file.store.threads.append(threadId, [storedMessage('Are you open?')], 1);
});

afterEach(async () => await file.remove());

const run = async (
	parameters: INodeParameters,
	items: IDataObject[] = [{}],
	more: Partial<RunNodeOptions> = {},
) =>
	await runNode({
		node: new SmsAgent(),
		items,
		parameters: { threadStore: 'embedded', threadStoreFile: file.path, ...parameters },
		credentials: bench.credentials,
		credentialTypes: [new TwilioMessagingApi()],
		...more,
	});
const jsonOf = async (parameters: INodeParameters, items?: IDataObject[]) => {
	const { outputs, error } = await run(parameters, items);
	expect(error).toBeUndefined();
	return (outputs[0] ?? []).map(({ json }) => json);
};
const thread = (operation: string, more: INodeParameters = {}) => ({
	...{ resource: 'thread', operation, thread: { __rl: true, mode: 'id', value: threadId } },
	...more,
});
const contact = (operation: string, more: INodeParameters = {}) => ({
	...{ resource: 'contact', operation, contact: { __rl: true, mode: 'id', value: CONTACT } },
	...more,
});

const DESK = {
	...{ id: '', name: 'Front Desk', smsPrompt: 'Be kind', numbers: OURS, brand: '' },
	...{ ownersPhones: '', onText: 'reply' as const, webhookUrl: '', mayPassTo: 'Billing' },
};

describe('SMS Agent', () => {
	it('takes a thread over and gives it back', async () => {
		const [taken] = await jsonOf(thread('takeOver', { by: 'Ana', why: 'bill', hours: 2 }));
		expect(taken).toMatchObject({
			threadId,
			mode: 'person',
			takeover: { by: 'Ana', why: 'bill' },
		});
		const [seen] = await jsonOf(thread('get'));
		expect(seen).toMatchObject({ mode: 'person', unanswered: 1, contact: CONTACT });
		expect(await jsonOf(thread('release'))).toMatchObject([{ mode: 'agent', released: true }]);
	});

	it('closes a thread until the contact writes again, and lists those that are closed', async () => {
		const many = (closed: string) => ({
			...{ resource: 'thread', operation: 'getAll', filters: { closed } },
		});
		const [closed] = await jsonOf(thread('close', { by: 'Ana' }));
		expect(closed).toMatchObject({ threadId, closed: { by: 'Ana' }, wasOpen: true });
		expect(await jsonOf(thread('get', { texts: 1 }))).toMatchObject([
			{ closed: { by: 'Ana' }, messages: [{ body: 'Are you open?' }] },
		]);
		expect(await jsonOf(many('closed'))).toMatchObject([{ threadId, closed: { by: 'Ana' } }]);
		expect(await jsonOf(many('open'))).toEqual([]);
		await file.store.threads.append(threadId, [storedMessage('One more thing')], 1);
		expect(await jsonOf(thread('get'))).toMatchObject([{ closed: null }]);
		expect(bench.texts()).toEqual([]);
	});

	it('tells which other agent answers and which task is on, and closing ends both', async () => {
		const agents = parseAgents([
			{ ...DESK, tasks: [{ name: 'Visit', instructions: 'Find a day.', opening: '' }] },
			{ ...DESK, name: 'Billing', numbers: '', mayPassTo: 'Front Desk' },
		]);
		await writeAgents(file.store.records, bench.accountSid, agents, { trigger: 'two' });
		const seen = async () => [
			...(await jsonOf(thread('get'))),
			...((await jsonOf(contact('get')))[0]?.['threads'] as IDataObject[]),
		];
		const change = async (changed: Partial<ThreadState>) =>
			await file.store.threads.changeState(threadId, (state) => ({ ...state, ...changed }));
		const none = { passedTo: null, task: null };
		expect(await seen()).toMatchObject([none, none]);

		const since = '2026-11-26T12:00:00.000Z';
		await change({ task: { name: 'Visit', by: 'SM1', since } });
		const onTask = { passedTo: null, task: 'Visit' };
		expect(await seen()).toMatchObject([onTask, onTask]);
		const passed = { to: 'billing', by: 'front-desk', reason: 'An invoice', through: 'SM2' };
		await change({ passed });
		const byBilling = { passedTo: { id: 'billing', name: 'Billing' }, task: null };
		expect(await seen()).toMatchObject([byBilling, byBilling]);

		await jsonOf(thread('close'));
		expect(await seen()).toMatchObject([none, none]);
	});

	it('works on the thread of the item where none is chosen', async () => {
		const [seen] = await jsonOf({ resource: 'thread', operation: 'get' }, [bench.incoming()]);
		expect(seen).toMatchObject({ threadId, messages: [{ body: 'Are you open?' }] });
	});

	it('lists threads, keeps facts and notes, tells of actions, and forgets them', async () => {
		const { records } = file.store;
		const call = { tool: 'book_visit', arguments: '{}', key: 'k', at: '2026-11-26T12:00:00Z' };
		const { action } = await beginAction(records, threadId, call);
		await endAction(records, threadId, action.id, { state: 'done', result: 'Booked' });
		await jsonOf(thread('setFacts', { facts: { fact: [{ name: 'booking', value: '17' }] } }));
		await jsonOf(thread('addNote', { by: 'Ana', note: 'Is allergic' }));
		expect(await jsonOf(thread('get'))).toMatchObject([
			{
				facts: { booking: '17' },
				notes: [{ by: 'Ana', text: 'Is allergic' }],
				actions: [{ id: 'a1', tool: 'book_visit', outcome: 'done', result: 'Booked' }],
			},
		]);
		const many = { resource: 'thread', operation: 'getAll' };
		const ofAgent = (agent: string) => ({ ...many, filters: { agent, unanswered: true } });
		expect(await jsonOf(ofAgent('Front Desk'))).toMatchObject([{ threadId, unanswered: 1 }]);
		expect(await jsonOf(ofAgent('Sales'))).toEqual([]);
		expect(await jsonOf(thread('delete'))).toMatchObject([{ deleted: true, texts: 1 }]);
		const { error } = await run(thread('get'));
		expect(error?.message).toContain('there is no conversation of "front-desk"');
		expect(await records.read([recordKeys.actions(threadId)])).toEqual([undefined]);
	});

	it('exports a thread that no spreadsheet runs', async () => {
		await file.store.threads.append(threadId, [storedMessage('=1+1')], 1);
		const { outputs } = await run(thread('export'));
		const [item] = outputs[0] ?? [];
		const csv = Buffer.from(item?.binary?.['data']?.data ?? '', 'base64').toString();
		expect(item?.binary?.['data']?.mimeType).toBe('text/csv');
		expect(csv).toContain(",'=1+1,");
	});

	it('opts a contact out, and in again only with evidence', async () => {
		await jsonOf(contact('set', { details: { name: 'Ann' } }));
		const [out] = await jsonOf(contact('optOut', { evidence: 'said so by phone' }));
		expect(out).toMatchObject({ name: 'Ann', changed: true, consent: { status: 'optedOut' } });
		const { error } = await run(contact('optIn', { evidence: ' ' }));
		expect(error?.message).toMatch(/evidence/i);
		const [back] = await jsonOf(contact('optIn', { evidence: 'web form' }));
		expect(back).toMatchObject({
			consent: { status: 'optedIn', by: 'web form', how: 'person' },
		});
		expect(await jsonOf(contact('get'))).toMatchObject([{ threads: [{ threadId }] }]);
		expect(await jsonOf({ resource: 'contact', operation: 'getAll' })).toHaveLength(1);
		const [exported] = await jsonOf({ resource: 'contact', operation: 'exportConsents' });
		expect(exported).toEqual({ contacts: 1, fileName: 'consents.csv' });
	});

	it('erases a contact and says that the opt-out stays', async () => {
		await jsonOf(contact('optOut'));
		const [gone] = await jsonOf(contact('delete'));
		expect(gone).toMatchObject({ threads: 1, keptOptOut: true });
		expect(await jsonOf(contact('get'))).toMatchObject([
			{ erased: true, threads: [], consent: { status: 'optedOut', by: '' } },
		]);
	});

	it('pauses and resumes all agents', async () => {
		const agent = (operation: string) => ({ resource: 'agent', operation });
		expect(await jsonOf(agent('pauseAll'))).toMatchObject([{ agents: ['Front Desk'] }]);
		expect(await jsonOf(agent('getAll'))).toMatchObject([{ paused: true }]);
		expect(await jsonOf(agent('resumeAll'))).toMatchObject([{ wasPaused: true }]);
		expect(await jsonOf(agent('getAll'))).toMatchObject([{ paused: false }]);
	});

	it('tells what became of a text, and lists those with a contact', async () => {
		const sent = await bench.run([{}], {
			...{ to: CONTACT, from: OURS, body: 'Yes, until five', agentId: 'Front Desk' },
			...{ threadStore: 'embedded', threadStoreFile: file.path },
		});
		const messageSid = sent.outputs[0]?.[0]?.json['messageSid'] as string;
		expect(await jsonOf({ resource: 'message', operation: 'get', messageSid })).toMatchObject([
			{
				...{ messageSid, threadId, direction: 'outbound' },
				author: 'operator',
				numSegments: 1,
			},
		]);
		const many = { resource: 'message', operation: 'getAll', with: CONTACT };
		expect(await jsonOf(many)).toMatchObject([{ messageSid, body: 'Yes, until five' }]);
	});

	it('goes on with the other items where it continues on errors', async () => {
		const { outputs } = await run(
			{ resource: 'thread', operation: 'get' },
			[{}, bench.incoming()],
			{ settings: { onError: 'continueRegularOutput' } },
		);
		expect(outputs[0]).toMatchObject([
			{ json: { error: expect.stringContaining('Thread') }, pairedItem: { item: 0 } },
			{ json: { threadId }, pairedItem: { item: 1 } },
		]);
	});
});
