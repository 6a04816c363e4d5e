import type { IDataObject } from 'n8n-workflow';
import type { Contact, ConsentChange, ConsentSource } from '../shared/contacts/contact';
import type { ContactIdentity } from '../shared/contacts/standing';
import { consentCsv, exportConsents as evidenceOf } from '../shared/desk/consent-export';
import {
	eraseContact,
	listContacts,
	readContact,
	setContact,
	type ContactFilter,
} from '../shared/desk/contacts';
import { setConsent } from '../shared/desk/set-consent';
import { modeOf } from '../shared/desk/list-threads';
import { answeringIn } from '../shared/desk/threads';
import { brandOf } from '../shared/messaging/agent';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import { parseThreadId } from '../shared/messaging/thread-id';
import { factsIn } from '../shared/n8n/agents/facts-field';
import { parseDateTime } from '../shared/n8n/host/parse-date-time';
import { callOffScheduled } from '../shared/sending/opt-outs/scheduled-texts';
import { takeoverAt } from '../shared/threads/takeover';
import { isTool } from '../shared/n8n/items/trigger-item';
import { collectionIn, contactIn, firstOf, limitIn, textIn } from './address';
import { fileResult, type Operation, type Task } from './operation';

const get: Operation = async ({ context, services, itemIndex }) => {
	const identity = await contactIn(context, services, itemIndex);
	const { contact, threads } = await readContact(services, identity);
	const now = services.clock.now();
	const conversations = await Promise.all(
		threads.map(async ({ threadId, state, lastMessageAt, keptMessages }) => ({
			threadId,
			agentId: parseThreadId(threadId)?.agentId ?? '',
			mode: modeOf(takeoverAt(state, now)),
			...(await answeringIn(services, { threadId, state })),
			lastMessageAt,
			keptMessages,
		})),
	);
	const changes = contact.changes.map((change) => ({ ...change }));
	return [{ json: { ...contactJson(identity, contact), changes, threads: conversations } }];
};

const getAll: Operation = async ({ context, services, itemIndex }) => {
	const { status } = filtersOf(context, itemIndex);
	const filter: ContactFilter = {
		brand: brandFilter(context, itemIndex),
		status:
			status === 'unknown' || status === 'optedIn' || status === 'optedOut'
				? status
				: undefined,
	};
	const list = listContacts(services, services.twilio.account.accountSid, filter);
	const found = await firstOf(list, limitIn(context, itemIndex));
	return found.map((one) => ({ json: contactJson(one, one.contact) }));
};

const set: Operation = async ({ context, services, itemIndex }) => {
	const identity = await contactIn(context, services, itemIndex);
	const details = collectionIn(context, itemIndex, 'details');
	const typed = (name: string) => {
		const value = details[name];
		return typeof value === 'string' ? value.trim() : undefined;
	};
	const contact = await setContact(services, identity, {
		name: typed('name'),
		timeZone: typed('timeZone'),
		facts: factsIn(collectionIn(context, itemIndex, 'facts')),
	});
	return [{ json: contactJson(identity, contact) }];
};

const optIn: Operation = async (task) => {
	if (textIn(task.context, task.itemIndex, 'evidence') === '') {
		throw new InvalidInputError({
			field: 'Evidence',
			cause: 'it is empty, and nobody may be opted in without it',
			fix: 'Write how and where they agreed, for example "Ticked the box on our web form on May 3".',
		});
	}
	return await change(task, 'optedIn');
};

const optOut: Operation = async (task) => await change(task, 'optedOut');

async function change(task: Task, status: ConsentChange['status']) {
	const { context, services, itemIndex } = task;
	const identity = await contactIn(context, services, itemIndex);
	const options = collectionIn(context, itemIndex, 'options');
	const when = parseDateTime(options['since'], context.getTimezone(), 'When');
	const how: ConsentSource = options['how'] === 'import' ? 'import' : 'person';
	const said: ConsentChange = {
		status,
		since: (when ?? new Date(services.clock.now())).toISOString(),
		by: textIn(context, itemIndex, 'evidence') || (isTool(context) ? 'AI' : 'A person'),
		how,
	};
	const done = await setConsent(services, identity, said, { isNewest: !when });
	const { contact, changed, untold } = done;
	const warning = untold === undefined ? {} : { warning: untold };
	return [{ json: { ...contactJson(identity, contact), changed, ...warning } }];
}

const deleteOne: Operation = async ({ context, services, itemIndex }) => {
	const identity = await contactIn(context, services, itemIndex);
	await callOffScheduled(services, identity, 'all');
	const { threads, keptOptOut } = await eraseContact(services, identity);
	return [
		{
			json: {
				contact: identity.number,
				brand: identity.brand,
				deleted: true,
				threads,
				keptOptOut,
				note: keptOptOut
					? 'They opted out, and that stays: as a hash, without their number and their words. So nobody texts them again, unless they text START.'
					: 'Nothing is kept of them.',
			},
		},
	];
};

const exportConsents: Operation = async (task) => {
	const { context, services, itemIndex } = task;
	const brand = brandFilter(context, itemIndex);
	const evidence = await evidenceOf(services, services.twilio.account.accountSid, brand);
	const file = { name: 'consents', csv: () => consentCsv(evidence), json: () => evidence };
	return [await fileResult(task, { contacts: evidence.length }, file)];
};

export const contactOperations = {
	...{ get, getAll, set, optIn, optOut, exportConsents },
	delete: deleteOne,
};

function filtersOf(context: Task['context'], itemIndex: number): IDataObject {
	return collectionIn(context, itemIndex, 'filters');
}

/** Undefined for every brand. */
function brandFilter(context: Task['context'], itemIndex: number): string | undefined {
	const { brand } = filtersOf(context, itemIndex);
	return typeof brand === 'string' ? brandOf(brand) : undefined;
}

function contactJson({ number, brand }: ContactIdentity, contact: Contact): IDataObject {
	const { name, timeZone, facts, memory, consent, erased } = contact;
	return {
		contact: number,
		brand,
		name,
		timeZone,
		facts: { ...facts },
		summary: memory?.summary ?? '',
		disposition: memory?.disposition ?? '',
		rememberedAt: memory?.at ?? null,
		consent: { ...consent },
		...(erased ? { erased } : {}),
	};
}
