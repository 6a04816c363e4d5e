/** The shape of a structured answer. */
export interface Draft {
	readonly kind: 'reply' | 'needsHuman' | 'noReply' | 'optOut' | 'transfer';
	/** The agent that the contact is passed on to, with the kind `transfer` alone. */
	readonly to?: string;
	readonly reply: string | null;
	readonly reason: string | null;
	/** Whether the task that the agent is on is done, where the form asks for that. */
	readonly taskDone?: boolean;
	/** Ids of what was done by tools, where the form asks for them. */
	readonly actions?: readonly string[];
}

export function reply(text: string): Draft {
	return { kind: 'reply', reply: text, reason: null };
}

export function needsHuman(reason: string): Draft {
	return { kind: 'needsHuman', reply: null, reason };
}

export function noReply(reason: string): Draft {
	return { kind: 'noReply', reply: null, reason };
}

/** @param words the contact's, as they stand in its text. */
export function optOut(words: string): Draft {
	return { kind: 'optOut', reply: null, reason: words };
}
