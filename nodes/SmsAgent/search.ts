import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { listContacts } from '../shared/desk/contacts';
import { listThreads } from '../shared/desk/list-threads';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import { beginningOf } from '../shared/messaging/text-bounds';
import { twilioAccountOf } from '../shared/n8n/credentials/twilio-account';
import { nodeErrorOf } from '../shared/n8n/host/node-error';
import { systemClock } from '../shared/n8n/host/system-clock';
import { openSearchedStore } from '../shared/n8n/stores/open-thread-store';
import { AS_TRIGGER, KEEP_IN, STORE_NAMES } from '../shared/n8n/stores/thread-store-fields';
import type { ThreadServices } from '../shared/threads/thread-store';

const PER_PAGE = 20;
/** Looked through for a name; more would keep the editor waiting. */
const MOST_SEARCHED = 2_000;
const LONGEST_PREVIEW = 60;

/** Conversations for the picker: the last written first. */
export async function searchThreads(
	context: ILoadOptionsFunctions,
	filter = '',
	page = '0',
): Promise<INodeListSearchResult> {
	return await searching(context, filter !== '', async (services, accountSid) => {
		const wanted = filter.trim().toLowerCase();
		const from = Number(page) || 0;
		const results: INodeListSearchResult['results'] = [];
		let [matched, looked] = [0, 0];
		for await (const one of listThreads(services, accountSid, {})) {
			if (++looked > MOST_SEARCHED) break;
			const { name } = one.contact;
			const label = `${name === '' ? '' : `${name} `}${one.number} · ${one.agentId}`;
			const body = one.lastMessage?.body ?? '';
			if (!`${label} ${one.threadId}`.toLowerCase().includes(wanted)) continue;
			if (matched++ < from) continue;
			if (results.length === PER_PAGE) {
				return { results, paginationToken: String(from + PER_PAGE) };
			}
			const description = beginningOf(body, LONGEST_PREVIEW);
			results.push({ name: label, value: one.threadId, description });
		}
		return { results };
	});
}

/** People for the picker. */
export async function searchContacts(
	context: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	return await searching(context, filter !== '', async (services, accountSid) => {
		const wanted = filter.trim().toLowerCase();
		const found = new Map<string, string>();
		let looked = 0;
		for await (const { number, contact } of listContacts(services, accountSid, {})) {
			if (++looked > MOST_SEARCHED || found.size === 5 * PER_PAGE) break;
			const label = contact.name === '' ? number : `${contact.name} ${number}`;
			if (label.toLowerCase().includes(wanted)) found.set(number, label);
		}
		return { results: [...found].map(([value, name]) => ({ name, value })) };
	});
}

async function searching(
	context: ILoadOptionsFunctions,
	isFiltered: boolean,
	look: (services: ThreadServices, accountSid: string) => Promise<INodeListSearchResult>,
): Promise<INodeListSearchResult> {
	try {
		const { accountSid } = await twilioAccountOf(context);
		const store = await openSearchedStore(context);
		try {
			const found = await look({ store, clock: systemClock }, accountSid);
			const isTaken = context.getCurrentNodeParameter('threadStore') === AS_TRIGGER;
			if (isTaken && !isFiltered && found.results.length === 0) throw nothingInFile();
			return found;
		} finally {
			await store.close();
		}
	} catch (error) {
		// The editor shows the message alone.
		const fix = error instanceof InvalidInputError ? `. ${error.fix}` : '';
		const shown = nodeErrorOf(context.getNode(), error);
		shown.message = `${shown.message}${fix}`;
		throw shown;
	}
}

/** What the trigger has is not known here, and it need not be a file. */
function nothingInFile(): InvalidInputError {
	return new InvalidInputError({
		field: KEEP_IN,
		cause: `nothing is kept for this Twilio account in ${STORE_NAMES.embedded}, where the list has looked`,
		fix: 'If the trigger keeps conversations elsewhere, choose the same place here. Else wait for the first text.',
	});
}
