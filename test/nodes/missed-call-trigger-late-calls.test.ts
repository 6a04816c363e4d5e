import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';
import { MissedCallTrigger } from '../../nodes/MissedCallTrigger/MissedCallTrigger.node';
import type { NumberRecord } from '../../emulator/twilio/records';
import { poll } from '../../harness/poll';
import { PHONE } from './support/call-bench';
import { webhookHooks, type WebhookSetup } from './support/call-webhook';
import { restartProcess } from './support/restarted-process';
import { runTrigger, type RunningTrigger } from './support/run-trigger';
import { openTriggerBench, type TriggerBench } from './support/trigger-bench';

const CALLER = '+14155550123';

let bench: TriggerBench;
let number: NumberRecord;
let trigger: RunningTrigger | undefined;
let workflows = 0;

beforeEach(async () => {
	bench = await openTriggerBench(() => new MissedCallTrigger());
	number = bench.twilio.addNumber(bench.account.accountSid, { phoneNumber: '+14155550100' });
	trigger = undefined;
});

afterEach(async () => {
	await trigger?.close();
	await bench.close();
	restartProcess();
});

/** Published, and nobody is there to answer: n8n is down. */
async function published(parameters: INodeParameters = {}): Promise<WebhookSetup> {
	const setup = bench.setup(
		{
			phones: PHONE,
			receiveOn: 'phoneNumbers',
			phoneNumbers: [number.sid],
			agents: { agent: [{ name: 'Front Desk', smsPrompt: 'Be kind.' }] },
			...parameters,
		},
		{ workflowId: `late-calls-${workflows++}` },
	);
	const hooks = webhookHooks(setup);
	await hooks.create();
	bench.twilio.mapHost(new URL(hooks.url).origin, 'http://127.0.0.1:9');
	return { ...setup, staticData: hooks.staticData };
}

const callAgo = async (minutes: number, from = CALLER) =>
	await bench.twilio.callFromContact({
		from,
		to: number.phoneNumber,
		startedAt: new Date(Date.now() - minutes * 60_000),
	});
const lists = () => bench.twilio.requests.filter(({ path }) => path.endsWith('/Calls.json'));

describe('a call that came while n8n was down', () => {
	it('starts the workflow when n8n starts, as a late one', async () => {
		const setup = await published();
		const { callSid, heard } = await callAgo(90);
		expect(heard).toEqual(['An application error has occurred. Goodbye.']);
		trigger = await runTrigger(setup);
		const [[item] = []] = await poll('a run', () => trigger?.emitted[0]);
		expect(item?.json).toMatchObject({
			event: 'missedCall',
			callSid,
			contact: CALLER,
			sender: number.phoneNumber,
			called: number.phoneNumber,
			agent: { id: 'front-desk' },
			dialCallStatus: '',
			rang: [],
			voicemail: null,
			late: true,
			lateMinutes: 90,
		});
	});

	it('starts nothing for a caller of a withheld number, and says why', async () => {
		const setup = await published();
		await callAgo(90, '+266696687');
		trigger = await runTrigger(setup);
		await poll('a word', () => trigger?.warnings.find((words) => words.includes('withheld')));
		expect(trigger.emitted).toEqual([]);
	});

	it('from abroad starts nothing, and one too many waits for the next hour', async () => {
		const setup = await published({ options: { callersPerHour: 2 } });
		await callAgo(20, '+5352345678');
		for (const minutes of [40, 50, 60]) await callAgo(minutes, `+14155550${200 + minutes}`);
		trigger = await runTrigger(setup);
		const { warnings } = trigger;
		await poll('a word', () => warnings.find((words) => words.includes('another country')));
		await poll('another', () =>
			warnings.find((words) => words.includes('Most Callers Texted')),
		);
		expect(trigger.emitted).toHaveLength(2);
	});

	it('is left to another app that has taken the number over since', async () => {
		const setup = await published();
		number.voiceUrl = 'https://another.example.com/ivr';
		await callAgo(90);
		trigger = await runTrigger(setup);
		await poll('a look', () => lists()[0]);
		await poll(
			'a look at the numbers',
			() =>
				bench.twilio.requests.filter(({ path }) =>
					path.endsWith('/IncomingPhoneNumbers.json'),
				)[0],
		);
		await new Promise((resolve) => setTimeout(resolve, 300));
		expect(trigger.emitted).toEqual([]);
	});

	it('is not ours from before the workflow was published', async () => {
		const setup = await published();
		await callAgo(90);
		trigger = await runTrigger({ ...setup, activation: 'activate' });
		await poll('a look', () => lists()[0]);
		expect(trigger.emitted).toEqual([]);
	});

	it.each([
		['the builder switched it off', { options: { lookForMissedCalls: false } }],
		['the address is set by hand', { receiveOn: 'manual' }],
	])('is not looked for where %s', async (_where, parameters: INodeParameters) => {
		const setup = await published();
		await callAgo(90);
		trigger = await runTrigger({
			...setup,
			parameters: { ...setup.parameters, ...parameters },
		});
		await new Promise((resolve) => setTimeout(resolve, 300));
		expect([lists(), trigger.emitted]).toEqual([[], []]);
	});
});
