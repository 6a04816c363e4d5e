import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeAgents } from '../../nodes/shared/contacts/agent-record';
import { routeContact } from '../../nodes/shared/contacts/given-agent';
import { beginTask } from '../../nodes/shared/contacts/task';
import { eraseContact } from '../../nodes/shared/desk/contacts';
import type { Agent } from '../../nodes/shared/messaging/agent';
import { routesFor } from '../../nodes/shared/messaging/routing';
import { threadIdOf } from '../../nodes/shared/messaging/thread-id';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import type { OpenThreadStore } from '../../nodes/shared/threads/thread-store';
import { storedMessage } from '../support/stored-message';
import { EVERY_STORE } from './every-store';

const ACCOUNT = `AC${'7'.repeat(32)}`;
const SHARED = '+14155550100';
const OTHER = '+14155550101';

const agent = (id: string, share: number, senders = [SHARED]): Agent => ({
	...{ id, name: id, smsPrompt: '', onText: 'reply', webhookUrl: '', brand: 'smith' },
	...{ ownersPhones: [], senders, share },
});
const DESK = agent('desk', 3);
const SALES = agent('sales', 1);

let contacts = 0;
const newContact = () => `+1415558${String(++contacts).padStart(4, '0')}`;

describe.each(EVERY_STORE)('agents that share a number, on %s', (_name, open) => {
	let store: OpenThreadStore;
	let dispose: () => Promise<void>;
	beforeAll(async () => {
		({ store, dispose } = await open());
	});
	afterAll(() => dispose());

	const given = async (contact: string, agents: [Agent, ...Agent[]], to = SHARED) =>
		(await routeContact({ store }, ACCOUNT, contact, routesFor(agents, { to }))).agent.id;

	it('get new contacts by their shares, each the same one from every process', async () => {
		const all = Array.from({ length: 200 }, newContact);
		const once = await Promise.all(all.map(async (one) => await given(one, [DESK, SALES])));
		const ofDesk = once.filter((id) => id === 'desk').length;
		expect(ofDesk).toBeGreaterThan(125);
		expect(ofDesk).toBeLessThan(175);
		const again = await Promise.all(all.map(async (one) => await given(one, [DESK, SALES])));
		expect(again).toEqual(once);
	});

	it('give one contact to one agent, though two processes know other shares', async () => {
		for (let nth = 0; nth < 20; nth++) {
			const contact = newContact();
			const [one, other] = await Promise.all([
				given(contact, [agent('desk', 1000), agent('sales', 0.001)]),
				given(contact, [agent('desk', 0.001), agent('sales', 1000)]),
			]);
			expect(one).toBe(other);
		}
	});

	it('keep their contacts when shares change and agents are added, and lose them when they go', async () => {
		const contact = newContact();
		const [had, other] =
			(await given(contact, [DESK, SALES])) === 'desk' ? [DESK, SALES] : [SALES, DESK];
		const few = { ...had, share: 0.001 };
		const many = { ...other, share: 1000 };
		const added = agent('added', 1000);
		expect(await given(contact, [added, many, few])).toBe(had.id);
		const anew = await given(contact, [added, many]);
		expect(anew).not.toBe(had.id);
		// Who is back has lost the contact.
		expect(await given(contact, [few, { ...added, share: 0.001 }, many])).toBe(anew);
	});

	it('keep whom they texted before they shared, or from elsewhere', async () => {
		const contact = newContact();
		for (const [nth, { id }] of [DESK, SALES].entries()) {
			const threadId = threadIdOf({ accountSid: ACCOUNT, agentId: id, contact });
			const at = new Date(systemClock.now() + nth).toISOString();
			await store.threads.append(threadId, [storedMessage('Hi', { at })], 1);
		}
		expect(
			await given(contact, [
				{ ...DESK, share: 1000 },
				{ ...SALES, share: 0.001 },
			]),
		).toBe('sales');
	});

	it('get the answer to a task of theirs, whoever had the contact before', async () => {
		const contact = newContact();
		const [desk, sales] = [agent('desk', 1000), agent('sales', 0.001)];
		expect(await given(contact, [desk, sales])).toBe('desk');
		await writeAgents(store.records, ACCOUNT, [sales], { trigger: 'one' });
		const threadId = threadIdOf({ accountSid: ACCOUNT, agentId: 'sales', contact });
		const task = { name: 'Visit', by: 'SMopening', since: '2026-01-15T12:00:00.000Z' };
		await beginTask({ store }, threadId, task);
		expect(await given(contact, [desk, sales])).toBe('sales');
		// The same text is told of again, after a later task of the other one.
		const later = { ...task, by: 'SMlater', since: '2026-01-15T12:01:00.000Z' };
		await beginTask({ store }, threadId, later);
		await store.records.change(`given:${ACCOUNT}:smith:${contact}`, () => ({
			[SHARED]: 'desk',
		}));
		await beginTask({ store }, threadId, task);
		expect(await given(contact, [desk, sales])).toBe('desk');
	});

	it('are the same to a contact at each number that they share', async () => {
		const everywhere = [DESK, SALES].map((one) => ({ ...one, senders: [SHARED, OTHER] }));
		const [desk = DESK, sales = SALES] = everywhere;
		const few = (one: Agent) => ({ ...one, share: 0.001 });
		const contact = newContact();
		const first = await given(contact, [desk, few(sales)]);
		expect(await given(contact, [few(desk), sales], OTHER)).toBe(first);
	});

	it('know nothing more of a contact that was erased', async () => {
		const contact = newContact();
		const [desk, sales] = [agent('desk', 1000), agent('sales', 0.001)];
		expect(await given(contact, [desk, sales])).toBe('desk');
		const threadId = threadIdOf({ accountSid: ACCOUNT, agentId: 'desk', contact });
		await store.threads.append(threadId, [storedMessage('Hi')], 1);
		await store.records.change(`contact:${ACCOUNT}:smith:${contact}`, () => ({
			name: 'Maria',
		}));
		const identity = { accountSid: ACCOUNT, brand: 'smith', number: contact };
		await eraseContact({ store, clock: systemClock }, identity);
		expect(await store.records.read([`given:${ACCOUNT}:smith:${contact}`])).toEqual([
			undefined,
		]);
	});
});

it('asks no store where one agent alone has the number', async () => {
	const routes = routesFor([DESK, agent('sales', 1, [OTHER])], { to: SHARED });
	const store = undefined as unknown as OpenThreadStore;
	const { agent: chosen, matchedBy } = await routeContact(
		{ store },
		ACCOUNT,
		newContact(),
		routes,
	);
	expect([chosen.id, matchedBy]).toEqual(['desk', 'number']);
});
