import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ConsentChange } from '../../../nodes/shared/contacts/contact';
import { CONTACT, openSendingDesk, OURS, type SendingDesk } from './sending-fixture';

let desk: SendingDesk;
beforeAll(async () => {
	desk = await openSendingDesk();
});
beforeEach(() => desk.reset());
afterAll(() => desk.close());

const DAY = 86_400_000;
const STOP: ConsentChange = { status: 'optedOut', since: '', by: 'STOP', how: 'keyword' };
const ANA = { by: 'Ana', why: '', pauseMs: null };

async function schedule(body: string, author: 'agent' | 'operator'): Promise<void> {
	const sendAt = new Date(Date.now() + DAY);
	const draft = desk.draft({ body, author, sendAt, messagingServiceSid: desk.serviceSid });
	await desk.send(draft, body);
}

const statuses = () =>
	Object.fromEntries(desk.twilio.messages().map(({ body, status }) => [body, status]));

describe('texts that wait at Twilio for their time', () => {
	beforeEach(async () => {
		await schedule('By AI', 'agent');
		await schedule('By the workflow', 'operator');
	});

	it('are all called off for a contact who opts out', async () => {
		expect(statuses()).toEqual({ 'By AI': 'scheduled', 'By the workflow': 'scheduled' });
		expect(await desk.sender.consentChanged(desk.threadId, STOP, [OURS])).toBeUndefined();
		expect(statuses()).toEqual({ 'By AI': 'canceled', 'By the workflow': 'canceled' });
		// A second time there is nothing left to ask Twilio for.
		const asked = desk.twilio.requests.length;
		await desk.sender.consentChanged(desk.threadId, STOP, [OURS]);
		expect(desk.twilio.requests).toHaveLength(asked);
	});

	it('are called off where an agent wrote them and a person takes over', async () => {
		await desk.sender.takeOver(desk.threadId, ANA);
		expect(statuses()).toEqual({ 'By AI': 'canceled', 'By the workflow': 'scheduled' });
	});

	it('are called off before a person writes', async () => {
		await desk.send(desk.draft({ author: 'operator', person: ANA, body: 'Ana here' }), 'key');
		expect(statuses()).toMatchObject({ 'By AI': 'canceled' });
	});

	it('leave word where Twilio does not answer, and are called off the next time', async () => {
		desk.twilio.faults.next({ kind: '500' });
		const why = await desk.sender.consentChanged(desk.threadId, STOP, [OURS]);
		expect(why).toContain('could not be called off');
		expect(await desk.sender.consentChanged(desk.threadId, STOP, [OURS])).toBeUndefined();
		expect(statuses()).toEqual({ 'By AI': 'canceled', 'By the workflow': 'canceled' });
	});
});

it('tells Twilio of an opt-out where the credential asks for it', async () => {
	const { account } = desk.services.twilio;
	const telling = { ...desk.services.twilio, account: { ...account, tellConsents: true } };
	Object.assign(desk.services, { twilio: telling });
	try {
		await desk.sender.consentChanged(desk.threadId, STOP, [OURS]);
		expect(JSON.stringify(desk.twilio.consents)).toContain(CONTACT);
	} finally {
		Object.assign(desk.services, { twilio: { ...telling, account } });
	}
});
