import { finishText, type TextRules } from '../composing/finished-text';
import { reasonOf } from '../messaging/reason-of';
import type { SentMessage } from '../sending/outbound-draft';
import { isPassingRefusal } from '../sending/passing-failure';
import { OutcomeUnknownError, SendHeldError } from '../sending/send-errors';
import type { SmsSender } from '../sending/send-to-thread';
import { claimKeys } from '../threads/claim-keys';

/** Whom to ask; the silence is known by the contact's newest text. */
export interface SilentContact {
	threadId: string;
	/** E.164. */
	contact: string;
	/** The number or short code that was texted; the text goes out from it. */
	sender: string;
	messagingServiceSid: string | null;
	messageSid: string;
}

/** What the builder wants a silent contact to be asked. */
export interface IdlePlan {
	words: string;
	/** Milliseconds of silence. */
	afterMs: number;
	text: TextRules;
	/** Texts of agents to the contact in an hour. */
	maxRepliesPerHour: number;
}

export type IdleOutcome = { kind: 'sent'; sent: SentMessage } | { kind: 'notSent'; reason: string };

/**
 * Asks a silent contact whether they are still there, in the builder's words: once for a silence, and
 * only while nobody has had the word. In the thread the text answers nothing. Rejects as `sendOnce`.
 */
export async function sendIdleText(
	sms: SmsSender,
	{ threadId, contact: to, sender: from, messagingServiceSid, messageSid }: SilentContact,
	{ words, afterMs, text: rules, maxRepliesPerHour: maxPerHour }: IdlePlan,
): Promise<IdleOutcome> {
	const finished = finishText(words, { ...rules, whenLonger: 'send' }, 'operator');
	if (finished.kind === 'unusable') return { kind: 'notSent', reason: finished.reason };
	const draft = {
		...{ threadId, to, from, body: finished.text, author: 'agent' as const },
		...(messagingServiceSid === null ? {} : { messagingServiceSid }),
		purpose: { kind: 'idle' as const, through: messageSid, afterMs, maxPerHour },
	};
	try {
		const key = claimKeys.idleText(threadId, messageSid);
		const outcome = await sms.sendToThread(draft, key);
		if (outcome.kind === 'sent') return outcome;
		return { kind: 'notSent', reason: `${outcome.why.message.replace(/\.$/, '')}.` };
	} catch (error) {
		if (error instanceof SendHeldError) {
			return { kind: 'notSent', reason: 'Another run is sending it.' };
		}
		if (!(error instanceof OutcomeUnknownError || isPassingRefusal(error))) throw error;
		// The trigger begins it anew; what may be out is found then.
		const why = reasonOf(error).replace(/\.$/, '');
		return {
			kind: 'notSent',
			reason: `${why}. The trigger tries it again, three times in all.`,
		};
	}
}
