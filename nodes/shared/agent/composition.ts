/** Tokens as the provider counted them. */
export interface TokenUsage {
	promptTokens: number;
	completionTokens: number;
	totalTokens: number;
}

/** What a composer decided about a turn. Nothing has been sent. */
export type Composition = (
	| { kind: 'reply'; text: string }
	/** A person has to look at it; `reason` is for that person, never for the contact. */
	| { kind: 'needsHuman'; reason: string }
	/** There is nothing to answer. */
	| { kind: 'noReply'; reason: string }
) & {
	/** Null where the provider does not say. */
	usage: TokenUsage | null;
	/** The model that answered, in the provider's words. */
	model: string;
};
