import type { ClaimRecord } from '../threads/claim-ledger';

/** Up to where missed texts have been looked for. Milliseconds since 1970, by Twilio's clock. */
export interface CatchUpMark {
	/** All that came before has been dealt with. */
	since: number;
	/** What came at this time or before is of the time before the workflow was first published. */
	floor: number;
	/** When the last minute began in which late texts were answered, by our clock. */
	minute: number;
	/** How many were in it. */
	runs: number;
	/** Agents whose texts these were: some may have another ID now, or be gone. */
	agentIds: string[];
}

/** Undefined where there is none, or none that can be read: then the trigger begins anew. */
export function markIn(record: ClaimRecord | undefined): CatchUpMark | undefined {
	const number = (name: string) => Number(record?.[name] ?? Number.NaN);
	const since = number('since');
	if (!Number.isFinite(since)) return undefined;
	const or0 = (name: string) => number(name) || 0;
	const listed = record?.['agentIds'];
	const agentIds = Array.isArray(listed) ? listed.map(String) : [];
	return { since, floor: or0('floor'), minute: or0('minute'), runs: or0('runs'), agentIds };
}
