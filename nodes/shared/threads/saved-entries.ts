/** What each value looked like when it was last written. Values must never change in place. */
const written = new WeakMap<object, string>();

/**
 * A map as a list of pairs in JSON, with its quotes and apostrophes swapped. n8n puts the text into
 * JSON of its own, and would else have to escape every quote, which takes longer than all the rest.
 */
export function savedEntries(entries: ReadonlyMap<string, object>): string {
	return `[${Array.from(entries, savedEntry).join(',')}]`;
}

function savedEntry([key, value]: [string, object]): string {
	const before = written.get(value);
	if (before !== undefined) return before;
	const text = swapQuotes(JSON.stringify([key, value]));
	written.set(value, text);
	return text;
}

/** Its own inverse. */
export function swapQuotes(text: string): string {
	return text.replace(/["']/g, (quote) => (quote === '"' ? "'" : '"'));
}
