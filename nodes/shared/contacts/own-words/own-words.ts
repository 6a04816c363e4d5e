export type OwnWords = { kind: 'optOut' | 'doubtful'; words: string };

/** What a text says about consent in words of its own. */
export function ownWordsOf(_body: string, _more: readonly string[] = []): OwnWords | undefined {
	return undefined;
}

/** Whether the words stand in one of the texts. */
export function isQuotedFrom(words: string, texts: readonly string[]): boolean {
	return texts.some((text) => text.includes(words));
}
