import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { identityOfContact, type ContactIdentity } from '../shared/contacts/standing';
import type { DeskServices } from '../shared/desk/messages';
import { brandOf } from '../shared/messaging/agent';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import { parsePhoneNumber } from '../shared/messaging/phone-number';
import { quoted } from '../shared/messaging/text-bounds';
import { parseThreadId } from '../shared/messaging/thread-id';
import { conversationOf, conversationOfTool } from '../shared/n8n/items/conversation';
import { isTool } from '../shared/n8n/items/trigger-item';
import { assertOwnAccount } from '../shared/n8n/items/own-account';

/** Text or a number, without blanks around it; empty for anything else. */
export function textIn(context: IExecuteFunctions, itemIndex: number, name: string): string {
	const value = context.getNodeParameter(name, itemIndex, '') as unknown;
	if (typeof value === 'string') return value.trim();
	return typeof value === 'number' ? String(value) : '';
}

/** What is chosen or typed in a picker. */
function picked(context: IExecuteFunctions, itemIndex: number, name: string): string {
	const locator = context.getNodeParameter(name, itemIndex, '') as unknown;
	const { value } = (locator ?? {}) as { value?: unknown };
	const typed = typeof locator === 'object' ? value : locator;
	return typeof typed === 'string' || typeof typed === 'number' ? String(typed).trim() : '';
}

/**
 * The thread that a model may act on: that of the text or call which started its run, whatever it says.
 * Throws InvalidInputError where there is none.
 */
function threadOfTool(context: IExecuteFunctions, itemIndex: number): string {
	const conversation = conversationOfTool(context, itemIndex);
	if (conversation) return conversation.threadId;
	throw new InvalidInputError({
		field: 'Thread',
		cause: 'this tool acts on the contact of its own conversation only, and no incoming text of one contact started this run; nothing was done',
		fix: 'Start the workflow with an Incoming SMS Trigger, or use the node as a step.',
	});
}

/** The thread of this run, where there is one. */
function threadOfRun(context: IExecuteFunctions, itemIndex: number): string | undefined {
	const item: INodeExecutionData = context.getInputData()[itemIndex] ?? { json: {} };
	const known = conversationOf(context, item, itemIndex)?.threadId;
	// An item of this node names its thread too.
	const named = item.json['threadId'];
	if (known !== undefined || typeof named !== 'string') return known;
	return parseThreadId(named) ? named : undefined;
}

/** The thread of the Thread field or, where it is empty, of the run. Throws InvalidInputError. */
export function threadIn(
	context: IExecuteFunctions,
	{ twilio }: DeskServices,
	itemIndex: number,
): string {
	const { accountSid } = twilio.account;
	if (isTool(context)) return ofAccount(context, threadOfTool(context, itemIndex), accountSid);
	const typed = picked(context, itemIndex, 'thread');
	if (typed === '') {
		const ofRun = threadOfRun(context, itemIndex);
		if (ofRun !== undefined) return ofAccount(context, ofRun, accountSid);
		throw new InvalidInputError({
			field: 'Thread',
			cause: 'it is empty, and this item comes neither from an incoming text nor from a missed call',
			fix: 'Choose a thread, or connect an Incoming SMS Trigger before this node.',
		});
	}
	const parts = parseThreadId(typed);
	if (parts?.accountSid === accountSid) return typed;
	throw new InvalidInputError({
		field: 'Thread',
		cause: parts
			? 'it is of another Twilio account than the credential'
			: `${quoted(typed)} is not the ID of a thread`,
		fix: parts
			? 'Choose the credential that the Incoming SMS Trigger uses.'
			: 'Choose one from the list, or take the field "threadId" of an item.',
	});
}

function ofAccount(context: IExecuteFunctions, threadId: string, accountSid: string): string {
	assertOwnAccount(context, threadId, accountSid);
	return threadId;
}

/** The contact of the Contact field or, where it is empty, of the run. Throws InvalidInputError. */
export async function contactIn(
	context: IExecuteFunctions,
	services: DeskServices,
	itemIndex: number,
): Promise<ContactIdentity> {
	const { accountSid } = services.twilio.account;
	if (isTool(context)) {
		const threadId = ofAccount(context, threadOfTool(context, itemIndex), accountSid);
		return await identityOfContact(services, threadId);
	}
	const typed = picked(context, itemIndex, 'contact');
	const ofRun = threadOfRun(context, itemIndex);
	if (typed === '' && ofRun === undefined) {
		throw new InvalidInputError({
			field: 'Contact',
			cause: 'it is empty, and this item comes neither from an incoming text nor from a missed call',
			fix: 'Choose a contact, or connect an Incoming SMS Trigger before this node.',
		});
	}
	const known =
		ofRun === undefined
			? undefined
			: await identityOfContact(services, ofAccount(context, ofRun, accountSid));
	const brand = textIn(context, itemIndex, 'brand');
	return {
		accountSid,
		brand: brand === '' ? (known?.brand ?? '') : brandOf(brand),
		number:
			typed === ''
				? (known?.number ?? '')
				: parsePhoneNumber(typed, countryIn(context, itemIndex), 'Contact'),
	};
}

export function countryIn(context: IExecuteFunctions, itemIndex: number): string | undefined {
	const { defaultCountry } = collectionIn(context, itemIndex, 'options');
	const country = typeof defaultCountry === 'string' ? defaultCountry.trim().toUpperCase() : '';
	return country === '' ? undefined : country;
}

/** What is set in a collection of fields. */
export function collectionIn(
	context: IExecuteFunctions,
	itemIndex: number,
	name: string,
): IDataObject {
	const value = context.getNodeParameter(name, itemIndex, {}) as unknown;
	return (value ?? {}) as IDataObject;
}

/** The number of the contact whose run it is: all that a model may ask about. */
export function numberOfTool(
	context: IExecuteFunctions,
	{ twilio }: DeskServices,
	itemIndex: number,
): string {
	const threadId = threadOfTool(context, itemIndex);
	return parseThreadId(ofAccount(context, threadId, twilio.account.accountSid))?.contact ?? '';
}

/** Infinity for Return All. */
export function limitIn(context: IExecuteFunctions, itemIndex: number): number {
	if (context.getNodeParameter('returnAll', itemIndex, false) === true) return Infinity;
	const limit = Number(context.getNodeParameter('limit', itemIndex, 50));
	return Math.max(1, Math.floor(limit) || 50);
}

/** The first `limit` of a list, which is read no further. */
export async function firstOf<One>(list: AsyncIterable<One>, limit: number): Promise<One[]> {
	const found: One[] = [];
	for await (const one of list) {
		found.push(one);
		if (found.length >= limit) break;
	}
	return found;
}
