/** Where another phone system's report has what we need. Dots lead into nested data. */
export interface CallReportMapping {
	/** Other reports than this kind are not about a call that has ended. */
	kind?: { field: string; value: string };
	/** The person to text. */
	contact: string;
	/** Our number. */
	called: string;
	/** A call that we made; there the two numbers have changed places. */
	outbound?: { field: string; value: string };
	callId: string;
	status: string;
	/** Values of `status` that mean nobody took the call. */
	missed: readonly string[];
}

export type CallReport =
	| { kind: 'missed'; callId: string; contact: string; called: string; status: string }
	/** Somebody took it, or the report is about something else. */
	| { kind: 'other' }
	/** A field that is needed is not there. */
	| { kind: 'incomplete'; field: string };

/** Never throws, whatever the body is. */
export function readCallReport(body: unknown, mapping: CallReportMapping): CallReport {
	const text = (path: string) => textAt(body, path);
	const { kind, outbound } = mapping;
	if (kind !== undefined && text(kind.field) !== kind.value) return { kind: 'other' };
	const status = text(mapping.status);
	if (status === '') return { kind: 'incomplete', field: mapping.status };
	const missed = mapping.missed.map((value) => value.trim().toLowerCase());
	if (!missed.includes(status.toLowerCase())) return { kind: 'other' };

	const callId = text(mapping.callId);
	if (callId === '') return { kind: 'incomplete', field: mapping.callId };
	const weCalled = outbound !== undefined && text(outbound.field) === outbound.value;
	const [contact, called] = weCalled
		? [mapping.called, mapping.contact]
		: [mapping.contact, mapping.called];
	return { kind: 'missed', callId, contact: text(contact), called: text(called), status };
}

function textAt(body: unknown, path: string): string {
	let at: unknown = body;
	for (const name of path.trim().split('.')) {
		if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return '';
		at = (at as Readonly<Record<string, unknown>>)[name];
	}
	return typeof at === 'string' || typeof at === 'number' || typeof at === 'boolean'
		? String(at).trim()
		: '';
}
