import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { writeAgents } from '../../../nodes/shared/contacts/agent-record';
import { readStanding } from '../../../nodes/shared/contacts/standing';
import { parseAgents } from '../../../nodes/shared/messaging/routing';
import { threadIdOf } from '../../../nodes/shared/messaging/thread-id';
import type { OutboundDraft } from '../../../nodes/shared/sending/outbound-draft';
import { CERTAIN_AFTER_MS } from '../../../nodes/shared/threads/timing';
import { optOut } from '../../support/contact-state';
import { CONTACT, openSendingDesk, type SendingDesk } from './sending-fixture';

const LINE = "I'm an AI assistant of Smith Plumbing. Reply STOP to opt out.";
const FIRST = `Hello\n${LINE}`;
const BY_ANA = { by: 'Ana', why: 'she answers herself', pauseMs: null };

let desk: SendingDesk;
beforeAll(async () => {
	desk = await openSendingDesk();
});
beforeEach(async () => {
	desk.reset();
	await publish('agent', LINE);
});
afterAll(() => desk.close());

const accountSid = () => desk.services.twilio.account.accountSid;

async function publish(id: string, firstText: string, brand = 'Smith'): Promise<void> {
	const input = { name: id, smsPrompt: '', numbers: '', webhookUrl: '', ownersPhones: '' };
	const [agent] = parseAgents([{ ...input, id, brand, onText: 'reply', firstText }]);
	await writeAgents(desk.services.store.records, accountSid(), [agent], { trigger: 'one' });
}

const threadOf = (agentId: string, contact = CONTACT) =>
	threadIdOf({ accountSid: accountSid(), agentId, contact });
const send = async (key: string, change: Partial<OutboundDraft> = {}) =>
	await desk.send(desk.draft(change), key);
const known = async (threadId = desk.threadId) =>
	(await readStanding(desk.services, threadId, 50)).contact.firstText;

describe('the first text to a contact', () => {
	it('says who texts, counted in its segments, and the next says nothing of it', async () => {
		const body = 'x'.repeat(150);
		const sent = await send('one', { body });
		await send('two');
		expect(desk.texts()).toEqual([`${body}\n${LINE}`, 'Hello']);
		expect(sent).toMatchObject({ body: `${body}\n${LINE}`, numSegments: 2 });
		expect(await known()).toMatchObject({ messageSid: sent.messageSid, words: LINE });
	});

	it('says it once for all agents of a brand, and once for each brand', async () => {
		await publish('other', 'I am the other agent of Smith.');
		await publish('strange', 'I am of another brand.', 'Jones');
		await send('one');
		await send('two', { threadId: threadOf('other') });
		await send('three', { threadId: threadOf('strange') });
		expect(desk.texts()).toEqual([FIRST, 'Hello', 'Hello\nI am of another brand.']);
	});

	it('says it once where two agents send at the same time', async () => {
		await publish('other', LINE);
		// Else who waits would leave Twilio's answer no time.
		desk.services.clock.sleep = async (ms) => {
			desk.services.clock.advance(ms);
			await new Promise((resolve) => setTimeout(resolve, 1));
		};
		await Promise.all([
			send('one'),
			send('two', { threadId: threadOf('other') }),
			send('three', { body: 'Hi' }),
		]);
		expect(desk.texts().filter((text) => text.endsWith(LINE))).toHaveLength(1);
		expect(desk.texts()).toHaveLength(3);
	});

	it('is the one after a text that Twilio refused', async () => {
		desk.twilio.faults.next({ kind: 'error', code: 30034, times: 1 });
		await expect(send('one')).rejects.toThrow();
		expect(await known()).toBeUndefined();
		await send('two');
		expect(desk.texts()).toEqual([FIRST]);
		// Nobody was waited for.
		expect(desk.services.clock.sleeps).toEqual([]);
	});

	it('says it in the repeated send, and in no text after it, where the answer was lost', async () => {
		desk.twilio.faults.next({ kind: 'reset-after-accept', method: 'POST' });
		await send('one');
		expect(await known()).toMatchObject({ words: LINE });
		expect(await send('one')).toMatchObject({ repeated: true, body: FIRST });
		await send('two');
		expect(desk.texts()).toEqual([FIRST, 'Hello']);
	});

	it('is found at Twilio by the next text, where the run that sent it could not tell', async () => {
		desk.twilio.faults.next({ kind: 'reset-after-accept', method: 'POST' });
		desk.twilio.faults.next({ kind: '503', method: 'GET', times: 3 });
		await expect(send('one')).rejects.toThrow('not certain');
		expect(await known()).toBeUndefined();
		await send('two', { body: 'Two' });
		expect(desk.texts()).toEqual([FIRST, 'Two']);
		const [{ sid = '' } = {}] = desk.twilio.messages({ direction: 'outbound' });
		expect(await known()).toMatchObject({ messageSid: sid, words: LINE });
	});

	it('is in no text while nobody can tell, and in the next where it never came to be', async () => {
		desk.twilio.faults.next({ kind: 'reset', method: 'POST' });
		await expect(send('one')).rejects.toThrow('not certain');
		await send('two', { body: 'Two' });
		desk.services.clock.advance(CERTAIN_AFTER_MS);
		await send('three', { body: 'Three' });
		expect(desk.texts()).toEqual(['Two', `Three\n${LINE}`]);
	});

	it('may be fixed words of a workflow, and is none of a person and none to an owner', async () => {
		await send('person', { author: 'operator', person: BY_ANA });
		await send('owner', { author: 'operator' });
		await send('workflow', { author: 'operator', asAgent: true });
		expect(desk.texts()).toEqual(['Hello', 'Hello', FIRST]);
	});

	it('is none that confirms an opt-out', async () => {
		const since = new Date(desk.services.clock.now()).toISOString();
		await optOut(desk.services, desk.threadId, { since });
		await send('stop', { purpose: { kind: 'optOutConfirmation' } });
		expect(desk.texts()).toEqual(['Hello']);
	});

	it('has said nothing where it was scheduled and called off', async () => {
		const sendAt = new Date(desk.services.clock.now() + 3_600_000);
		await send('later', { messagingServiceSid: desk.serviceSid, sendAt });
		expect(await known()).toMatchObject({ words: LINE });
		await desk.sender.takeOver(desk.threadId, BY_ANA);
		expect(await known()).toBeUndefined();
	});

	it('is shortened where a model leaves no room for it, and refused where a builder does', async () => {
		const body = `${'word '.repeat(310)}end.`;
		const sent = await send('model', { body });
		expect(sent.body.length).toBeLessThanOrEqual(1600);
		expect(sent.body.endsWith(`...\n${LINE}`)).toBe(true);
		const other = { threadId: threadOf('agent', '+14155550177'), to: '+14155550177' };
		await expect(
			send('builder', { ...other, body, author: 'operator', asAgent: true }),
		).rejects.toThrow('First Text Says');
		// Nobody holds it any more.
		await send('builder', { ...other, author: 'operator', asAgent: true });
		expect(desk.texts().at(-1)).toBe(FIRST);
	});

	it('is what its words are compared with, where they are to be sent again', async () => {
		await send('reply', { answers: ['SM1'] });
		const purpose = { kind: 'answer', turnSids: ['SM1'], words: 'Hello' } as const;
		const again = desk.draft({ author: 'operator', asAgent: true, purpose });
		const outcome = await desk.sender.sendToThread(again, 'again');
		expect(outcome).toMatchObject({ kind: 'unwanted', why: { why: 'sentAlready' } });
	});
});
