import { z } from 'zod';
import { isoTime, type Clock } from '../messaging/clock';
import type { ClaimRecord } from '../threads/claim-ledger';
import type { OutboundDraft } from './outbound-draft';

const answers = z.array(z.string()).optional();

/** Twilio was asked, or was about to be; the answer is not known. */
const openSend = z.object({
	phase: z.literal('sending'),
	/** ISO 8601, UTC: no message of this send is older. */
	since: z.string(),
	to: z.string(),
	from: z.string().optional(),
	messagingServiceSid: z.string().optional(),
	body: z.string(),
	/** Without what only the first text to a contact says, where the body ends with it. */
	words: z.string().optional(),
	answers,
});

/** The words are there, and Twilio certainly does not have them: whoever comes next sends just these. */
const writtenSend = z.object({ phase: z.literal('written'), body: z.string(), answers });

/** Twilio has the message. */
const doneSend = z.object({ phase: z.literal('sent'), messageSid: z.string(), answers });

const sendRecord = z.discriminatedUnion('phase', [writtenSend, openSend, doneSend]);

export type OpenSend = z.infer<typeof openSend>;

/** What a claim knows of the send it stands for. */
export type SendRecord = z.infer<typeof sendRecord>;

/** Undefined where nothing was written yet. */
export function readSendRecord(record: ClaimRecord | undefined): SendRecord | undefined {
	return sendRecord.safeParse(record).data;
}

export function writtenSendOf({
	body,
	words = body,
	answers,
}: Pick<OutboundDraft, 'body' | 'words' | 'answers'>): SendRecord {
	return {
		phase: 'written',
		body: words,
		...(answers === undefined ? {} : { answers: [...answers] }),
	};
}

export function openSendOf(clock: Clock, draft: OutboundDraft): OpenSend {
	const { to, from, messagingServiceSid, body, words, answers } = draft;
	return {
		phase: 'sending',
		since: isoTime(clock),
		to,
		...(from === undefined ? {} : { from }),
		...(messagingServiceSid === undefined ? {} : { messagingServiceSid }),
		body,
		...(words === undefined ? {} : { words }),
		...(answers === undefined ? {} : { answers: [...answers] }),
	};
}

/** The words of a send that is not out: whether it is the first text to the contact is found out anew. */
export function wordsOf(record: Extract<SendRecord, { body: string }>): string {
	return record.phase === 'sending' ? (record.words ?? record.body) : record.body;
}
