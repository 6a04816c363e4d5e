import { beforeEach, describe, expect, it } from '@jest/globals';
import { writeAgents } from '../../../nodes/shared/contacts/agent-record';
import type { Agent } from '../../../nodes/shared/messaging/agent';
import { recordInbound, type ConsentRules } from '../../../nodes/shared/receiving/record-inbound';
import type { OpenThreadStore } from '../../../nodes/shared/threads/thread-store';
import { textsWithoutRun } from '../../../nodes/shared/threads/turns/unanswered';
import { consentOf, USUAL_RULES } from '../../support/contact-state';
import { FakeClock } from '../../support/fake-clock';
import { memoryThreadStore } from '../../support/memory-thread-store';

const ACCOUNT = `AC${'0'.repeat(32)}`;
const CONTACT = '+14155550123';
const threadOf = (agentId: string) => `${ACCOUNT}:${agentId}:${CONTACT}`;
const agentOf = (id: string, brand: string): Agent => ({
	...{ id, name: id, smsPrompt: '', senders: [] },
	...{ onText: 'reply', webhookUrl: '', brand, ownersPhones: [] },
});

let clock: FakeClock;
let store: OpenThreadStore;
let serial = 0;
beforeEach(() => {
	clock = new FakeClock();
	store = memoryThreadStore(clock);
});

async function receive(body: string, agentId = 'desk', rules: Partial<ConsentRules> = {}) {
	const inbound = {
		...{ messageSid: `SM${serial++}`, accountSid: ACCOUNT, from: CONTACT, to: '+14155550100' },
		...{ body, media: [], numSegments: 1 },
	};
	const all = { ...USUAL_RULES, ...rules };
	const recorded = await recordInbound({ store, clock }, threadOf(agentId), inbound, all);
	clock.advance(1000);
	return recorded;
}
const statusAt = async (agentId = 'desk') =>
	(await consentOf({ store, clock }, threadOf(agentId))).status;

it('an opt-out holds for all agents of a brand, and for no other brand', async () => {
	await writeAgents(store.records, ACCOUNT, [agentOf('desk', 'bright-dental')], {
		trigger: 'one',
	});
	await writeAgents(store.records, ACCOUNT, [agentOf('sales', 'bright-dental')], {
		trigger: 'one',
	});
	await writeAgents(store.records, ACCOUNT, [agentOf('other', 'dark-dental')], {
		trigger: 'one',
	});
	await receive('STOP', 'desk');
	expect(await statusAt('sales')).toBe('optedOut');
	expect(await statusAt('other')).toBe('unknown');
	await receive('START', 'sales');
	expect(await statusAt('desk')).toBe('optedIn');
});

describe('an opt-out in words of their own', () => {
	it('counts as STOP does, waits for an answer as a text does, and is lifted by START', async () => {
		const recorded = await receive('Hi. Please take me off your list');
		expect(recorded).toMatchObject({
			kind: 'text',
			consent: {
				...{ status: 'optedOut', how: 'ownWords' },
				...{ by: expect.stringContaining('take me off your list') },
				messageSid: recorded.message.messageSid,
			},
		});
		expect(textsWithoutRun(recorded.thread)).toHaveLength(1);
		expect(await statusAt()).toBe('optedOut');
		expect(await receive('START')).toMatchObject({ kind: 'consent', word: 'start' });
		expect(await statusAt()).toBe('optedIn');
	});

	it("counts in the builder's own phrases", async () => {
		expect(await receive('No thanks')).not.toHaveProperty('consent');
		await receive('No thanks', 'desk', { optOutPhrases: ['no thanks'] });
		expect(await statusAt()).toBe('optedOut');
	});
});

describe('where Twilio answers no keywords', () => {
	const OURS = { keywordsAnsweredBy: 'us' } as const;

	it('STOP opts out and waits for our confirmation, and HELP for our answer', async () => {
		const stop = await receive('STOP', 'desk', OURS);
		expect(stop).toMatchObject({
			kind: 'text',
			consent: { status: 'optedOut', how: 'keyword' },
		});
		expect(textsWithoutRun(stop.thread)).toHaveLength(1);
		const help = await receive('HELP', 'sales', OURS);
		expect(help).toMatchObject({ kind: 'text' });
		expect(help).not.toHaveProperty('consent');
	});

	it('START lifts an opt-out, and asks for nothing', async () => {
		await receive('STOP', 'desk', OURS);
		expect(await receive('START', 'desk', OURS)).toMatchObject({ kind: 'consent' });
		expect(await statusAt()).toBe('optedIn');
	});
});
