import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { replyToThread } from '../../../nodes/shared/replying/reply-to-thread';
import { writeAgents } from '../../../nodes/shared/contacts/agent-record';
import { takeoverAt } from '../../../nodes/shared/threads/takeover';
import { composerOf, hello, inbound, plan, turnAt } from '../replying/reply-fixture';
import { CONTACT, openSendingDesk, OURS, type SendingDesk } from './sending-fixture';

let desk: SendingDesk;
beforeAll(async () => {
	desk = await openSendingDesk();
});
beforeEach(() => desk.reset());
afterAll(() => desk.close());

const threads = () => desk.services.store.threads;
const accountSid = () => desk.services.twilio.account.accountSid;

function fromConsole(body: string): void {
	desk.twilio.textFromConsole({ from: OURS, to: CONTACT, body });
}

/** The contact has written; the person answers elsewhere while the model writes. */
async function reply(looksElsewhere: boolean, happens: () => unknown) {
	const text = inbound('Are you open?');
	await threads().append(desk.threadId, [text], 0);
	const { composer } = composerOf(async () => {
		await happens();
		return hello;
	});
	const services = { ...desk.services, sms: desk.sender, composer, memory: undefined };
	return await replyToThread(services, turnAt(desk, [text]), { ...plan, looksElsewhere });
}

describe('a text that somebody sent from the Console', () => {
	it("takes the thread over before the reply is sent, and joins it as a person's", async () => {
		const outcome = await reply(true, () => fromConsole('Ana here, we open at nine'));
		expect(outcome).toMatchObject({ kind: 'needsHuman', code: 'takenOver' });
		expect(desk.texts()).toEqual(['Ana here, we open at nine']);
		const { messages, state } = await threads().read(desk.threadId, 10);
		expect(messages.at(-1)).toMatchObject({
			author: 'operator',
			person: 'a text sent outside of n8n',
			body: 'Ana here, we open at nine',
		});
		expect(takeoverAt(state, desk.services.clock.now())).toBeDefined();
	});

	it('is not looked for where nobody asks for it', async () => {
		expect(await reply(false, () => fromConsole('Ana here'))).toMatchObject({
			kind: 'replied',
		});
	});

	it('is none where another agent of ours sent it, or nobody did', async () => {
		const other = desk.threadId.replace(':agent:', ':billing:');
		const billing = { id: 'billing', name: 'Billing', smsPrompt: '', senders: [OURS] };
		const rest = { onText: 'reply', webhookUrl: '', brand: '', ownersPhones: [] } as const;
		await writeAgents(
			desk.services.store.records,
			accountSid(),
			[
				{
					...billing,
					...rest,
					ownersPhones: [],
				},
			],
			{ trigger: 'one' },
		);
		const outcome = await reply(true, async () => {
			const words = { threadId: other, author: 'operator', body: 'Your bill' } as const;
			await desk.send(desk.draft(words), 'bill');
		});
		expect(outcome).toMatchObject({ kind: 'replied' });
		expect(desk.texts()).toEqual(['Your bill', 'Hello!']);
	});
});
