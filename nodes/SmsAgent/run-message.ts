import type { IDataObject } from 'n8n-workflow';
import { contactIn, findMessage, newestMessages } from '../shared/desk/messages';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import { parsePhoneNumber } from '../shared/messaging/phone-number';
import type { MessageDetails } from '../shared/twilio/api/message-log';
import { isTool } from '../shared/n8n/items/trigger-item';
import { countryIn, limitIn, numberOfTool, textIn } from './address';
import type { Operation } from './operation';

const get: Operation = async ({ context, services, itemIndex }) => {
	const messageSid = textIn(context, itemIndex, 'messageSid');
	const own = isTool(context) ? numberOfTool(context, services, itemIndex) : undefined;
	const { details, contact, threadId, kept } = await findMessage(services, messageSid, []);
	if (own !== undefined && contact !== own) {
		throw new InvalidInputError({
			field: 'Message SID',
			cause: 'this tool tells of the contact of this conversation only, and that message is of somebody else',
			fix: 'Take the messageSid of a text of this conversation.',
		});
	}
	const json: IDataObject = {
		...messageJson(details),
		threadId,
		author: kept?.author ?? (details.direction === 'inbound' ? 'contact' : null),
		person: kept?.person ?? null,
	};
	const isSimple = context.getNodeParameter('simple', itemIndex, true) === true;
	if (isSimple) return [{ json }];
	const asKept = kept ? (JSON.parse(JSON.stringify(kept)) as IDataObject) : null;
	return [{ json: { ...json, inThread: asKept } }];
};

const getAll: Operation = async ({ context, services, itemIndex }) => {
	const typed = textIn(context, itemIndex, 'with');
	const contact = isTool(context)
		? numberOfTool(context, services, itemIndex)
		: typed === ''
			? undefined
			: parsePhoneNumber(typed, countryIn(context, itemIndex), 'With Contact');
	const found = await newestMessages(services.twilio, contact, limitIn(context, itemIndex));
	return found.map((details) => ({ json: messageJson(details) }));
};

export const messageOperations = { get, getAll };

function messageJson(details: MessageDetails): IDataObject {
	const { messageSid, status, body, to, from, messagingServiceSid, numSegments } = details;
	const { numMedia, errorCode, errorMessage, price, priceUnit } = details;
	const at = (date: Date | undefined) => date?.toISOString() ?? null;
	return {
		messageSid,
		direction: details.direction === 'inbound' ? 'inbound' : 'outbound',
		contact: contactIn(details),
		body,
		status,
		...{ errorCode, errorMessage, numSegments, numMedia, price, priceUnit },
		...{ to, from, messagingServiceSid },
		createdAt: at(details.dateCreated),
		sentAt: at(details.dateSent),
		updatedAt: at(details.dateUpdated),
	};
}
