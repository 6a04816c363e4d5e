import type { IDataObject } from 'n8n-workflow';
import { findAgent } from '../shared/contacts/agent-record';
import type { Contact } from '../shared/contacts/contact';
import { closeThread } from '../shared/desk/close-thread';
import { listThreads, modeOf, waitingTexts, type ThreadFilter } from '../shared/desk/list-threads';
import {
	addNote as writeNote,
	answeringIn,
	deleteThread,
	notesOf,
	readKnown,
	readWhole,
	setThreadFacts,
	threadCsv,
	type Note,
} from '../shared/desk/threads';
import { agentIdFromName } from '../shared/messaging/agent';
import type { Message } from '../shared/messaging/message';
import { parseThreadId } from '../shared/messaging/thread-id';
import { factsIn } from '../shared/n8n/agents/facts-field';
import { parseDateTime } from '../shared/n8n/host/parse-date-time';
import { takeoverAt, USUAL_PAUSE_HOURS } from '../shared/threads/takeover';
import { NEWEST_MESSAGES, type Closed, type Takeover } from '../shared/threads/thread-store';
import { closedOf } from '../shared/threads/turns/closed';
import { giveBack } from '../shared/owners/hand-overs';
import { smsSender } from '../shared/sending/send-to-thread';
import { isTool } from '../shared/n8n/items/trigger-item';
import { actionJson } from '../shared/n8n/items/action-item';
import { ENDINGS } from '../shared/n8n/upkeep/names';
import { triggerKeyOfTurns } from '../shared/n8n/upkeep/trigger-key';
import { wakeUpkeep } from '../shared/n8n/upkeep/upkeep';
import { collectionIn, firstOf, limitIn, textIn, threadIn } from './address';
import { fileResult, type Operation, type Task } from './operation';

const HOUR_MS = 3_600_000;

const get: Operation = async (task) => {
	const { context, services, itemIndex } = task;
	const threadId = threadIn(context, services, itemIndex);
	const texts = Number(context.getNodeParameter('texts', itemIndex, 50)) || 50;
	const shown = Math.max(1, Math.floor(texts));
	// What stands behind a closing, or waits for an answer, is told by more texts than are shown.
	const standing = await readKnown(services, threadId, Math.max(shown, NEWEST_MESSAGES));
	const { state, contact, actions, pause, keptMessages, droppedMessages } = standing;
	const messages = standing.messages.slice(-shown);
	const isSimple = context.getNodeParameter('simple', itemIndex, true) === true;
	const takeover = takeoverAt(state, services.clock.now());
	// Notes are for people: no model reads them.
	const notes = isTool(context) ? [] : await notesOf(services.store.records, threadId);
	const json = {
		...whose(threadId, contact),
		...speaking(takeover),
		...plain(await answeringIn(services, standing)),
		closed: closedJson(closedOf(standing)),
		paused: pause !== undefined,
		facts: { ...state.metadata },
		contactFacts: { ...contact.facts },
		...(isTool(context) ? {} : { notes: notes.map(noteJson) }),
		actions: actions.map(actionJson),
		unanswered: waitingTexts(standing).length,
		messages: isSimple ? messages.map(shortMessage) : plain(messages),
		keptMessages,
		droppedMessages,
	};
	return [{ json: isSimple ? json : { ...json, ...plain({ state, pause: pause ?? null }) } }];
};

const getAll: Operation = async ({ context, services, itemIndex }) => {
	const filters = collectionIn(context, itemIndex, 'filters');
	const { agent, closed, mode, optedOut, unanswered } = filters;
	const since = parseDateTime(filters['since'], context.getTimezone(), 'Last Text Since');
	const agentName = typeof agent === 'string' ? agent.trim() : '';
	const { accountSid } = services.twilio.account;
	const idOf = async (name: string) => {
		const known = await findAgent(services.store.records, accountSid, name);
		return known?.id ?? (agentIdFromName(name) || name);
	};
	const agentId = agentName === '' ? undefined : await idOf(agentName);
	const filter: ThreadFilter = {
		agentId,
		mode: mode === 'agent' || mode === 'person' ? mode : undefined,
		since: since?.getTime(),
		unanswered: unanswered === true,
		optedOut: optedOut === true,
		closed: closed === 'closed' || closed === 'open' ? closed === 'closed' : undefined,
	};
	const limit = limitIn(context, itemIndex);
	const found = await firstOf(listThreads(services, accountSid, filter), limit);
	return found.map((one) => ({
		json: {
			...whose(one.threadId, one.contact),
			...speaking(one.takeover),
			closed: closedJson(one.closed),
			brand: one.brand,
			facts: { ...one.metadata },
			unanswered: one.waiting,
			lastMessageAt: one.lastMessageAt,
			lastMessage: one.lastMessage ? shortMessage(one.lastMessage) : null,
			keptMessages: one.keptMessages,
		},
	}));
};

const takeOver: Operation = async ({ context, services, itemIndex }) => {
	const threadId = threadIn(context, services, itemIndex);
	const { contact } = await readKnown(services, threadId, 1);
	const hours = Number(context.getNodeParameter('hours', itemIndex, USUAL_PAUSE_HOURS));
	const forGood = context.getNodeParameter('howLong', itemIndex, 'hours') === 'released';
	const takeover = await smsSender(services).takeOver(threadId, {
		by: textIn(context, itemIndex, 'by') || 'A person',
		why: textIn(context, itemIndex, 'why'),
		pauseMs: forGood ? null : (hours > 0 ? hours : USUAL_PAUSE_HOURS) * HOUR_MS,
	});
	return [{ json: { ...whose(threadId, contact), ...speaking(takeover) } }];
};

const release: Operation = async ({ context, services, itemIndex }) => {
	const threadId = threadIn(context, services, itemIndex);
	const { contact } = await readKnown(services, threadId, 1);
	const owned = parseThreadId(threadId) ?? { accountSid: '', agentId: '' };
	const released = await giveBack(services, owned, threadId);
	return [{ json: { ...whose(threadId, contact), ...speaking(undefined), released } }];
};

const close: Operation = async ({ context, services, itemIndex }) => {
	const threadId = threadIn(context, services, itemIndex);
	const by = textIn(context, itemIndex, 'by') || 'A person';
	const done = await closeThread(services, threadId, by);
	const { closed, isNew, isRemembered, startedFor } = done;
	if (isRemembered && startedFor !== undefined) {
		wakeUpkeep(triggerKeyOfTurns(context, startedFor), ENDINGS, 0);
	}
	const what = { closed: closedJson(closed), wasOpen: isNew, isRemembered };
	return [{ json: { ...identityJson(threadId), ...what } }];
};

const addNote: Operation = async ({ context, services, itemIndex }) => {
	const threadId = threadIn(context, services, itemIndex);
	const by = textIn(context, itemIndex, 'by') || (isTool(context) ? 'AI' : 'A person');
	const notes = await writeNote(services, threadId, {
		by,
		text: textIn(context, itemIndex, 'note'),
	});
	const shown = isTool(context) ? notes.slice(-1) : notes;
	return [{ json: { ...identityJson(threadId), notes: shown.map(noteJson) } }];
};

const setFacts: Operation = async ({ context, services, itemIndex }) => {
	const threadId = threadIn(context, services, itemIndex);
	const facts = await setThreadFacts(
		services,
		threadId,
		factsIn(collectionIn(context, itemIndex, 'facts')),
	);
	return [{ json: { ...identityJson(threadId), facts } }];
};

const exportOne: Operation = async (task) => {
	const { context, services, itemIndex } = task;
	const threadId = threadIn(context, services, itemIndex);
	const standing = await readWhole(services, threadId);
	const { messages, contact, state, actions } = standing;
	const { agentId, contact: number } = parseThreadId(threadId) ?? { agentId: '', contact: '' };
	const notes = await notesOf(services.store.records, threadId);
	const takeover = takeoverAt(state, services.clock.now());
	const whole = {
		...{ ...whose(threadId, contact), ...speaking(takeover) },
		...{ closed: closedJson(closedOf(standing)), facts: state.metadata },
	};
	const file = {
		name: `${agentId}-${number.replace('+', '')}`,
		csv: () => threadCsv(threadId, messages),
		json: () => ({ ...whole, notes, actions: actions.map(actionJson), messages }),
	};
	return [await fileResult(task, { ...identityJson(threadId), texts: messages.length }, file)];
};

const deleteOne: Operation = async ({ context, services, itemIndex }: Task) => {
	const threadId = threadIn(context, services, itemIndex);
	const { keptMessages } = await readKnown(services, threadId, 1);
	await deleteThread(services, threadId);
	return [{ json: { ...identityJson(threadId), deleted: true, texts: keptMessages } }];
};

export const threadOperations = {
	...{ addNote, close, get, getAll, release, setFacts, takeOver },
	...{ delete: deleteOne, export: exportOne },
};

function identityJson(threadId: string): IDataObject {
	const { agentId, contact } = parseThreadId(threadId) ?? { agentId: '', contact: '' };
	return { threadId, agentId, contact };
}

function whose(threadId: string, { name, consent }: Contact): IDataObject {
	return { ...identityJson(threadId), contactName: name, consent: { ...consent } };
}

function speaking(takeover: Takeover | undefined): IDataObject {
	if (takeover === undefined) return { mode: modeOf(takeover), takeover: null };
	const { since, until, by, why } = takeover;
	return { mode: modeOf(takeover), takeover: { since, until, by, why } };
}

function closedJson(closed: Closed | undefined): IDataObject | null {
	return closed ? { since: closed.since, by: closed.by } : null;
}

function shortMessage({ messageSid, direction, author, person, body, media, at }: Message) {
	const written = { at, direction, author, person: person ?? null, body, messageSid };
	return { ...written, media: media.map(({ url }) => url) };
}

function noteJson({ at, by, text }: Note): IDataObject {
	return { at, by, text };
}

/** A copy that n8n may keep. */
function plain<Value>(value: Value): IDataObject & Value {
	return JSON.parse(JSON.stringify(value)) as IDataObject & Value;
}
