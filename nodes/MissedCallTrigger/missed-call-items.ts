import type {
	IDataObject,
	INodeExecutionData,
	ITriggerFunctions,
	IWebhookFunctions,
} from 'n8n-workflow';
import { textBackFor, type MissedCall, type TextBack } from '../shared/calls/missed-call';
import { isoTime } from '../shared/messaging/clock';
import { keepAgents } from '../shared/n8n/agents/keep-agents';
import { twilioAccountOf, twilioClientOf } from '../shared/n8n/credentials/twilio-account';
import { logWarning } from '../shared/n8n/host/log-warning';
import { systemClock } from '../shared/n8n/host/system-clock';
import { MISSED_CALL_EVENT, type MissedCallItem } from '../shared/n8n/items/missed-call-item';
import { registrationOf } from '../shared/n8n/registration/registration-memory';
import { openThreadStore } from '../shared/n8n/stores/open-thread-store';
import { storeChoiceOfTrigger } from '../shared/n8n/stores/thread-store-choice';
import type { MissedCallSettings } from './fields';

/** What a missed call starts: one item, or nothing where the caller is not to be texted for it. */
export async function missedCallItems(
	context: IWebhookFunctions | ITriggerFunctions,
	accountSid: string,
	{ textBack: rules }: MissedCallSettings,
	call: MissedCall,
): Promise<INodeExecutionData[]> {
	const registered = registrationOf(context)?.endpoints ?? [];
	const numbers = registered.flatMap(({ label }) => label ?? []);
	const textBack = await textBackFor(
		{
			rules: { ...rules, ignoredCallers: [...rules.ignoredCallers, ...numbers] },
			accountSid,
			openStore: async () => {
				const store = await openThreadStore(context, storeChoiceOfTrigger(context));
				await keepAgents(context, store, accountSid, rules.agents, 'calls');
				return store;
			},
			openTwilio: async () => twilioClientOf(context, await twilioAccountOf(context)),
			clock: systemClock,
			warn: (kind, what) => logWarning(context, kind, what),
		},
		call,
	);
	if (textBack === undefined) return [];
	return [{ json: itemOf(call, textBack) as unknown as IDataObject }];
}

function itemOf(call: MissedCall, textBack: TextBack): MissedCallItem {
	const { agent, matchedBy, threadId, contact, sender, messagingServiceSid } = textBack;
	const { recording, lateMinutes } = call;
	return {
		contact,
		event: MISSED_CALL_EVENT,
		agent: { id: agent.id, name: agent.name, smsPrompt: agent.smsPrompt, matchedBy },
		sender,
		called: call.called,
		dialCallStatus: call.dialCallStatus,
		rang: call.rang,
		voicemail: recording
			? { url: recording.url, recordingSid: recording.sid, seconds: recording.seconds }
			: null,
		receivedAt: isoTime(systemClock),
		late: lateMinutes !== undefined,
		lateMinutes: lateMinutes ?? 0,
		callSid: call.callSid,
		messagingServiceSid,
		chatInput: 'I called you, and nobody took the call.',
		threadId,
		sessionId: threadId,
	};
}
