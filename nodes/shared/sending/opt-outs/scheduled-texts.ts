import type { ContactIdentity } from '../../contacts/standing';
import type { Author } from '../../messaging/message';
import { recordKeys } from '../../threads/record-keys';
import { readRecord, type RecordValue } from '../../threads/record-store';
import { cancelMessage } from '../../twilio/api/messages';
import { TwilioApiError } from '../../twilio/api/twilio-client';
import { takeBackFirstText } from '../first-text';
import type { SendServices } from '../outbound-draft';

/** A text that waits at Twilio for its time. */
interface ScheduledText {
	messageSid: string;
	/** ISO 8601, UTC. */
	at: string;
	author: Author;
}

/** Whose texts are called off: an opt-out forbids all, a person who takes over only those of agents. */
export type CalledOff = 'all' | 'agents';

/** Twilio takes nothing back in the last moments. */
const KEPT_AFTER_MS = 60_000;

function textsIn(found: RecordValue | undefined): ScheduledText[] {
	return (found?.['texts'] ?? []) as unknown as ScheduledText[];
}

/** Remembers a scheduled text, so that it can be called off. Rejects with StoreUnavailableError. */
export async function noteScheduled(
	{ store, clock }: Pick<SendServices, 'store' | 'clock'>,
	{ accountSid, brand, number }: ContactIdentity,
	text: ScheduledText,
): Promise<void> {
	const now = clock.now();
	await store.records.change(recordKeys.scheduled(accountSid, brand, number), (present) => {
		const waiting = textsIn(present).filter(({ at }) => Date.parse(at) + KEPT_AFTER_MS > now);
		return { texts: [...waiting, text].map((one) => ({ ...one })) };
	});
}

/**
 * Has Twilio drop the texts that wait for this contact. One that is out by now is no failure. Rejects
 * as Twilio's client does, and with StoreUnavailableError; what is left then is called off the next time.
 */
export async function callOffScheduled(
	{ store, twilio }: Pick<SendServices, 'store' | 'twilio'>,
	identity: ContactIdentity,
	whose: CalledOff,
): Promise<number> {
	const { accountSid, brand, number } = identity;
	const key = recordKeys.scheduled(accountSid, brand, number);
	const isMeant = ({ author }: ScheduledText) => whose === 'all' || author === 'agent';
	const meant = textsIn(await readRecord(store.records, key)).filter(isMeant);
	let cancelled = 0;
	for (const { messageSid } of meant) {
		try {
			await cancelMessage(twilio, messageSid);
			cancelled += 1;
			await takeBackFirstText({ store }, identity, messageSid);
		} catch (error) {
			// It went out, was called off by hand, or is in Twilio's list no more.
			if (!(error instanceof TwilioApiError) || error.outcomeUnknown || error.rateLimited) {
				throw error;
			}
		}
		await store.records.change(key, (present) => {
			const left = textsIn(present).filter((one) => one.messageSid !== messageSid);
			return left.length === 0 ? undefined : { texts: left.map((one) => ({ ...one })) };
		});
	}
	return cancelled;
}
