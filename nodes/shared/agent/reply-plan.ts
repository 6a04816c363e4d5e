import type { TextRules } from './finished-text';
import type { HistoryLimits } from './history';

/** What the builder decided about the replies of an agent. */
export interface ReplyPlan {
	smsPrompt: string;
	/** Facts for the model, by name. */
	context: Readonly<Record<string, string>>;
	history: HistoryLimits;
	text: TextRules;
	/** IANA name. */
	timeZone: string;
	/** `throw` rejects with the ModelError. */
	onModelError: 'needsHuman' | 'throw';
	/** Fixed words for the contact when a person is needed; empty for none. */
	handoverText: string;
	/** Replies to one contact in an hour, after which a person has to look. */
	maxRepliesPerHour: number;
}
