import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { IDataObject } from 'n8n-workflow';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { optOut } from '../support/contact-state';
import { CALLER, openCallBench, PHONE, type CallBench } from './support/call-bench';
import { threadsInWorkflow } from './support/threads-in-workflow';

const MINUTE_MS = 60_000;

let bench: CallBench;

beforeEach(async () => {
	bench = await openCallBench();
});

afterEach(async () => {
	await bench.close();
});

const callFrom = async (from: string) =>
	await bench.twilio.callFromContact({ from, to: bench.number.phoneNumber });

const contactsOf = (items: IDataObject[]) => items.map(({ contact }) => contact);

describe('calls again', () => {
	it('within ten minutes start one run, later another', async () => {
		const trigger = await bench.publish();
		await callFrom(CALLER);
		await bench.clock.advance(9 * MINUTE_MS);
		await callFrom(CALLER);
		expect(contactsOf(await trigger.started())).toEqual([CALLER]);
		// `started` has let more than ten minutes go by.
		await callFrom(CALLER);
		expect(contactsOf(await trigger.started())).toEqual([CALLER, CALLER]);
	});

	it('start a run each where the window is 0', async () => {
		const trigger = await bench.publish({ options: { windowMinutes: 0 } });
		await callFrom(CALLER);
		await callFrom(CALLER);
		expect(await trigger.started()).toHaveLength(2);
	});

	it('of two people start a run each', async () => {
		const trigger = await bench.publish();
		await callFrom(CALLER);
		await callFrom('+14155550124');
		expect(contactsOf(await trigger.started())).toEqual([CALLER, '+14155550124']);
	});
});

describe('nothing is started by', () => {
	it.each([
		['+266696687', 'a withheld number'],
		['anonymous', 'a withheld number'],
		['+7378742833', 'a withheld number'],
		['+2562533', 'a withheld number'],
		['+8656696', 'a withheld number'],
		['', 'no number at all'],
		['12345', 'a short code'],
		['sip:ava@example.com', 'an internet phone'],
		['client:ava', 'an internet phone'],
		[PHONE, "the owner's phone"],
		['+14155550100', 'the number itself'],
		['+14155550188', 'a number that is never texted'],
		['+14155550101', 'another Twilio number of the trigger'],
		['+14155550102', "another agent's number"],
	])('%s, %s', async (from) => {
		const second = bench.twilio.addNumber(bench.account.accountSid, {
			phoneNumber: '+14155550101',
		});
		const trigger = await bench.publish({
			phoneNumbers: [bench.number.sid, second.sid],
			agents: { agent: [{ name: 'Front Desk' }, { name: 'Night', numbers: '+14155550102' }] },
			options: { ignoredCallers: '(415) 555-0188', defaultCountry: 'US' },
		});
		const { rang } = await callFrom(from);
		expect(rang).toEqual([PHONE]);
		expect(await trigger.started()).toEqual([]);
		expect(trigger.warnings).toEqual([
			expect.stringMatching(/: Started nothing for a missed call: the caller .* \w/),
		]);
	});

	it('a contact who has texted STOP to this agent', async () => {
		const trigger = await bench.publish({}, { workflowId: 'opted-out' });
		const threadId = `${bench.account.accountSid}:front-desk:${CALLER}`;
		await optOut({ store: threadsInWorkflow('opted-out'), clock: systemClock }, threadId);
		await callFrom(CALLER);
		expect(await trigger.started()).toEqual([]);
		expect(trigger.warnings[0]).toContain('the caller ending in 23 has texted STOP');
	});
});

describe('landlines', () => {
	const LEFT_OUT = { options: { lookUpLine: true } };
	const lookUps = () => bench.twilio.requests.filter(({ path }) => path.startsWith('/v2/'));

	beforeEach(() => bench.twilio.setLineType(CALLER, 'landline'));

	it('are not looked up, and go through, unless asked for: a look-up costs money', async () => {
		const trigger = await bench.publish();
		await callFrom(CALLER);
		expect(await trigger.started()).toHaveLength(1);
		expect(lookUps()).toEqual([]);
	});

	it('start nothing where asked for, and mobiles do', async () => {
		const trigger = await bench.publish(LEFT_OUT);
		await callFrom(CALLER);
		await callFrom('+14155550124');
		expect(contactsOf(await trigger.started())).toEqual(['+14155550124']);
		expect(lookUps()[0]?.query).toEqual({ Fields: 'line_type_intelligence' });
	});

	it('go through where the look-up fails', async () => {
		const trigger = await bench.publish(LEFT_OUT);
		bench.twilio.faults.next({ kind: '500', path: '/v2/PhoneNumbers' });
		await callFrom(CALLER);
		expect(await trigger.started()).toHaveLength(1);
	});

	it('are not paid for again when they call again', async () => {
		const trigger = await bench.publish(LEFT_OUT);
		await callFrom(CALLER);
		await bench.clock.advance(MINUTE_MS);
		await callFrom(CALLER);
		await trigger.started();
		expect(lookUps()).toHaveLength(1);
	});
});

describe('the agent', () => {
	const agents = (...agent: Array<Record<string, string>>) => ({ agents: { agent } });

	it('is the one whose number was called', async () => {
		const trigger = await bench.publish(
			agents({ name: 'All' }, { name: 'Front', numbers: bench.number.phoneNumber }),
		);
		await callFrom(CALLER);
		expect(await trigger.started()).toMatchObject([
			{ agent: { id: 'front', matchedBy: 'number' } },
		]);
	});

	it('is the one whose Messaging Service has the number, and texts through it', async () => {
		const service = bench.twilio.addService(bench.account.accountSid, {
			numbers: [bench.number.phoneNumber],
		});
		const trigger = await bench.publish(
			agents({ name: 'All' }, { name: 'Pool', numbers: service.sid }),
		);
		await callFrom(CALLER);
		expect(await trigger.started()).toMatchObject([
			{
				agent: { id: 'pool', matchedBy: 'messagingService' },
				sender: bench.number.phoneNumber,
				messagingServiceSid: service.sid,
			},
		]);
	});

	it.each([
		['(415) 555-0111', { sender: '+14155550111', messagingServiceSid: null }],
		['72345', { sender: '72345', messagingServiceSid: null }],
		[`MG${'5'.repeat(32)}`, { sender: null, messagingServiceSid: `MG${'5'.repeat(32)}` }],
	])('texts from %s where told to', async (textFrom, expected) => {
		const trigger = await bench.publish({ options: { textFrom, defaultCountry: 'US' } });
		await callFrom(CALLER);
		expect(await trigger.started()).toMatchObject([expected]);
	});
});
