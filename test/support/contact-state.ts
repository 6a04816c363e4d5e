import type { Clock } from '../../nodes/shared/messaging/clock';
import { changeConsent } from '../../nodes/shared/contacts/change-consent';
import type { Consent, ConsentChange } from '../../nodes/shared/contacts/contact';
import { identityOfContact, readStanding } from '../../nodes/shared/contacts/standing';
import type { ConsentRules } from '../../nodes/shared/receiving/record-inbound';
import { takenOver } from '../../nodes/shared/threads/takeover';
import type { OpenThreadStore } from '../../nodes/shared/threads/thread-store';

export const USUAL_RULES: ConsentRules = { keywordsAnsweredBy: 'twilio', optOutPhrases: [] };

interface Kept {
	store: OpenThreadStore;
	clock: Clock;
}

export async function consentOf(kept: Kept, threadId: string): Promise<Consent> {
	return (await readStanding(kept, threadId, 1)).contact.consent;
}

export async function optOut(
	kept: Kept,
	threadId: string,
	change: Partial<ConsentChange> = {},
): Promise<void> {
	await changeConsent(kept, await identityOfContact(kept, threadId), {
		status: 'optedOut',
		since: '2026-01-01T00:00:00.000Z',
		by: 'STOP',
		how: 'keyword',
		...change,
	});
}

export async function takeOver({ store, clock }: Kept, threadId: string): Promise<void> {
	const takes = { by: 'Ana', why: 'she answers herself', pauseMs: null };
	await store.threads.changeState(threadId, (state) => takenOver(state, takes, clock.now()));
}
