import { describe, expect, it } from '@jest/globals';
import { segmentBill, typicalReplies } from '../../../bench/measures/segments';
import { PEERS } from '../../../bench/support/build';
import { contactAt } from '../../../bench/support/contacts';
import { peerWorkflow } from '../../../bench/support/peer-workflow';
import { promptTokens, sharedBeginning } from '../../../bench/support/prompt-tokens';

const user = (text: string) => ({ role: 'user', text });

describe('what the benchmarks count', () => {
	it('is a token for four characters, and four for the frame of a message', () => {
		expect(promptTokens({ messages: [user('12345678'), user('x')] })).toBe(2 + 4 + 1 + 4);
	});

	it('is how much of a prompt the next one begins with', () => {
		const first = { messages: [user('Hello')] };
		const second = { messages: [user('Hello'), user('again')] };
		expect(sharedBeginning(first, second)).toBe(1);
		expect(sharedBeginning(second, { messages: [user('Other')] })).toBeLessThan(0.5);
	});

	it('is what Twilio bills for two hundred replies, fewer segments after the rewriting', () => {
		expect(typicalReplies()).toHaveLength(200);
		const { asWritten, asSent } = segmentBill(typicalReplies());
		expect(asSent).toBeLessThan(asWritten);
		expect(segmentBill([`It’s ${'x'.repeat(90)}`])).toEqual({
			replies: 1,
			asWritten: 2,
			asSent: 1,
			cheaper: 1,
			stillUcs2: 0,
		});
	});

	it('has a contact of its own for each text, on numbers that belong to nobody', () => {
		const contacts = Array.from({ length: 5_000 }, (_, index) => contactAt(index));
		expect(new Set(contacts).size).toBe(5_000);
		expect(contacts.every((contact) => /^\+1\d{3}55501\d\d$/.test(contact))).toBe(true);
	});

	it.each(PEERS)(
		'has the peer %s with the emulators in the place of the real services',
		(key) => {
			const one = { id: '1', name: 'one' };
			const workflow = peerWorkflow(key, {
				path: 'in',
				accountSid: 'AC1',
				twilioUrl: 'http://127.0.0.1:1',
				modelUrl: 'http://127.0.0.1:2/v1',
				table: 'chat',
				credentials: {
					httpBasicAuth: one,
					openAiApi: one,
					redis: one,
					postgres: one,
					twilioApi: one,
				},
			});
			expect(JSON.stringify(workflow)).not.toMatch(
				/twilio\.com|openai\.com|ACCOUNT_SID|"PATH"/,
			);
			expect(workflow.nodes[0]).toMatchObject({ webhookId: 'in' });
		},
	);
});
