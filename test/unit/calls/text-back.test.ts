import { beforeEach, describe, expect, it } from '@jest/globals';
import {
	textBackFor,
	TooManyCallersError,
	type MissedCall,
	type TextBackPorts,
	type TextBackRules,
} from '../../../nodes/shared/calls/missed-call';
import type { Agent } from '../../../nodes/shared/messaging/agent';
import { optOut, takeOver } from '../../support/contact-state';
import { FakeClock } from '../../support/fake-clock';
import { memoryThreadStore } from '../../support/memory-thread-store';

const ACCOUNT = `AC${'1'.repeat(32)}`;
const SERVICE = `MG${'1'.repeat(32)}`;
const CALLER = '+14155550123';
const CALLED = '+14155550100';

const agentOf = (id: string, senders: string[] = []): Agent => ({
	id,
	name: id,
	smsPrompt: '',
	senders,
	onText: 'reply',
	webhookUrl: '',
	brand: '',
	ownersPhones: [],
});

const RULES: TextBackRules = {
	agents: [agentOf('desk')],
	windowMs: 600_000,
	lookUpLine: false,
	ignoredCallers: ['+14155550777'],
	textFrom: {},
	isTwilioCalled: true,
	country: undefined,
	otherCountries: [],
	perHour: { key: 'allowance:call:node:', most: 60 },
};

let clock: FakeClock;
let ports: TextBackPorts;
let warnings: string[];
let calls = 0;

beforeEach(() => {
	clock = new FakeClock();
	const store = memoryThreadStore(clock);
	warnings = [];
	ports = {
		rules: RULES,
		accountSid: ACCOUNT,
		openStore: async () => store,
		openTwilio: async () => await Promise.reject(new Error('Twilio is asleep')),
		clock,
		warn: (kind, what) => warnings.push(`${kind}: ${what}`),
	};
});

const callOf = (call: Partial<MissedCall> = {}): MissedCall => ({
	callSid: `call-${calls++}`,
	caller: CALLER,
	called: CALLED,
	rang: [],
	dialCallStatus: 'no-answer',
	recording: undefined,
	...call,
});

const textBack = async (call: MissedCall, rules: Partial<TextBackRules> = {}) =>
	await textBackFor({ ...ports, rules: { ...RULES, ...rules } }, call);

describe('a missed call', () => {
	it('is texted back from the number that was called', async () => {
		expect(await textBack(callOf())).toEqual({
			threadId: `${ACCOUNT}:desk:${CALLER}`,
			agent: agentOf('desk'),
			matchedBy: 'default',
			contact: CALLER,
			sender: CALLED,
			messagingServiceSid: null,
		});
		expect(warnings).toEqual([]);
	});

	it('is texted back by the agent that the caller has, of those that share the number', async () => {
		const agents: [Agent, Agent] = [
			{ ...agentOf('desk', [CALLED]), share: 1000 },
			{ ...agentOf('sales', [CALLED]), share: 0.001 },
		];
		const store = await ports.openStore();
		await store.records.change(`given:${ACCOUNT}::${CALLER}`, () => ({ [CALLED]: 'sales' }));
		const threadId = `${ACCOUNT}:sales:${CALLER}`;
		expect(await textBack(callOf(), { agents })).toMatchObject({
			threadId,
			matchedBy: 'share',
		});
	});

	it('of which several requests tell at once is texted back once', async () => {
		const call = callOf();
		const all = await Promise.all(
			Array.from({ length: 10 }, async () => await textBack(call, { windowMs: 0 })),
		);
		expect(all.filter(Boolean)).toHaveLength(1);
		expect(warnings).toEqual([]);
	});

	it('of another phone system has the sender that the builder chose, or none', async () => {
		const elsewhere = { isTwilioCalled: false, windowMs: 0 };
		expect(await textBack(callOf(), elsewhere)).toMatchObject({ sender: null });
		const textFrom = { sender: '+14155550111' };
		expect(await textBack(callOf(), { ...elsewhere, textFrom })).toMatchObject(textFrom);
	});
});

describe('nobody is texted back', () => {
	it.each([
		['withheld', 'anonymous'],
		['notAPhone', 'client:ava'],
		['ignored', '+14155550777'],
		['ignored', CALLED],
	])('%s: %s', async (why, caller) => {
		expect(await textBack(callOf({ caller }))).toBeUndefined();
		expect(warnings).toEqual([expect.stringContaining(`passedOver:${why}: Started nothing`)]);
	});

	it('who calls again within the window', async () => {
		await textBack(callOf());
		expect(await textBack(callOf())).toBeUndefined();
		expect(warnings[0]).toContain('the caller ending in 23 has called within the time');
		clock.advance(RULES.windowMs + 1);
		expect(await textBack(callOf())).toBeDefined();
	});

	it('who has texted STOP', async () => {
		const store = await ports.openStore();
		await optOut({ store, clock }, `${ACCOUNT}:desk:${CALLER}`);
		expect(await textBack(callOf())).toBeUndefined();
		expect(warnings[0]).toContain('has texted STOP');
	});

	it('whom a person has taken over since a call that is found late', async () => {
		const store = await ports.openStore();
		await takeOver({ store, clock }, `${ACCOUNT}:desk:${CALLER}`);
		expect(await textBack(callOf({ lateMinutes: 90 }))).toBeUndefined();
		expect(warnings[0]).toContain('a person has taken the conversation over');
	});
});

describe('while Twilio does not answer', () => {
	it('a caller whose line was to be looked up is texted', async () => {
		expect(await textBack(callOf(), { lookUpLine: true })).toBeDefined();
		expect(warnings).toEqual(["lookup: Could not look up a caller's line: Twilio is asleep"]);
	});

	it('the agent is the one that takes all other calls', async () => {
		const agents: TextBackRules['agents'] = [agentOf('pool', [SERVICE]), agentOf('desk')];
		expect(await textBack(callOf(), { agents })).toMatchObject({ agent: { id: 'desk' } });
		expect(warnings[0]).toContain('Could not ask whose Messaging Service was called');
	});
});

describe('a caller of another country', () => {
	const isTexted = async (call: Partial<MissedCall>, rules: Partial<TextBackRules> = {}) =>
		(await textBack(callOf(call), rules)) !== undefined;
	const CUBAN = '+5352345678';

	it.each([
		['the called number', { called: CALLED }, {}],
		['the number that texts', { called: 'front desk' }, { textFrom: { sender: CALLED } }],
		["an agent's number", { called: '' }, { agents: [agentOf('desk', [SERVICE, CALLED])] }],
		['the default country', { called: '' }, { country: 'US' }],
	] as Array<[string, Partial<MissedCall>, Partial<TextBackRules>]>)(
		'is told by %s',
		async (_by, call, rules) => {
			expect(await isTexted({ ...call, caller: CUBAN }, rules)).toBe(false);
			expect(await isTexted({ ...call, caller: CALLER }, rules)).toBe(true);
		},
	);

	it('is texted where nothing tells what is abroad', async () => {
		expect(await isTexted({ called: '', caller: CUBAN })).toBe(true);
	});

	it('is texted where we called them: that number is not invented', async () => {
		expect(await isTexted({ caller: CUBAN, weCalled: true })).toBe(true);
	});

	it('is not one whose area code is newer than what we know', async () => {
		expect(await isTexted({ caller: '+10002345678' })).toBe(true);
	});
});

describe('one caller too many', () => {
	const perHour = { key: 'allowance:call:node:', most: 1 };

	it('starts nothing; callers who are not texted anyway use nothing up', async () => {
		await textBack(callOf({ caller: 'anonymous' }), { perHour });
		expect(await textBack(callOf(), { perHour })).toBeDefined();
		expect(await textBack(callOf({ caller: '+14155550124' }), { perHour })).toBeUndefined();
		expect(warnings.at(-1)).toContain('tooMany: Started nothing for a missed call');
	});

	it('waits where it is late, undecided', async () => {
		const late = callOf({ lateMinutes: 30, caller: '+14155550124' });
		await textBack(callOf(), { perHour });
		await expect(textBack(late, { perHour })).rejects.toThrow(TooManyCallersError);
		clock.advance(3_600_000);
		expect(await textBack(late, { perHour })).toBeDefined();
	});
});
