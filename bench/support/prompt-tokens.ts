/** A model's request as far as it is counted: the words it is sent, in order. */
export interface PromptWords {
	messages: ReadonlyArray<{ role: string; text: string }>;
}

/**
 * Tokens by the rule of thumb for English, four characters each, and four for the frame of each
 * message. It compares two prompts of the same words well; it is no bill.
 */
export function promptTokens({ messages }: PromptWords): number {
	return messages.reduce((sum, { text }) => sum + Math.ceil(text.length / 4) + 4, 0);
}

/**
 * What share of the earlier prompt the later one begins with. Providers charge less for a beginning
 * that they have seen before.
 */
export function sharedBeginning(earlier: PromptWords, later: PromptWords): number {
	const [one, other] = [flat(earlier), flat(later)];
	let length = 0;
	while (length < one.length && one[length] === other[length]) length += 1;
	return one.length === 0 ? 0 : length / one.length;
}

function flat({ messages }: PromptWords): string {
	return messages.map(({ role, text }) => `${role}\n${text}\n`).join('');
}
