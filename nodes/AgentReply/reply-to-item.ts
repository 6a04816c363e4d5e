import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { readAgent } from '../shared/contacts/agent-record';
import { composeOnly } from '../shared/replying/compose-reply';
import { endTurn } from '../shared/replying/end-turn';
import type { ReplyOutcome } from '../shared/replying/reply-outcome';
import { replyToThread } from '../shared/replying/reply-to-thread';
import { noReply } from '../shared/replying/silence';
import { leaveToPerson } from '../shared/replying/too-late';
import type { OwnersTold } from '../shared/owners/owners-phone';
import { smsSender } from '../shared/sending/send-to-thread';
import { newestSidOf, type ReplyTurn } from '../shared/replying/reply-turn';
import type { Message } from '../shared/messaging/message';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import { parseThreadId } from '../shared/messaging/thread-id';
import type { OpenThreadStore } from '../shared/threads/thread-store';
import {
	contextVariablesOf,
	incomingTextOf,
	type IncomingText,
} from '../shared/n8n/items/incoming-text';
import { assertOwnAccount } from '../shared/n8n/items/own-account';
import { asMissedCall } from '../shared/n8n/items/missed-call-item';
import { modelLimitOf } from '../shared/n8n/models/model-limit-of';
import { openComposer } from '../shared/n8n/models/open-composer';
import { openMemory } from '../shared/n8n/models/open-memory';
import { openTools } from '../shared/n8n/models/open-tools';
import { assertNotWorkedOut, hintOfUnfilled } from '../shared/n8n/items/prompt-variables';
import { openThreadStore } from '../shared/n8n/stores/open-thread-store';
import { assertHoldsThread, storeChoiceOf } from '../shared/n8n/stores/thread-store-choice';
import { systemClock } from '../shared/n8n/host/system-clock';
import { twilioAccountOf, twilioClientOf } from '../shared/n8n/credentials/twilio-account';
import { modelLimitsFor, read, readSenses, sends } from './fields';
import { notifyNeedsHuman } from './notify-needs-human';
import { outputOf } from './outputs';
import { isOwnPhone } from './own-phone';
import { replyItem, textlessItem, type EndedTurn } from './reply-item';
import { mediaSeer } from './see-media';
import { noteOnTry, type RunNote } from './run-hints';
import { tellOwnersOf } from './tell-owners';

/** Answers the text that one item stands for. */
export async function replyToItem(
	context: IExecuteFunctions,
	item: INodeExecutionData,
	itemIndex: number,
): Promise<{ output: number; replied: INodeExecutionData; noted: RunNote[] }> {
	const incoming = incomingTextOf(context, item, itemIndex);
	if (!incoming) throw asMissedCall(item.json) ? nothingToAnswer() : noIncomingText();
	const heeded = await heedSilence(context, incoming, itemIndex);
	if (heeded) {
		const replied = textlessItem(context, incoming, heeded, itemIndex);
		return { output: outputOf('noReply'), replied, noted: [] };
	}
	const silence = silenceAbout(incoming);
	const ended = silence ? { outcome: silence } : await outcomeFor(context, incoming, itemIndex);
	const { outcome, owners } = ended;
	const isTold =
		(isUnattended(context) &&
			(await notifyNeedsHuman(context, incoming, outcome, itemIndex))) ||
		(owners?.told.length ?? 0) > 0;
	const onTry = context.getMode() === 'manual' ? noteOnTry(outcome) : undefined;
	return {
		output: outputOf(outcome.kind),
		replied: replyItem(context, incoming, ended, itemIndex),
		noted: [
			...(outcome.kind === 'needsHuman' && !isTold ? (['nobodyTold'] as const) : []),
			...(onTry ? [onTry] : []),
			...(actedOnTry(context, outcome) ? (['acted'] as const) : []),
		],
	};
}

/** What came of a conversation that has ended, or of a contact who is silent; undefined for a text. */
async function heedSilence(
	context: IExecuteFunctions,
	incoming: IncomingText,
	itemIndex: number,
): Promise<IDataObject | undefined> {
	switch (incoming.event) {
		case 'threadEnded': {
			const { rememberEnded } = await import('./remember-ended.js');
			return await rememberEnded(context, incoming, itemIndex);
		}
		case 'threadIdle': {
			const { askSilent } = await import('./ask-silent.js');
			return await askSilent(context, incoming, itemIndex);
		}
		default:
			return undefined;
	}
}

/** Whether somebody who only tries the prompts out has had something done by tools. */
function actedOnTry(context: IExecuteFunctions, { composing }: ReplyOutcome): boolean {
	return context.getMode() === 'manual' && (composing.actions?.length ?? 0) > 0;
}

async function outcomeFor(
	context: IExecuteFunctions,
	incoming: IncomingText,
	itemIndex: number,
): Promise<EndedTurn> {
	const clock = systemClock;
	const isSent = sends(context, itemIndex);
	const turn = {
		...turnOf(incoming, clock.now()),
		...identityOf(context),
		isOwnPhone: isOwnPhone(context, incoming.contact),
		isTry: context.getMode() === 'manual' && !isSent,
	};
	const account = isSent ? twilioAccountOf(context) : undefined;
	// A credential that cannot be used is told of where the turn comes to its end with it.
	const own = await account?.catch(() => undefined);
	assertOwnAccount(context, incoming.threadId, own?.accountSid);
	const store = await openThreadStore(context, storeChoiceOf(context));
	const signal = context.getExecutionCancelSignal();
	const sender = async (sendingAccount: NonNullable<typeof account>) => {
		const twilio = twilioClientOf(context, await sendingAccount, { signal });
		return { store, clock, signal, sms: smsSender({ store, clock, signal, twilio }) };
	};
	try {
		assertHoldsThread(context, store);
		const decide = async (): Promise<ReplyOutcome> => {
			if (incoming.tooLate === true) {
				return await leaveToPerson({ store, clock }, turn, incoming.lateMinutes);
			}
			assertNotWorkedOut(context, itemIndex, 'smsPrompt', 'SMS Prompt');
			const planned = read(context, itemIndex);
			const smsPrompt =
				planned.smsPrompt ||
				incoming.agent.smsPrompt ||
				(await writtenPrompt(store, incoming));
			const plan = {
				...planned,
				smsPrompt,
				context: { ...contextVariablesOf(incoming), ...planned.context },
				unfilled: hintOfUnfilled(context),
			};
			const tools = await openTools(context, itemIndex, store);
			const limits = modelLimitsFor(plan, tools !== undefined);
			const limit = modelLimitOf(context, itemIndex, limits, {
				allowances: store.allowances,
				contact: turn.contact,
				taker: newestSidOf(turn),
			});
			const composer = await openComposer(context, itemIndex, limit);
			const memory = await openMemory(context, itemIndex);
			const senses = account && readSenses(context, itemIndex);
			const see = senses && mediaSeer(context, senses, account);
			const services = { store, clock, signal, composer, memory, tools, see };
			if (!account) return await composeOnly(services, turn, plan);
			return await replyToThread({ ...services, ...(await sender(account)) }, turn, plan);
		};
		let owners: OwnersTold | undefined;
		const outcome = await endTurn(store.threads, turn, async () => {
			const decided = await decide();
			// Before its end is written down: who dies here is followed by a run that tells them.
			owners =
				account &&
				(await tellOwnersOf(context, async () => await sender(account), turn, decided));
			return decided;
		});
		return { outcome, owners };
	} finally {
		await store.close();
	}
}

/** As the agent's trigger has written it down; empty where none has. */
async function writtenPrompt(
	{ records }: OpenThreadStore,
	{ threadId }: IncomingText,
): Promise<string> {
	const { accountSid, agentId } = parseThreadId(threadId) ?? { accountSid: '', agentId: '' };
	return (await readAgent(records, accountSid, agentId))?.smsPrompt ?? '';
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
