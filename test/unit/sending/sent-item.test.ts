import { expect, it } from '@jest/globals';
import { sentJson } from '../../../nodes/SendSms/sent-item';
import { assertAgrees } from '../../../nodes/shared/n8n/items/agreeing-fields';
import { threadIdOf } from '../../../nodes/shared/messaging/thread-id';

it('tells of a text in a way that the next step can go on from, however Twilio spells its number', () => {
	const to = '+525512345678';
	const accountSid = `AC${'0'.repeat(32)}`;
	const agent = { id: 'assistant', name: 'Assistant', smsPrompt: '' };
	const threadId = threadIdOf({ accountSid, agentId: agent.id, contact: to });
	const sent = {
		messageSid: `SM${'0'.repeat(32)}`,
		threadId,
		status: 'queued',
		to: '+5215512345678',
		from: '+14155550100',
		messagingServiceSid: null,
		body: 'Hola',
		numSegments: 1,
		encoding: 'GSM-7' as const,
		warnings: [],
		sentAt: '2026-01-15T12:00:00.000Z',
		repeated: false,
		reconciled: false,
	};
	const json = sentJson(sent, { threadId, agent, to }, undefined);
	expect(json).toMatchObject({ to, contact: to });
	expect(() => assertAgrees(json)).not.toThrow();
});
