import { happeningsOf } from '../acting/shown-actions';
import { endedHistory } from '../composing/history';
import { MalformedCompositionError, ModelError } from '../composing/model-error';
import { ModelLimitError } from '../composing/model-limit';
import type { Told } from '../composing/parse-answer';
import type { ReplyComposer } from '../composing/reply-composer';
import { contactOf, type Contact, type ContactMemory } from '../contacts/contact';
import { FACT_LIMITS } from '../contacts/facts';
import { identityOfContact, readStanding, type Standing } from '../contacts/standing';
import { isoTime } from '../messaging/clock';
import { claimKeys } from '../threads/claim-keys';
import { takeClaim } from '../threads/held-claim';
import { recordKeys } from '../threads/record-keys';
import { readRecord, type RecordValue } from '../threads/record-store';
import { NEWEST_MESSAGES, type ThreadServices } from '../threads/thread-store';
import { LEASE_HOLD_MS } from '../threads/timing';
import { textsAfter } from '../threads/turns/unanswered';
import { settleEnding } from './endings';
import { formSchema, readMemory, type MemoryForm, type ToldMemory } from './memory-form';
import { memoryPromptOf } from './memory-prompt';

export interface RememberServices extends ThreadServices {
	composer: ReplyComposer;
}

/** A conversation that has ended with this text of the contact. */
export interface EndedConversation {
	threadId: string;
	messageSid: string;
	agentName: string;
}

export interface MemoryPlan {
	form: MemoryForm;
	/** IANA name. */
	timeZone: string;
}

export type Remembered =
	/** Written down just now, with what the model told of the builder's facts. */
	| { kind: 'remembered'; memory: ContactMemory; facts: Record<string, string>; told: Told }
	/** An earlier run did it; with what is known of the builder's facts. */
	| { kind: 'known'; memory: ContactMemory | undefined; facts: Record<string, string> }
	/** The contact has written again, or the conversation was deleted: nothing was written. */
	| { kind: 'notOver' }
	/** The model did not answer, or not to the question; it may the next time. */
	| { kind: 'notAsked'; reason: string }
	/** Another run is at it. */
	| { kind: 'atWork' };

/** Of a conversation, so much of its end is read. */
const LIMITS = { maxMessages: NEWEST_MESSAGES, maxCharacters: 12_000 };

/**
 * Has a model tell what was said in a conversation that has ended, and keeps it with the contact: once,
 * however many runs there are. A contact who writes meanwhile has it left. Sends nothing.
 *
 * What a crash leaves behind is done by the next run: the contact's record, written in one step, tells
 * that the model was asked, so only a crash while it answers has it asked again.
 *
 * Rejects with StoreUnavailableError, with ModelError where waiting does not mend it, or with the
 * signal's reason.
 */
export async function rememberContact(
	services: RememberServices,
	ended: EndedConversation,
	plan: MemoryPlan,
): Promise<Remembered> {
	const { threadId, messageSid } = ended;
	const key = claimKeys.ending(threadId, messageSid);
	const taken = await takeClaim(services.store.claims, key, LEASE_HOLD_MS);
	if (taken.status === 'held') return { kind: 'atWork' };
	if (taken.status === 'settled') {
		return known(await readStanding(services, threadId, 1), ended, plan);
	}
	const { claim } = taken;
	try {
		const remembered = await claim.whileRenewing(
			services.clock,
			async () => await remember(services, ended, plan),
		);
		if (remembered.kind !== 'notOver') await claim.settle({});
		return remembered;
	} catch (error) {
		const reason = passingReason(error);
		if (reason === undefined) throw error;
		return { kind: 'notAsked', reason };
	} finally {
		await claim.release();
	}
}

async function remember(
	services: RememberServices,
	ended: EndedConversation,
	plan: MemoryPlan,
): Promise<Remembered> {
	const { threadId, messageSid } = ended;
	const standing = await readStanding(services, threadId, NEWEST_MESSAGES);
	if (!isOver(standing, messageSid)) return { kind: 'notOver' };
	if (wasRemembered(standing, ended)) {
		await settleEnding(services, standing, messageSid);
		return known(standing, ended, plan);
	}
	const { told, ...values } = await ask(services, standing, ended, plan);
	const now = await readStanding(services, threadId, NEWEST_MESSAGES);
	if (!isOver(now, messageSid)) return { kind: 'notOver' };
	const memory = await write(services, ended, values);
	if (memory === undefined) return { kind: 'notOver' };
	await settleEnding(services, now, messageSid);
	return { kind: 'remembered', memory, facts: values.facts, told };
}

/** Why the model told nothing, where it may the next time. */
function passingReason(error: unknown): string | undefined {
	const mayPass =
		error instanceof ModelLimitError ||
		error instanceof MalformedCompositionError ||
		(error instanceof ModelError && error.mayPass);
	return mayPass ? `${error.message.replace(/\.$/, '')}. ${error.fix}` : undefined;
}

/** Whether the contact's text is there and nothing of theirs came after it. */
function isOver({ messages }: Standing, messageSid: string): boolean {
	return (
		messages.some((message) => message.messageSid === messageSid) &&
		textsAfter(messages, [messageSid]).length === 0
	);
}

function wasRemembered(
	{ contact: { memory }, state }: Standing,
	{ threadId, messageSid }: EndedConversation,
): boolean {
	if (state.ending?.doneThrough === messageSid) return true;
	return memory?.threadId === threadId && memory.through === messageSid;
}

function known(
	{ contact: { memory, facts } }: Standing,
	{ threadId, messageSid }: EndedConversation,
	{ form }: MemoryPlan,
): Remembered {
	const isOfThis = memory?.threadId === threadId && memory.through === messageSid;
	const names = form.facts.map(({ name }) => name);
	const wanted = Object.entries(facts).filter(([name]) => names.includes(name));
	return {
		kind: 'known',
		memory: isOfThis ? memory : undefined,
		facts: isOfThis ? Object.fromEntries(wanted) : {},
	};
}

async function ask(
	{ composer, clock, signal }: RememberServices,
	standing: Standing,
	{ threadId, agentName }: EndedConversation,
	{ form, timeZone }: MemoryPlan,
): Promise<ToldMemory & { told: Told }> {
	const { contact, actions } = standing;
	const { memory } = contact;
	// What the earlier summary tells already is not read again.
	const from =
		memory?.threadId === threadId
			? standing.messages.findIndex(({ messageSid }) => messageSid === memory.through) + 1
			: 0;
	const since = standing.messages.slice(from);
	const began = Date.parse(since[0]?.at ?? '');
	const happenings = happeningsOf(actions).filter(({ at }) => Date.parse(at) >= began);
	const answer = await composer.fill(
		{
			instructions: memoryPromptOf({
				...{ agentName, form, contact, timeZone },
				now: clock.now(),
			}),
			messages: endedHistory({ ...standing, messages: since }, LIMITS, timeZone, happenings),
			form: formSchema(form),
		},
		signal,
	);
	const { usage, model } = answer;
	return { ...readMemory(form, answer), told: { usage, model } };
}

/** Undefined where the conversation was deleted meanwhile: then nothing of it stays. */
async function write(
	services: RememberServices,
	{ threadId, messageSid }: EndedConversation,
	{ summary, disposition, facts }: ToldMemory,
): Promise<ContactMemory | undefined> {
	const { records, threads } = services.store;
	const { accountSid, brand, number } = await identityOfContact(services, threadId);
	const erased = await readRecord(records, recordKeys.erased(accountSid, brand, number));
	const key = recordKeys.contact(accountSid, brand, number);
	const memory: ContactMemory = {
		...{ summary, disposition, threadId },
		at: isoTime(services.clock),
		through: messageSid,
	};
	let before: RecordValue | undefined;
	await records.change(key, (present) => {
		before = present;
		const { consent, changes, name, timeZone, facts: kept } = contactOf(present, erased);
		return {
			...present,
			...{ consent, changes, name, timeZone, memory },
			facts: withRemembered(kept, facts),
		};
	});
	const { keptMessages } = await threads.read(threadId, 1);
	if (keptMessages > 0) return memory;
	// Who was erased at this moment must not come back with it.
	await records.change(key, (present) => {
		const written = present?.['memory'] as Contact['memory'];
		return written?.through === messageSid ? before : present;
	});
	return undefined;
}

/** Facts that were said, beside those that are known; as many as a contact may have. */
function withRemembered(
	kept: Readonly<Record<string, string>>,
	said: Readonly<Record<string, string>>,
): Record<string, string> {
	const facts = new Map(Object.entries(kept));
	for (const [name, value] of Object.entries(said)) {
		if (facts.has(name) || facts.size < FACT_LIMITS.count) facts.set(name, value);
	}
	return Object.fromEntries(facts);
}
