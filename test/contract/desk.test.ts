import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { changeConsent } from '../../nodes/shared/contacts/change-consent';
import { writeAgents } from '../../nodes/shared/contacts/agent-record';
import { identityOfContact, readStanding } from '../../nodes/shared/contacts/standing';
import { pauseBrand, resumeBrand } from '../../nodes/shared/contacts/pause';
import { listAgents } from '../../nodes/shared/desk/agents';
import { closeThread } from '../../nodes/shared/desk/close-thread';
import { consentCsv, exportConsents } from '../../nodes/shared/desk/consent-export';
import {
	eraseContact,
	listContacts,
	readContact,
	setContact,
} from '../../nodes/shared/desk/contacts';
import { listThreads, type ThreadFilter } from '../../nodes/shared/desk/list-threads';
import {
	addNote,
	deleteThread,
	notesOf,
	readWhole,
	setThreadFacts,
} from '../../nodes/shared/desk/threads';
import { openHandOver, openHandOvers } from '../../nodes/shared/owners/hand-overs';
import { DEFAULT_LIMITS } from '../../nodes/shared/threads/thread-limits';
import { openEmbeddedThreadStore } from '../../nodes/shared/threads/stores/embedded/embedded-thread-store';
import { openRedisThreadStore } from '../../nodes/shared/threads/stores/redis/redis-thread-store';
import { LiveThreads } from '../../nodes/shared/threads/stores/static-data/live-threads';
import { staticDataThreadStore } from '../../nodes/shared/threads/stores/static-data/static-data-thread-store';
import type { OpenThreadStore } from '../../nodes/shared/threads/thread-store';
import { AT_ONCE, gatherTurn } from '../../nodes/shared/threads/turns/gather-turn';
import { releaseThread, takeThread } from '../../nodes/shared/threads/turns/speaking';
import { settingsOfServer } from '../../harness/servers/postgres-server';
import { sharedRedis } from '../../harness/servers/shared-redis';
import { FakeClock } from '../support/fake-clock';
import { memoryThreadStore } from '../support/memory-thread-store';
import { PATIENT } from '../support/patient-redis';
import { removeKeys } from '../support/redis-keys';
import { storedMessage } from '../support/stored-message';
import { postgresUnderTest } from './postgres-under-test';

interface Opened {
	store: OpenThreadStore;
	dispose(): Promise<void>;
}

const clock = new FakeClock();
const nothing = async () => {};
const RETENTION = { messagesPerThread: 1_000, maxAgeDays: 100_000 };

const STORES: Record<string, () => Promise<Opened>> = {
	memory: async () => ({ store: memoryThreadStore(clock), dispose: nothing }),
	'static data': async () => {
		const store = staticDataThreadStore(new LiveThreads(), DEFAULT_LIMITS, clock, () => {});
		return { store, dispose: nothing };
	},
	file: async () => {
		const folder = mkdtempSync(join(tmpdir(), 'sms-desk-'));
		const file = join(folder, 'threads.sqlite');
		const settings = { ...RETENTION, maxMegabytes: 100, file };
		const store = await openEmbeddedThreadStore(settings, clock);
		const dispose = async () => {
			await store.close();
			rmSync(folder, { recursive: true });
		};
		return { store, dispose };
	},
	Redis: async () => {
		const settings = await sharedRedis(`sms-agent-test-${randomUUID()}`);
		const store = await openRedisThreadStore(settings, RETENTION, clock, PATIENT);
		const dispose = async () => {
			await store.close();
			await removeKeys(settings);
		};
		return { store, dispose };
	},
	Postgres: async () => await postgresUnderTest(settingsOfServer()),
};

const ACCOUNT = `AC${'0'.repeat(32)}`;
const [ANN, BOB] = ['+14155550101', '+14155550102'];
const DESK = { id: 'desk', name: 'Desk', smsPrompt: '', senders: [], brand: 'dental' };
const SALES = { ...DESK, id: 'sales', name: 'Sales' };
const thread = (agentId: string, number: string) => `${ACCOUNT}:${agentId}:${number}`;
const identity = (number: string, brand = 'dental') => ({ accountSid: ACCOUNT, brand, number });

describe.each(Object.entries(STORES))('what people do at the desk, on %s', (_, open) => {
	let store: OpenThreadStore;
	let dispose: Opened['dispose'];
	let services: { store: OpenThreadStore; clock: FakeClock };
	const words = (body: string) =>
		storedMessage(body, { at: new Date(clock.now()).toISOString() });
	const all = async <One>(list: AsyncGenerator<One>) => {
		const found: One[] = [];
		for await (const one of list) found.push(one);
		return found;
	};
	const threadIds = async (filter: ThreadFilter) =>
		(await all(listThreads(services, ACCOUNT, filter))).map(({ threadId }) => threadId).sort();
	const stop = async (number: string, by = 'STOP') =>
		await changeConsent(services, identity(number), {
			...{
				status: 'optedOut',
				since: new Date(clock.now()).toISOString(),
				by,
				how: 'keyword',
			},
		});

	beforeEach(async () => {
		({ store, dispose } = await open());
		services = { store, clock };
		for (const agent of [DESK, SALES]) {
			await writeAgents(
				store.records,
				ACCOUNT,
				[
					{
						...agent,
						onText: 'reply',
						webhookUrl: '',
						ownersPhones: [],
					},
				],
				{ trigger: 'one' },
			);
		}
		await store.threads.append(thread('desk', ANN), [words('Are you open?')], 1);
		const hello = words('Hello');
		await store.threads.append(thread('sales', BOB), [hello], 1);
		const answers = [hello.messageSid];
		const reply = { direction: 'outbound', author: 'agent', answers } as const;
		await store.threads.append(thread('sales', BOB), [{ ...words('Hi Bob'), ...reply }], 1);
	});
	afterEach(async () => await dispose());

	it('lists threads by agent, mode, activity, answer and consent', async () => {
		const [ofAnn, ofBob] = [thread('desk', ANN), thread('sales', BOB)];
		const takes = { by: 'Eve', why: 'a complaint', pauseMs: 3_600_000 };
		await takeThread(services, ofBob, takes);
		await stop(BOB);
		expect(await threadIds({})).toEqual([ofAnn, ofBob]);
		expect(await threadIds({ agentId: 'desk' })).toEqual([ofAnn]);
		expect(await threadIds({ mode: 'person' })).toEqual([ofBob]);
		expect(await threadIds({ mode: 'agent' })).toEqual([ofAnn]);
		expect(await threadIds({ unanswered: true })).toEqual([ofAnn]);
		expect(await threadIds({ optedOut: true })).toEqual([ofBob]);
		expect(await threadIds({ since: Date.parse('2100-01-01') })).toEqual([]);
		expect(await releaseThread(services, ofBob)).toBe(true);
		expect(await threadIds({ mode: 'person' })).toEqual([]);
	});

	it('keeps facts and notes of a thread until it is deleted', async () => {
		const ofAnn = thread('desk', ANN);
		await setThreadFacts(services, ofAnn, { booking: '17', colour: 'red' });
		expect(await setThreadFacts(services, ofAnn, { booking: '18', colour: '' })).toEqual({
			booking: '18',
		});
		await addNote(services, ofAnn, { by: 'Eve', text: 'Is allergic' });
		expect(await notesOf(store.records, ofAnn)).toMatchObject([
			{ by: 'Eve', text: 'Is allergic' },
		]);
		expect((await readWhole(services, ofAnn)).messages).toHaveLength(1);

		await deleteThread(services, ofAnn);
		expect(await notesOf(store.records, ofAnn)).toEqual([]);
		await expect(readWhole(services, ofAnn)).rejects.toThrow('there is no conversation');
	});

	it('knows a contact by the record and by what they texted, and nobody else', async () => {
		await setContact(services, identity(BOB), { name: 'Bob', facts: { size: 'XL' } });
		const listed = await all(listContacts(services, ACCOUNT, { brand: 'dental' }));
		expect(listed.map(({ number, contact }) => [number, contact.name])).toEqual([
			[BOB, 'Bob'],
			[ANN, ''],
		]);
		const ann = await readContact(services, identity(ANN));
		expect(ann.threads.map(({ threadId }) => threadId)).toEqual([thread('desk', ANN)]);
		await expect(readContact(services, identity('+14155550199'))).rejects.toThrow(
			'nothing is known of +14155550199',
		);
		await expect(readContact(services, identity(ANN, 'other'))).rejects.toThrow(
			'nothing is known',
		);
	});

	it('erases a contact, all but the hash of their opt-out', async () => {
		await stop(ANN, 'STOP, this is Ann');
		await setContact(services, identity(ANN), { name: 'Ann', facts: { city: 'Rome' } });
		await store.threads.append(thread('sales', ANN), [words('My secret')], 1);
		await addNote(services, thread('desk', ANN), { by: 'Eve', text: 'Her number is known' });
		const owned = { accountSid: ACCOUNT, agentId: 'desk' };
		const handOver = {
			threadId: thread('desk', ANN),
			contact: ANN,
			why: 'a bill',
			sender: BOB,
		};
		const at = new Date(clock.now()).toISOString();
		await openHandOver(store.records, owned, { ...handOver, at, messagingServiceSid: null });

		expect(await eraseContact(services, identity(ANN))).toEqual({
			threads: 2,
			keptOptOut: true,
		});
		expect(await openHandOvers(store.records, owned)).toEqual([]);
		expect(await threadIds({})).toEqual([thread('sales', BOB)]);
		const standing = await readStanding(services, thread('desk', ANN), 10);
		expect(standing.contact).toMatchObject({
			...{ consent: { status: 'optedOut', by: '' }, name: '', facts: {}, erased: true },
		});
		const { records } = await store.records.list({ prefix: 'erased:', limit: 10 });
		const { records: contacts } = await store.records.list({ prefix: 'contact:', limit: 10 });
		expect(JSON.stringify([records, contacts])).not.toMatch(/4155550101|Ann|Rome/);

		// Of somebody who is back after all, a name does not lift the opt-out.
		const back = await setContact(services, identity(ANN), { name: 'Ann', facts: {} });
		expect(back.consent.status).toBe('optedOut');
	});

	it('closes a thread, keeps its texts, and has the next text of the contact open it', async () => {
		const threadId = thread('desk', ANN);
		const first = await closeThread(services, threadId, 'Eve');
		expect(first).toMatchObject({ isNew: true, closed: { by: 'Eve' } });
		expect(await closeThread(services, threadId, 'Mallory')).toEqual({
			...first,
			isNew: false,
		});
		expect(await threadIds({ closed: true })).toEqual([threadId]);
		expect(await threadIds({ closed: false })).toEqual([thread('sales', BOB)]);

		// Neither our own text nor a reaction says anything.
		const ours = { ...words('Bye'), direction: 'outbound', author: 'operator' } as const;
		const liked = { ...words('Liked “Bye”'), reaction: 'tapback' } as const;
		await store.threads.append(threadId, [ours, liked], 1);
		expect(await threadIds({ closed: true })).toEqual([threadId]);

		const back = words('One more thing');
		const { thread: written } = await store.threads.append(threadId, [back], 50);
		expect(await threadIds({ closed: true })).toEqual([]);
		expect(written.messages.map(({ body }) => body)).toContain('Are you open?');
		await gatherTurn(services, written, back.messageSid, AT_ONCE);
		// However much is written then.
		await store.threads.append(
			threadId,
			Array.from({ length: 60 }, () => ours),
			1,
		);
		const { state } = await store.threads.read(threadId, 1);
		expect(state.closed).toBeUndefined();
	});

	it('tells what every contact said about being texted, erased ones too', async () => {
		await stop(ANN, '=cmd|calc');
		await stop(BOB);
		await eraseContact(services, identity(BOB));
		const evidence = await exportConsents(services, ACCOUNT, undefined);
		expect(evidence).toMatchObject([
			{ contact: ANN, brand: 'dental', status: 'optedOut', changes: [{ by: '=cmd|calc' }] },
			{ contact: null, brand: 'dental', status: 'optedOut', changes: [{ by: '' }] },
		]);
		const [, first = ''] = consentCsv(evidence).split('\r\n');
		expect(first).toContain(`${ANN},,dental,,optedOut,optedOut`);
		expect(first).toContain(",'=cmd|calc,");
	});

	it('pauses and resumes all agents of a brand', async () => {
		const brand = { accountSid: ACCOUNT, brand: 'dental' };
		const kept = { clock: services.clock, records: services.store.records };
		const paused = await pauseBrand(kept, brand, 'Eve');
		expect(paused.by).toBe('Eve');
		expect((await pauseBrand(kept, brand, 'Mallory')).by).toBe('Eve');
		const standing = await readStanding(services, thread('desk', ANN), 1);
		expect(standing.pause).toEqual(paused);
		expect((await listAgents(services, ACCOUNT)).map(({ pause }) => pause?.by)).toEqual([
			...['Eve', 'Eve'],
		]);
		expect(await resumeBrand(services.store.records, brand)).toBe(true);
		expect(await resumeBrand(services.store.records, brand)).toBe(false);
		expect((await readStanding(services, thread('desk', ANN), 1)).pause).toBeUndefined();
	});

	it('knows whose contact a thread is about by its agent', async () => {
		expect(await identityOfContact(services, thread('desk', ANN))).toEqual(identity(ANN));
	});
});
