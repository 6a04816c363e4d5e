import type { OpenTurns } from '../shared/threads/turns/look-plan';

/** How many conversations wait, and for what, for n8n's log. `kind` changes with it, and not with the time alone. */
export function whatWaits(
	{ toSend, nextSendAt, forModel }: Pick<OpenTurns, 'toSend' | 'nextSendAt' | 'forModel'>,
	timeZone: string,
): { kind: string; words: string } {
	const all = toSend + forModel;
	if (all === 0) return { kind: '', words: 'No conversation waits any more.' };
	const next = nextSendAt === undefined ? '' : ` (next at ${timeOf(nextSendAt, timeZone)})`;
	const parts = [
		...(toSend > 0 ? [`${toSend} for another try at sending${next}`] : []),
		...(forModel > 0 ? [`${forModel} for the model`] : []),
	];
	const who = all === 1 ? '1 conversation waits' : `${all} conversations wait`;
	return { kind: `${toSend}/${forModel}`, words: `${who}: ${parts.join(', ')}.` };
}

function timeOf(at: number, timeZone: string): string {
	const shown = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone } as const;
	return new Intl.DateTimeFormat('en', shown).format(at);
}
