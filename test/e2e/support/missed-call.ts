import type { INodeParameters } from 'n8n-workflow';
import { PROMPT } from './two-way-agent';
import { nodeIn, type World } from './world';

export const MISSED_CALL_TRIGGER = 'Missed Call Trigger';

/** The owner's phone, which the trigger rings. */
export const PHONE = '+14155550777';

/** A trigger with one agent that has the world's number. */
export function missedCallIn(world: World, parameters: INodeParameters = {}) {
	return nodeIn(world, {
		type: 'missedCallTrigger',
		name: MISSED_CALL_TRIGGER,
		parameters: {
			phones: PHONE,
			phoneNumbers: [world.number.sid],
			agents: { agent: [{ name: 'Front Desk', smsPrompt: PROMPT }] },
			...parameters,
		},
		settings: { webhookId: crypto.randomUUID(), position: [0, 300] },
	});
}

/** The text to the caller, written by AI. */
export function openerIn(world: World) {
	return nodeIn(world, {
		type: 'sendSms',
		name: 'Send SMS',
		parameters: { mode: 'ai', model: { __rl: true, mode: 'id', value: 'emulated-small' } },
		credentials: ['twilioMessagingApi', 'openAiCompatibleApi'],
		settings: { position: [260, 300] },
	});
}
