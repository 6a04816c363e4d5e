import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { IDataObject } from 'n8n-workflow';
import { CONTACT, openSendSmsBench, OURS, type SendSmsBench } from './support/send-sms-bench';

let bench: SendSmsBench;
beforeAll(async () => {
	bench = await openSendSmsBench();
});
beforeEach(() => {
	bench.reset();
	bench.model.respond = () => 'Sorry we missed your call!';
});
afterAll(() => bench.close());

const AI = { mode: 'ai', model: { __rl: true, mode: 'id', value: 'emulated-small' } };

const missedCall = (change: IDataObject = {}): IDataObject => ({
	event: 'missedCall',
	threadId: `${bench.accountSid}:front-desk:${CONTACT}`,
	agent: { id: 'front-desk', name: 'Front Desk', smsPrompt: 'You are Ava of Bright Dental.' },
	contact: CONTACT,
	sender: OURS,
	messagingServiceSid: null,
	callSid: `CA${'1'.repeat(32)}`,
	voicemail: null,
	...change,
});
const sentBy = async (item: IDataObject, parameters: Record<string, unknown> = AI) => {
	const { outputs, error } = await bench.run([item], parameters as typeof AI);
	if (error) throw error;
	return outputs[0]?.[0]?.json ?? {};
};
const asked = () => bench.model.requests.at(-1)?.messages[0]?.text ?? '';

describe('Send SMS after a missed call', () => {
	it('texts the caller from the number that was called, as the agent, in the same thread', async () => {
		expect(await sentBy(missedCall())).toMatchObject({
			to: CONTACT,
			from: OURS,
			body: 'Sorry we missed your call!',
			threadId: `${bench.accountSid}:front-desk:${CONTACT}`,
			agent: { id: 'front-desk' },
		});
		expect(asked()).toContain('You are Ava of Bright Dental.');
		expect(asked()).toContain('nobody could take the call');
		expect(asked()).not.toContain('voicemail');
	});

	it.each([
		[{ late: false, lateMinutes: 0 }, 'a moment ago'],
		[{ late: true, lateMinutes: 1 }, 'a minute ago'],
		[{ late: true, lateMinutes: 40 }, '40 minutes ago'],
		[{ late: true, lateMinutes: 110 }, '2 hours ago'],
	])('is told when the call was: %j is %s', async (late, when) => {
		const other = `+141555501${30 + late.lateMinutes}`;
		const threadId = `${bench.accountSid}:front-desk:${other}`;
		await sentBy(missedCall({ ...late, contact: other, threadId }));
		expect(asked()).toContain(`The contact called ${when} and nobody could take the call.`);
	});

	it('knows of a voicemail, and leaves the words of the builder alone', async () => {
		await sentBy(missedCall({ voicemail: { url: 'https://a.example/RE1', seconds: 3 } }));
		expect(asked()).toContain('They left a voicemail');
		const other = '+14155550124';
		const threadId = `${bench.accountSid}:front-desk:${other}`;
		const call = missedCall({ contact: other, threadId });
		await sentBy(call, { ...AI, instruction: 'Say hello.' });
		expect(asked()).toContain('Say hello.');
		expect(asked()).not.toContain('nobody could take the call');
	});

	it('texts through a Messaging Service where the item names no number', async () => {
		const item = missedCall({ sender: null, messagingServiceSid: bench.serviceSid });
		const json = await sentBy(item, { body: 'Hi' });
		expect(json).toMatchObject({ to: CONTACT, messagingServiceSid: bench.serviceSid });
	});
});
