import type { ActingLimits } from '../acting/tool';
import type { Message } from '../messaging/message';
import type { TextRules } from '../composing/finished-text';
import type { HistoryLimits } from '../composing/history';

/** The texts that one reply answers, and whose they are. */
export interface ReplyTurn {
	threadId: string;
	agentName: string;
	/** E.164. */
	contact: string;
	/** The number or short code that was texted; the reply goes out from it. */
	sender: string;
	messagingServiceSid: string | null;
	/** Oldest first. At least one. */
	messages: Message[];
	/** The execution that answers it, where what another one has ended is not to be begun again. */
	executionId?: string;
	/** Nobody watches the run or has asked for it: what fails may be begun again by the trigger. */
	unattended?: boolean;
	/** The contact's phone is one that the builder is told on of other contacts. */
	isOwnPhone?: boolean;
	/** Somebody tries what would be written, as often as they like: nothing of it goes out. */
	isTry?: boolean;
}

/** The newest text of the turn; the turn is known by its SID. */
export function newestSidOf({ messages }: ReplyTurn): string {
	return messages.at(-1)?.messageSid ?? '';
}

/** What the builder decided about the replies of an agent. */
export interface ReplyPlan {
	smsPrompt: string;
	/** Facts for the model, by name. */
	context: Readonly<Record<string, string>>;
	/** Is told each variable of the SMS prompt that nothing fills. */
	unfilled?: (name: string) => void;
	history: HistoryLimits;
	text: TextRules;
	/** How far a turn may go with its tools. */
	acting: ActingLimits;
	/** IANA name. */
	timeZone: string;
	/**
	 * `throw` rejects with the ModelError. `tryAgain` has the turn begun again where that may help, a
	 * few times, before a person is needed.
	 */
	onModelError: 'tryAgain' | 'needsHuman' | 'throw';
	/** Milliseconds for which a reply that could not be sent is tried again; 0 rejects at once. */
	keepTryingMs: number;
	/** Fixed words for the contact when a person is needed; empty for none. */
	handoverText: string;
	/**
	 * Milliseconds for which the agent stays silent after it has handed a turn over, and after each text
	 * of a person; null where it answers the next text.
	 */
	pauseAfterHandOverMs: number | null;
	/** Whether Twilio is asked before each reply for texts that somebody sent elsewhere. */
	looksElsewhere: boolean;
	/** Fixed words for a contact who has said in their own words that they want no more texts; empty for none. */
	optOutText: string;
	/** Replies to one contact in an hour, after which a person has to look. */
	maxRepliesPerHour: number;
}
