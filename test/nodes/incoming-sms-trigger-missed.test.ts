import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { INodeParameters, WorkflowActivateMode } from 'n8n-workflow';
import { AgentReply } from '../../nodes/AgentReply/AgentReply.node';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import type { OpenThreadStore } from '../../nodes/shared/threads/thread-store';
import type { NumberRecord } from '../../emulator/twilio/records';
import { consentOf } from '../support/contact-state';
import { storedMessage } from '../support/stored-message';
import { WEBHOOK_BASE } from './support/host-stand-in';
import { runTrigger, type RunningTrigger } from './support/run-trigger';
import { openThreadFile, type ThreadFile } from './support/thread-file';
import { openTriggerBench, type TriggerBench } from './support/trigger-bench';

const OURS = '+14155550100';
const ANNA = '+14155550101';
const BEN = '+14155550102';
const CARL = '+14155550103';
const MINUTE = 60_000;

let bench: TriggerBench;
let number: NumberRecord;
let kept: ThreadFile;
let store: OpenThreadStore;
let trigger: RunningTrigger | undefined;

beforeEach(async () => {
	bench = await openTriggerBench();
	const { accountSid } = bench.account;
	number = bench.twilio.addNumber(accountSid, {
		phoneNumber: OURS,
		smsUrl: `${WEBHOOK_BASE}/webhook-1/twilio#rc=3`,
	});
	// n8n is down.
	bench.twilio.mapHost(WEBHOOK_BASE, 'http://127.0.0.1:9');
	kept = await openThreadFile();
	store = kept.store;
	trigger = undefined;
});

afterEach(async () => {
	await trigger?.close();
	await kept.remove();
	await bench.close();
	jest.restoreAllMocks();
});

const start = async (
	parameters: INodeParameters = {},
	activation: WorkflowActivateMode = 'init',
) => {
	trigger = await runTrigger({
		...bench.setup({
			receiveOn: 'phoneNumbers',
			phoneNumbers: [number.sid],
			agents: { agent: [{ name: 'Front Desk' }] },
			threadStore: 'embedded',
			threadStoreFile: kept.path,
			...parameters,
		}),
		behind: new AgentReply(),
		activation,
	});
	return trigger;
};
const missed = async (from: string, body: string, minutes: number, more = {}) => {
	const at = new Date(Date.now() - minutes * MINUTE);
	await bench.twilio.textFromContact({ from, to: OURS, body, at, ...more });
};
const send = async (to: string) => {
	const { accountSid, authToken } = bench.account;
	const url = `${bench.twilio.baseUrl}/2010-04-01/Accounts/${accountSid}/Messages.json`;
	const authorization = `Basic ${btoa(`${accountSid}:${authToken}`)}`;
	const body = new URLSearchParams({ To: to, From: OURS, Body: 'We are here again.' });
	await fetch(url, { method: 'POST', headers: { authorization }, body });
};
const items = () => trigger?.emitted.flatMap((outputs) => outputs.flat()) ?? [];
const eventually = async (condition: () => boolean | Promise<boolean>) => {
	for (let times = 0; times < 500; times++) {
		if (await condition()) return;
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
	throw new Error('It did not happen');
};
const threadOf = async (contact: string) =>
	await store.threads.read(`${bench.account.accountSid}:front-desk:${contact}`, 10);
/** Twilio's list was asked for, and what came of it is done. */
const looked = async () => {
	const mark = async () => (await store.threads.list({ prefix: '', limit: 1 })).threads;
	await eventually(() =>
		bench.twilio.requests.some(({ path }) => path.endsWith('Messages.json')),
	);
	await new Promise((resolve) => setTimeout(resolve, 300));
	return await mark();
};

describe('texts that came while n8n was down', () => {
	it('start one run each contact once it is back, with their files, and say how late they are', async () => {
		const data = Buffer.from('GIF89a');
		await missed(ANNA, 'Look', 20, { media: [{ contentType: 'image/gif', data }] });
		await missed(ANNA, 'Is it broken?', 19);
		await missed(BEN, 'Are you open?', 10);
		await missed(CARL, 'Hello?', 13 * 60);
		// The last that is known is older still.
		const at = new Date(Date.now() - 14 * 60 * MINUTE).toISOString();
		const before = `${bench.account.accountSid}:front-desk:+14155550109`;
		await store.threads.append(
			before,
			[storedMessage('Hi', { at, direction: 'outbound', author: 'agent' })],
			0,
		);
		await start({ options: { downloadMedia: true } });
		await eventually(() => items().length === 3);
		const [ben, anna, carl] = items();
		expect(ben?.json).toMatchObject({
			event: 'message',
			contact: BEN,
			sender: OURS,
			body: 'Are you open?',
			agent: { id: 'front-desk', matchedBy: 'default' },
			late: true,
			lateMinutes: 10,
			tooLate: false,
		});
		expect(anna?.json).toMatchObject({
			body: 'Look\nIs it broken?',
			lateMinutes: 19,
			media: [{ contentType: 'image/gif', binaryProperty: 'media_0' }],
		});
		expect(anna?.binary?.['media_0']).toMatchObject({ mimeType: 'image/gif' });
		expect(carl?.json).toMatchObject({ late: true, lateMinutes: 780, tooLate: true });
		await eventually(() => trigger?.infos.join().includes('3 contact(s)') ?? false);
	});

	it('start none for whom somebody has answered, nor for STOP, which counts', async () => {
		await missed(ANNA, 'Hello?', 20);
		await send(ANNA);
		await missed(BEN, 'Hello?', 20);
		await missed(BEN, 'STOP', 19);
		await missed(CARL, 'Hello?', 18);
		await start();
		await eventually(() => items().length === 1);
		await looked();
		expect(items().map(({ json }) => json['contact'])).toEqual([CARL]);
		const threadId = `${bench.account.accountSid}:front-desk:${BEN}`;
		expect(await consentOf({ store, clock: systemClock }, threadId)).toMatchObject({
			status: 'optedOut',
		});
		expect((await threadOf(ANNA)).messages).toHaveLength(1);
	});

	it('start runs as STOP and as a reaction where the builder wants those', async () => {
		await missed(ANNA, 'STOP', 20);
		await missed(BEN, 'Liked “Until five”', 19);
		await start({ options: { runOnConsentWords: true, runOnReactions: true } });
		await eventually(() => items().length === 2);
		const events = items().map(({ json }) => ({ event: json['event'], late: json['late'] }));
		expect(events).toEqual([
			{ event: 'optOut', late: true },
			{ event: 'reaction', late: true },
		]);
	});

	it('are as many a minute as the builder allows', async () => {
		await missed(ANNA, 'One', 20);
		await missed(BEN, 'Two', 19);
		await start({ options: { missedPerMinute: 1 } });
		await looked();
		expect(items().map(({ json }) => json['body'])).toEqual(['Two']);
	});

	it('are left alone where the builder wants that', async () => {
		await missed(ANNA, 'One', 20);
		await start({ options: { lookForMissedTexts: false } });
		await new Promise((resolve) => setTimeout(resolve, 500));
		expect(bench.twilio.requests.map(({ path }) => path).join()).not.toContain('Messages.json');
		expect(items()).toEqual([]);
	});

	it('are none of the business of a workflow that is published for the first time', async () => {
		await missed(ANNA, 'One', 20);
		await start({}, 'activate');
		await looked();
		expect(items()).toEqual([]);
		await trigger?.close();
		await missed(BEN, 'Two', 2);
		await start({}, 'activate');
		await eventually(() => items().length === 1);
		expect(items()[0]?.json).toMatchObject({ body: 'Two' });
	});

	it('are looked for as soon as the address is at Twilio, which n8n sets a moment later', async () => {
		const address = number.smsUrl;
		number.smsUrl = '';
		await missed(ANNA, 'Before', 20);
		await start({}, 'activate');
		await eventually(() => bench.twilio.requests.length >= 2);
		number.smsUrl = address;
		await looked();
		expect(items()).toEqual([]);
	});

	it.each([
		['was set by hand', 'manual'],
		['is by what Automatic came to', 'automatic'],
	])('are found where the address %s, and only there', async (_how, receiveOn) => {
		bench.twilio.addNumber(bench.account.accountSid, { phoneNumber: '+14155550199' });
		const [at, body] = [new Date(Date.now() - 5 * MINUTE), 'To another number'];
		await bench.twilio.textFromContact({ from: ANNA, to: '+14155550199', body, at });
		await missed(BEN, 'To ours', 6);
		await start({ receiveOn });
		await eventually(() => items().length === 1);
		await looked();
		expect(items().map(({ json }) => json['body'])).toEqual(['To ours']);
	});

	it('are found on a number that was chosen from the list, and not on another', async () => {
		bench.twilio.addNumber(bench.account.accountSid, {
			phoneNumber: '+14155550199',
			smsUrl: number.smsUrl,
		});
		const [at, body] = [new Date(Date.now() - 5 * MINUTE), 'To another number'];
		await bench.twilio.textFromContact({ from: ANNA, to: '+14155550199', body, at });
		await missed(BEN, 'To ours', 6);
		await start({ phoneNumbers: [OURS] });
		await eventually(() => items().length === 1);
		await looked();
		expect(items().map(({ json }) => json['body'])).toEqual(['To ours']);
	});

	it('are looked for at their time though the clock is set back', async () => {
		const { now, after } = systemClock;
		jest.spyOn(systemClock, 'after').mockImplementation((ms, run) =>
			after(Math.min(ms, 20), run),
		);
		await start();
		await looked();
		const lists = () =>
			bench.twilio.requests.filter(({ path }) => path.endsWith('Messages.json')).length;
		const before = lists();
		await new Promise((resolve) => setTimeout(resolve, 200));
		expect(lists()).toBe(before);
		jest.spyOn(systemClock, 'now').mockImplementation(() => now() - 120 * MINUTE);
		await eventually(() => lists() > before);
	});

	it('are told to the webhook of an agent that notifies, once each', async () => {
		await missed(ANNA, 'One', 20);
		await missed(ANNA, 'Two', 19);
		const webhookUrl = `${bench.twilio.baseUrl}/nobody-there`;
		const agent = [{ name: 'Front Desk', onText: 'notify', webhookUrl }];
		await start({ agents: { agent } });
		await eventually(() => items().length === 2);
		expect(trigger?.emitted.map((outputs) => outputs.map(({ length }) => length))).toEqual([
			[0, 1],
			[0, 1],
		]);
		expect(items().map(({ json }) => json['event'])).toEqual(['notifyFailed', 'notifyFailed']);
		expect(items()[0]?.json).toMatchObject({ late: true, lateMinutes: 20 });
	});
});
