import type { IDataObject, INodeExecutionData, IWebhookFunctions } from 'n8n-workflow';
import { judgeCaller, judgeMissedCall, type PassedOver } from '../shared/calls/missed-call';
import { isoTime } from '../shared/messaging/clock';
import { routeToAgent, type Route } from '../shared/messaging/agent';
import { threadIdOf } from '../shared/messaging/thread-id';
import { logWarning } from '../shared/n8n/host/log-warning';
import { MISSED_CALL_EVENT, type MissedCallItem } from '../shared/n8n/items/missed-call-item';
import { registrationOf } from '../shared/n8n/registration/registration-hooks';
import { systemClock } from '../shared/n8n/host/system-clock';
import { twilioAccountOf, twilioClientOf } from '../shared/n8n/credentials/twilio-account';
import { markCall } from '../shared/calls/call-marks';
import type { CallForm } from '../shared/twilio/voice/call-webhook';
import type { CallSoFar, CallVisit } from './call-visit';
import { reasonOf } from '../shared/messaging/reason-of';

const WHY: Record<PassedOver, string> = {
	withheld: 'withheld their number, so there is nobody to text',
	notAPhone: 'has no phone number that can be texted (a short code or an internet phone)',
	ignored: 'is one of your own numbers, or one you never text',
	optedOut: 'has texted STOP',
	repeated: 'has called within the time that counts as one call',
	cannotText: 'has a line that cannot receive texts',
};

type Recording = CallForm['recording'];
type Visit = Pick<CallVisit, 'context' | 'account' | 'settings' | 'openStore'>;

/**
 * What a missed call starts: one item, the first time it is asked of this call; nothing where the
 * caller is not to be texted, of which n8n's log tells why.
 */
export async function missedCallItems(
	visit: Visit,
	call: CallSoFar,
	recording?: Recording,
): Promise<INodeExecutionData[]> {
	const { context, account, settings } = visit;
	const store = await visit.openStore();
	const deps = { store, clock: systemClock };
	const isFirst = await markCall({ ...store, clock: systemClock }, call.callSid, 'decided');
	if (!isFirst) return [];
	const why = judgeCaller(call.caller, ownNumbers(visit, call));
	if (why) return passOver(context, call, why);

	const route = await routeOf(visit, call);
	const contact = call.caller;
	const { accountSid } = account;
	const threadId = threadIdOf({ accountSid, agentId: route.agent.id, contact });
	const verdict = await judgeMissedCall(
		deps,
		{ caller: contact, threadId },
		{
			windowMs: settings.windowMs,
			...(settings.lookUpLine ? { lineTypeOf: lineTypeLookup(context) } : {}),
		},
	);
	if (verdict.kind === 'passedOver') return passOver(context, call, verdict.why);
	if (verdict.lookupFailure !== undefined) {
		const reason = reasonOf(verdict.lookupFailure);
		logWarning(context, 'lookup', `Could not look up a caller's line: ${reason}`);
	}
	return [
		{ json: itemOf(visit, call, { route, threadId, recording }) as unknown as IDataObject },
	];
}

function itemOf(
	{ settings }: Visit,
	call: CallSoFar,
	{ route, threadId, recording }: { route: RouteOfCall; threadId: string; recording: Recording },
): MissedCallItem {
	const { agent, matchedBy, messagingServiceSid } = route;
	const { textFrom, rounds, source } = settings;
	const chosen = textFrom.sender !== undefined || textFrom.messagingServiceSid !== undefined;
	return {
		event: MISSED_CALL_EVENT,
		threadId,
		agent: { id: agent.id, name: agent.name, smsPrompt: agent.smsPrompt, matchedBy },
		contact: call.caller,
		// Another system's number may not be Twilio's at all.
		sender: chosen || source === 'elsewhere' ? (textFrom.sender ?? null) : call.called,
		messagingServiceSid: chosen
			? (textFrom.messagingServiceSid ?? null)
			: (messagingServiceSid ?? null),
		callSid: call.callSid,
		called: call.called,
		dialCallStatus: call.dialCallStatus,
		rang: rounds.slice(0, Math.max(call.round, 1)).flat(),
		voicemail: recording
			? { url: recording.url, recordingSid: recording.sid, seconds: recording.seconds }
			: null,
		receivedAt: isoTime(systemClock),
		chatInput: 'I called you, and nobody took the call.',
		sessionId: threadId,
	};
}

type RouteOfCall = Route & { messagingServiceSid?: string };

/** By the number that was called; by its Messaging Service only where an agent claims one. */
async function routeOf(
	{ context, settings: { agents } }: Visit,
	{ called }: CallSoFar,
): Promise<RouteOfCall> {
	const route = routeToAgent(agents, { to: called });
	const services = agents.flatMap(({ senders }) => senders.filter((one) => one.startsWith('MG')));
	if (route.matchedBy === 'number' || services.length === 0) return route;
	try {
		const { serviceOfNumber } = await import('../shared/twilio/api/services.js');
		const client = twilioClientOf(context, await twilioAccountOf(context));
		const messagingServiceSid = await serviceOfNumber(client, called, services);
		if (messagingServiceSid === undefined) return route;
		const byService = routeToAgent(agents, { to: called, messagingServiceSid });
		return { ...byService, messagingServiceSid };
	} catch (error) {
		const reason = reasonOf(error);
		logWarning(
			context,
			'service',
			`Could not ask whose Messaging Service was called: ${reason}`,
		);
		return route;
	}
}

/** Nobody is texted for having called from one of the builder's own phones. */
function ownNumbers({ context, settings }: Visit, { called }: CallSoFar): Set<string> {
	const registered = registrationOf(context)?.endpoints ?? [];
	return new Set([
		called,
		...settings.rounds.flat(),
		...settings.ignoredCallers,
		...settings.agents.flatMap(({ senders }) => senders),
		...registered.flatMap(({ label }) => label ?? []),
	]);
}

function lineTypeLookup(context: IWebhookFunctions) {
	return async (caller: string) => {
		const { lineTypeOf } = await import('../shared/twilio/api/line-type.js');
		return await lineTypeOf(twilioClientOf(context, await twilioAccountOf(context)), caller);
	};
}

function passOver(context: IWebhookFunctions, { caller }: CallSoFar, why: PassedOver): [] {
	const who = /\d\d$/.test(caller) && why !== 'withheld' ? ` ending in ${caller.slice(-2)}` : '';
	const what = `Started nothing for a missed call: the caller${who} ${WHY[why]}.`;
	logWarning(context, `passedOver:${why}`, what);
	return [];
}
