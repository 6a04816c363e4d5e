import { beforeEach, describe, expect, it } from '@jest/globals';
import type { RingingSettings } from '../../../nodes/shared/calls/call-answers';
import { followCall, type CallFlowPorts } from '../../../nodes/shared/calls/call-flow';
import {
	hasReached,
	reachMilestone,
	type CallMilestone,
} from '../../../nodes/shared/calls/call-milestones';
import type { MissedCall } from '../../../nodes/shared/calls/missed-call';
import type { CallForm, CallStepName } from '../../../nodes/shared/twilio/voice/call-webhook';
import { StoreUnavailableError } from '../../../nodes/shared/threads/thread-store';
import { FakeClock } from '../../support/fake-clock';
import { memoryThreadStore } from '../../support/memory-thread-store';

const CALL = `CA${'1'.repeat(32)}`;
const CALLER = '+14155550123';
const CALLED = '+14155550100';
const PHONE = '+14155550777';
const SECOND_PHONE = '+14155550778';
const RECORDING = { url: 'https://api.twilio.com/RE1', sid: 'RE1', seconds: 7 };
const MILESTONES: CallMilestone[] = ['answered', 'rung', 'recorded', 'decided'];

const SETTINGS: RingingSettings = {
	rounds: [[PHONE]],
	ringSeconds: 18,
	showCaller: true,
	acceptByKey: true,
	spoken: { question: 'Press a key.', goodbye: 'Sorry.', greeting: 'Speak.', language: 'en-US' },
	voicemail: undefined,
};
const VOICEMAIL = { voicemail: { maxSeconds: 120 } };
const IN_TURN = { rounds: [[PHONE], [SECOND_PHONE]] };

let clock: FakeClock;
let ports: CallFlowPorts;
let warnings: string[];

beforeEach(() => {
	clock = new FakeClock();
	const { claims } = memoryThreadStore(clock);
	warnings = [];
	ports = {
		settings: SETTINGS,
		url: 'https://n8n.example.com/webhook/1/twilio',
		isToldOfTheEnd: () => true,
		openClaims: async () => claims,
		clock,
		warn: (_kind, what) => warnings.push(what),
	};
});

interface Request {
	/** None: the number's own request. */
	step?: CallStepName;
	round?: number;
	form?: Partial<CallForm>;
	settings?: Partial<RingingSettings>;
}

async function follow({ step, round = 0, form = {}, settings = {} }: Request) {
	const at = { callSid: CALL, caller: CALLER, called: CALLED, round, dialCallStatus: '' };
	return await followCall(
		{ ...ports, settings: { ...SETTINGS, ...settings } },
		step === undefined ? undefined : { ...at, name: step },
		{
			callSid: CALL,
			callStatus: 'in-progress',
			from: CALLER,
			to: CALLED,
			dialCallStatus: '',
			dialBridged: undefined,
			digits: '',
			recording: undefined,
			failedUrl: undefined,
			...form,
		},
	);
}

async function reached(): Promise<CallMilestone[]> {
	const claims = await ports.openClaims();
	const found: CallMilestone[] = [];
	for (const one of MILESTONES)
		if (await hasReached({ claims, clock }, CALL, one)) found.push(one);
	return found;
}

async function reach(milestone: CallMilestone): Promise<void> {
	await reachMilestone({ claims: await ports.openClaims(), clock }, CALL, milestone);
}

/** What is missed: how the ringing ended and which phones rang. */
const missed = (dialCallStatus: string, rang: string[] = [PHONE], recording?: typeof RECORDING) =>
	({ callSid: CALL, caller: CALLER, called: CALLED, rang, dialCallStatus, recording }) as const;

interface Row {
	when: string;
	request: Request;
	/** In the TwiML. */
	says: string;
	reaches: CallMilestone[];
	/** The waits before the missed call comes out, in milliseconds. */
	after?: number;
	missed?: MissedCall;
}

const NO_TWIML = 'none';
const DIALED = { dialCallStatus: 'busy' };
const ENDED = { callStatus: 'completed' };

const ROWS: Row[] = [
	{
		when: 'a call comes in',
		request: {},
		says: `>${PHONE}</Number>`,
		reaches: [],
	},
	{
		when: 'a call comes in and nobody is to be rung',
		request: { settings: { rounds: [] } },
		says: '>Sorry.</Say><Hangup/>',
		reaches: ['rung'],
		missed: missed('', []),
	},
	{
		when: 'a call comes in and a voicemail is taken at once',
		request: { settings: { rounds: [], ...VOICEMAIL } },
		says: '>Speak.</Say><Record ',
		reaches: ['rung'],
		after: 180_000,
		missed: missed('', []),
	},
	{
		when: 'the caller is gone, and it still rang',
		request: { form: ENDED },
		says: NO_TWIML,
		reaches: [],
		after: 5_000,
		missed: missed('canceled'),
	},
	{
		when: 'a phone that is asked no key picks up',
		request: { step: 'answered' },
		says: NO_TWIML,
		reaches: ['answered'],
	},
	{
		when: 'a phone that is asked for a key picks up',
		request: { step: 'screen' },
		says: '>Press a key.</Say></Gather><Hangup/>',
		reaches: [],
	},
	{
		when: 'it presses one',
		request: { step: 'accept', form: { digits: '5' } },
		says: '<Response/>',
		reaches: ['answered'],
	},
	{
		when: 'it presses none',
		request: { step: 'accept' },
		says: '<Response><Hangup/></Response>',
		reaches: [],
	},
	{
		when: 'nothing rings any more',
		request: { step: 'dialed', form: DIALED },
		says: '>Sorry.</Say><Hangup/>',
		reaches: ['rung'],
		missed: missed('busy'),
	},
	{
		when: 'nothing rings any more and the caller is gone',
		request: { step: 'dialed', form: { ...DIALED, ...ENDED } },
		says: '<Response><Hangup/></Response>',
		reaches: ['rung'],
		missed: missed('busy'),
	},
	{
		when: 'the first of two phones has rung',
		request: { step: 'dialed', form: DIALED, settings: IN_TURN },
		says: `>${SECOND_PHONE}</Number>`,
		reaches: [],
	},
	{
		when: 'the second of two phones has rung',
		request: { step: 'dialed', round: 1, form: DIALED, settings: IN_TURN },
		says: '>Sorry.</Say><Hangup/>',
		reaches: ['rung'],
		missed: missed('busy', [PHONE, SECOND_PHONE]),
	},
	{
		when: 'nothing rings any more and a voicemail is taken',
		request: { step: 'dialed', form: DIALED, settings: VOICEMAIL },
		says: '>Speak.</Say><Record ',
		reaches: ['rung'],
		after: 180_000,
		missed: missed('busy'),
	},
	{
		when: 'the two have talked',
		request: { step: 'dialed', form: { dialCallStatus: 'completed', dialBridged: true } },
		says: '<Response><Hangup/></Response>',
		reaches: ['answered'],
	},
	{
		when: 'the caller has spoken',
		request: { step: 'recorded', form: { recording: RECORDING } },
		says: '<Response><Hangup/></Response>',
		reaches: ['recorded'],
		after: 30_000,
		missed: missed('', [PHONE], RECORDING),
	},
	{
		when: 'the caller has kept silent',
		request: { step: 'unrecorded' },
		says: '<Response><Hangup/></Response>',
		reaches: [],
		missed: missed(''),
	},
	{
		when: 'the recording can be fetched',
		request: { step: 'recording', form: { recording: RECORDING } },
		says: NO_TWIML,
		reaches: [],
		missed: missed('', [PHONE], RECORDING),
	},
];

describe('when', () => {
	it.each(ROWS)('$when', async ({ request, says, reaches, after = 0, missed: expected }) => {
		const reply = await follow(request);
		expect(reply.twiml ?? NO_TWIML).toContain(says);
		expect(await reply.after()).toEqual(expected);
		expect(await reached()).toEqual(reaches);
		expect(clock.sleeps.reduce((sum, ms) => sum + ms, 0)).toBe(after);
	});
});

describe('the end of a call', () => {
	it.each<[CallMilestone, MissedCall | undefined]>([
		['answered', undefined],
		['recorded', undefined],
		['rung', missed('no-answer')],
	])('of which we know that it was %s', async (milestone, expected) => {
		const { after } = await follow({ form: ENDED });
		await reach(milestone);
		expect(await after()).toEqual(expected);
	});
});

describe('a call that nobody tells the end of', () => {
	const comesIn = async () => await follow({ settings: IN_TURN });

	beforeEach(() => {
		ports = { ...ports, isToldOfTheEnd: () => false };
	});

	it('is missed when all phones have had their time', async () => {
		const { twiml, after } = await comesIn();
		expect(twiml).toContain(`>${PHONE}</Number>`);
		expect(await after()).toEqual(missed('canceled'));
		expect(clock.sleeps).toEqual([2 * (18_000 + 20_000)]);
	});

	it.each<CallMilestone>(['answered', 'rung'])(
		'is left to whoever knows that it was %s',
		async (milestone) => {
			const { after } = await comesIn();
			await reach(milestone);
			expect(await after()).toBeUndefined();
		},
	);
});

describe('a key', () => {
	it('is written down before the phone is connected', async () => {
		await follow({ step: 'accept', form: { digits: '1' } });
		expect(await reached()).toEqual(['answered']);
	});

	it('decides, whatever Twilio says of the ringing', async () => {
		await reach('answered');
		const { twiml, after } = await follow({ step: 'dialed', form: { dialCallStatus: 'busy' } });
		expect(twiml).toContain('<Response><Hangup/></Response>');
		expect(await after()).toBeUndefined();
	});

	it('that nobody pressed makes a call missed that a voicemail picked up', async () => {
		const { after } = await follow({ step: 'dialed', form: { dialCallStatus: 'completed' } });
		expect(await after()).toEqual(missed('no-answer'));
	});
});

describe('a voicemail', () => {
	it('that was left starts nothing when its time is over: the recording tells of it', async () => {
		const { after } = await follow({ step: 'dialed', form: DIALED, settings: VOICEMAIL });
		await reach('recorded');
		expect(await after()).toBeUndefined();
	});
});

describe('where the store is down', () => {
	beforeEach(() => {
		const openClaims = async () =>
			await Promise.reject(new StoreUnavailableError('Redis', 'it is down'));
		ports = { ...ports, openClaims };
	});

	it.each<[string, Request, string]>([
		['a phone rings', {}, `>${PHONE}</Number>`],
		['a key connects', { step: 'accept', form: { digits: '1' } }, '<Response/>'],
		['the caller is told', { step: 'dialed', form: DIALED }, '>Sorry.</Say>'],
	])('%s all the same', async (_what, request, says) => {
		expect((await follow(request)).twiml).toContain(says);
	});

	it('a key that could not be written down is logged', async () => {
		await follow({ step: 'accept', form: { digits: '1' } });
		expect(warnings).toEqual([expect.stringContaining('Could not write down who took a call')]);
	});

	it('a missed call is not passed over in silence', async () => {
		const { after } = await follow({ step: 'dialed', form: DIALED });
		await expect(after()).rejects.toThrow(StoreUnavailableError);
	});
});
