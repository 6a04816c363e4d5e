import type { IDataObject } from 'n8n-workflow';
import type { MatchedBy } from '../../messaging/routing';

export const MISSED_CALL_EVENT = 'missedCall';

/** The item a Missed Call Trigger emits: all that a text to the caller needs, so no expression is. */
export interface MissedCallItem {
	event: typeof MISSED_CALL_EVENT;
	threadId: string;
	agent: { id: string; name: string; smsPrompt: string; matchedBy?: MatchedBy };
	/** Who called. */
	contact: string;
	/** The number to text from; null where the Messaging Service chooses. */
	sender: string | null;
	messagingServiceSid: string | null;
	/** Twilio's call SID, or the other phone system's id of the call. */
	callSid: string;
	/** The number that was called. */
	called: string;
	/** How the ringing ended (no-answer, busy, failed, canceled); empty where nothing rang. */
	dialCallStatus: string;
	/** The phones that rang. */
	rang: string[];
	/** What the caller said after the beep. */
	voicemail: { url: string; recordingSid: string; seconds: number } | null;
	/** ISO 8601, UTC. */
	receivedAt: string;
	/** Whether the call came while nobody listened, and was found at Twilio afterwards. */
	late: boolean;
	/** How long ago it came then; 0 where it is not late. */
	lateMinutes: number;
	/** Something to say, and `threadId` again, under the names n8n's AI Agent and memory nodes look for. */
	chatInput: string;
	sessionId: string;
}

/** The item read as a missed call; undefined where a field that a text needs is missing. */
export function asMissedCall(json: IDataObject | undefined): MissedCallItem | undefined {
	if (json?.['event'] !== MISSED_CALL_EVENT) return undefined;
	const agent = json['agent'] as IDataObject | undefined;
	const needed = [json['threadId'], json['contact'], agent?.['id']];
	if (!needed.every((value) => typeof value === 'string' && value !== '')) return undefined;
	return json as unknown as MissedCallItem;
}
