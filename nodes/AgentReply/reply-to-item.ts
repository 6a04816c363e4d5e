import type { IExecuteFunctions, INodeExecutionData, NodeExecutionHint } from 'n8n-workflow';
import { composeOnly } from '../shared/replying/compose-reply';
import { endTurn } from '../shared/replying/end-turn';
import type { ReplyOutcome } from '../shared/replying/reply-outcome';
import { replyToThread } from '../shared/replying/reply-to-thread';
import { noReply } from '../shared/replying/silence';
import { leaveToPerson } from '../shared/replying/too-late';
import { smsSender } from '../shared/sending/send-to-thread';
import type { ReplyTurn } from '../shared/replying/reply-turn';
import type { Message } from '../shared/messaging/message';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import { parseThreadId } from '../shared/messaging/thread-id';
import { incomingTextOf, type IncomingText } from '../shared/n8n/items/incoming-text';
import { asMissedCall } from '../shared/n8n/items/missed-call-item';
import { openComposer } from '../shared/n8n/models/open-composer';
import { openMemory } from '../shared/n8n/models/open-memory';
import { openThreadStore } from '../shared/n8n/stores/open-thread-store';
import { assertHoldsThread, storeChoiceOf } from '../shared/n8n/stores/thread-store-choice';
import { systemClock } from '../shared/n8n/host/system-clock';
import { waitHints } from '../shared/n8n/stores/wait-hint';
import { twilioAccountOf, twilioClientOf } from '../shared/n8n/credentials/twilio-account';
import { read } from './fields';
import { notifyNeedsHuman } from './notify-needs-human';
import { outputOf } from './outputs';
import { replyItem } from './reply-item';

/** Answers the text that one item stands for. */
export async function replyToItem(
	context: IExecuteFunctions,
	item: INodeExecutionData,
	itemIndex: number,
): Promise<{ output: number; replied: INodeExecutionData }> {
	const incoming = incomingTextOf(context, item, itemIndex);
	if (!incoming) throw asMissedCall(item.json) ? nothingToAnswer() : noIncomingText();
	const outcome = silenceAbout(incoming) ?? (await outcomeFor(context, incoming, itemIndex));
	if (isUnattended(context)) await notifyNeedsHuman(context, incoming, outcome, itemIndex);
	return { output: outputOf(outcome.kind), replied: replyItem(incoming, outcome, itemIndex) };
}

/** Once for all items. A choice that cannot be read has failed every one of them, with the reason. */
export function hintsFor(context: IExecuteFunctions): NodeExecutionHint[] {
	try {
		return waitHints(context, storeChoiceOf(context));
	} catch {
		return [];
	}
}

async function outcomeFor(
	context: IExecuteFunctions,
	incoming: IncomingText,
	itemIndex: number,
): Promise<ReplyOutcome> {
	const clock = systemClock;
	const turn = { ...turnOf(incoming, clock.now()), ...identityOf(context) };
	const store = await openThreadStore(context, storeChoiceOf(context));
	try {
		assertHoldsThread(context, store);
		return await endTurn(store.threads, turn, async () => {
			if (incoming.tooLate === true) {
				return await leaveToPerson({ store, clock }, turn, incoming.lateMinutes);
			}
			const { sends, plan: planned } = read(context, itemIndex);
			const smsPrompt = planned.smsPrompt || (incoming.agent.smsPrompt ?? '');
			const plan = { ...planned, smsPrompt };
			const composer = await openComposer(context, itemIndex);
			const memory = await openMemory(context, itemIndex);
			const signal = context.getExecutionCancelSignal();
			const services = { store, clock, signal, composer, memory };
			if (!sends) return await composeOnly(services, turn, plan);
			const twilio = await twilioOf(context, incoming, signal);
			const sms = smsSender({ store, clock, signal, twilio });
			return await replyToThread({ ...services, sms }, turn, plan);
		});
	} finally {
		await store.close();
	}
}

async function twilioOf(
	context: IExecuteFunctions,
	{ threadId }: IncomingText,
	signal: AbortSignal | undefined,
) {
	const account = await twilioAccountOf(context);
	const texted = parseThreadId(threadId)?.accountSid;
	if (texted !== undefined && texted !== account.accountSid) {
		throw new InvalidInputError({
			field: 'Credential for Twilio Messaging API',
			cause: 'it is for another Twilio account than the one that received this text',
			fix: 'Choose the credential that the Incoming SMS Trigger uses.',
		});
	}
	return twilioClientOf(context, account, { signal });
}

/**
 * In the editor, where somebody tries an execution again, and in a sub-workflow, to which an Agent
 * Reply before it may have handed over, a turn may well be begun anew.
 */
function identityOf(context: IExecuteFunctions): Pick<ReplyTurn, 'executionId' | 'unattended'> {
	const unattended = isUnattended(context);
	const isAskedFor = ['manual', 'retry', 'integrated'].includes(context.getMode());
	return isAskedFor ? { unattended } : { unattended, executionId: context.getExecutionId() };
}

/** Whether a trigger began the run, and nobody in the editor or at a command line waits for it. */
function isUnattended(context: IExecuteFunctions): boolean {
	return ['webhook', 'trigger', 'integrated'].includes(context.getMode());
}

/** Undefined where somebody has said something. An item built by hand may lack the event. */
function silenceAbout({ event, reaction }: Partial<IncomingText>): ReplyOutcome | undefined {
	if (event === 'reaction' || reaction) {
		return noReply(
			'reaction',
			"The contact's phone wrote this by itself (a tapback or an automatic answer); nobody waits for a reply.",
		);
	}
	if (event === undefined || event === 'message') return undefined;
	return noReply('keyword', 'Twilio answers STOP, START and HELP itself.');
}

function nothingToAnswer(): InvalidInputError {
	return new InvalidInputError({
		field: 'Input',
		cause: 'this item is a missed call, so there is no text to answer yet',
		fix: 'After a Missed Call Trigger use Send SMS with Mode AI-Generated; it writes to the caller first. Agent Reply, after an Incoming SMS Trigger, then answers what they text back.',
	});
}

function noIncomingText(): InvalidInputError {
	return new InvalidInputError({
		field: 'Input',
		cause: 'this item does not come from an incoming text',
		fix: 'Connect an Incoming SMS Trigger before this node. To text somebody first, use Send SMS.',
	});
}

/** The turn that an item stands for. An item built by hand may lack the list of messages. */
function turnOf(incoming: IncomingText, now: number): ReplyTurn {
	const { threadId, agent, contact, sender } = incoming;
	const listed = Array.isArray(incoming.messages) && incoming.messages.length > 0;
	return {
		threadId,
		agentName: agent.name || agent.id,
		contact,
		sender,
		messagingServiceSid: incoming.messagingServiceSid || null,
		messages: listed ? incoming.messages : [singleMessage(incoming, now)],
	};
}

function singleMessage(incoming: IncomingText, now: number): Message {
	return {
		messageSid: incoming.messageSid,
		direction: 'inbound',
		author: 'contact',
		body: incoming.body ?? '',
		media: (incoming.media ?? []).map(({ url, contentType }) => ({ url, contentType })),
		sender: incoming.sender,
		numSegments: incoming.numSegments ?? 0,
		at: incoming.receivedAt ?? new Date(now).toISOString(),
	};
}
