import type { INodeParameters } from 'n8n-workflow';
import { PROMPT } from '../../../harness/two-way-agent';
import { nodeIn } from '../../../harness/workflow-nodes';
import type { E2eFixture } from './e2e-fixture';

export const MISSED_CALL_TRIGGER = 'Missed Call Trigger';

/** The owner's phone, which the trigger rings. */
export const PHONE = '+14155550777';

/** A trigger with one agent that has the fixture's number. */
export function missedCallIn(fixture: E2eFixture, parameters: INodeParameters = {}) {
	return nodeIn(fixture, {
		type: 'missedCallTrigger',
		name: MISSED_CALL_TRIGGER,
		parameters: {
			phones: PHONE,
			receiveOn: 'phoneNumbers',
			phoneNumbers: [fixture.number.sid],
			agents: { agent: [{ name: 'Front Desk', smsPrompt: PROMPT }] },
			...parameters,
		},
		settings: { webhookId: crypto.randomUUID(), position: [0, 300] },
	});
}

/** The text to the caller, written by AI. */
export function openerIn(fixture: E2eFixture) {
	return nodeIn(fixture, {
		type: 'sendSms',
		name: 'Send SMS',
		parameters: { mode: 'ai', model: { __rl: true, mode: 'id', value: 'emulated-small' } },
		credentials: ['twilioMessagingApi', 'openAiCompatibleApi'],
		settings: { position: [260, 300] },
	});
}
