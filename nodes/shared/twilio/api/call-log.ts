import type { TwilioClient } from './twilio-client';

/** A call, or the leg of a phone that was rung for one, as Twilio lists it. */
export interface LoggedCall {
	callSid: string;
	/** E.164, or what stands for a withheld number. */
	from: string;
	to: string;
	direction: string;
	status: string;
	/** Milliseconds since 1970, by Twilio's clock, whole seconds. */
	startedAt: number;
	/** The same; when Twilio last heard of it, where it never began to talk. */
	endedAt: number;
}

/** Twilio's largest page. */
const PAGE_SIZE = 1_000;

/**
 * Calls to one of our numbers that began at `since` (milliseconds since 1970) or later. One request
 * on all but the busiest days: Twilio's filter knows whole days only. Rejects as `twilioClient` says.
 */
export async function callsSince(
	twilio: TwilioClient,
	to: string,
	since: number,
): Promise<LoggedCall[]> {
	const day = new Date(since).toISOString().slice(0, 10);
	const calls = await list(twilio, { To: to, 'StartTime>': day });
	return calls.filter(
		({ direction, startedAt }) => direction === 'inbound' && startedAt >= since,
	);
}

/** The phones that were rung for a call, whoever had them rung. Rejects as `twilioClient` says. */
export async function phonesRungFor(twilio: TwilioClient, callSid: string): Promise<LoggedCall[]> {
	return await list(twilio, { ParentCallSid: callSid });
}

/** One call. Rejects as `twilioClient` says. */
export async function callOf(twilio: TwilioClient, callSid: string): Promise<LoggedCall> {
	const uri = `/Accounts/${twilio.account.accountSid}/Calls/${callSid}.json`;
	return read((await twilio.api.fetch({ uri, method: 'get' })) as CallPage['calls'][number]);
}

async function list(twilio: TwilioClient, filter: Record<string, string>): Promise<LoggedCall[]> {
	const calls: LoggedCall[] = [];
	let uri = `/Accounts/${twilio.account.accountSid}/Calls.json`;
	let params: Record<string, string | number> | undefined = { ...filter, PageSize: PAGE_SIZE };
	for (;;) {
		// A resource class of the SDK for two readings would be larger than all of this.
		const request = { uri, method: 'get' as const, ...(params && { params }) };
		const page = (await twilio.api.fetch(request)) as Partial<CallPage>;
		calls.push(...(page.calls ?? []).map(read));
		if (!page.next_page_uri) return calls;
		uri = page.next_page_uri.replace(/^\/2010-04-01/, '');
		params = undefined;
	}
}

interface CallPage {
	calls: Array<Record<string, string | null | undefined>>;
	/** With the version in front. */
	next_page_uri: string | null;
}

function read(call: CallPage['calls'][number]): LoggedCall {
	const text = (name: string) => call[name] ?? '';
	const timeOf = (...names: string[]) => Date.parse(text(names.find(text) ?? '')) || 0;
	return {
		callSid: text('sid'),
		from: text('from'),
		to: text('to'),
		direction: text('direction'),
		status: text('status'),
		startedAt: timeOf('start_time', 'date_created'),
		endedAt: timeOf('end_time', 'date_updated', 'start_time', 'date_created'),
	};
}
