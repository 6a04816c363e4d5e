import type { IDataObject } from 'n8n-workflow';

/** What a person looks for. */
const FIRST = ['contact', 'body', 'text', 'outcome', 'reason'];

/** What only nodes look for. */
const LAST = [
	...['messageSid', 'messageSids', 'messagingServiceSid', 'callSid', 'chatInput'],
	...['threadId', 'sessionId'],
];

/** The same item, its fields in the order in which a person reads them: n8n shows them as they come. */
export function inReadingOrder(json: object): IDataObject {
	const fields = json as IDataObject;
	const picked = (names: string[]) =>
		names.flatMap((name) => (name in fields ? [[name, fields[name]] as const] : []));
	const others = Object.keys(fields).filter(
		(name) => !FIRST.includes(name) && !LAST.includes(name),
	);
	return Object.fromEntries([...picked(FIRST), ...picked(others), ...picked(LAST)]);
}
