/** What each value looked like when it was last written. Values must never change in place. */
const written = new WeakMap<object, string>();

/**
 * A map as a list of pairs in JSON, with its quotes and apostrophes swapped. n8n puts the text into
 * JSON of its own, and would else have to escape every quote, which takes longer than all the rest.
 *
 * @param savedForm what of a value is saved; always the same for the same value.
 */
export function savedEntries<Value extends object>(
	entries: ReadonlyMap<string, Value>,
	savedForm: (value: Value) => unknown,
): string {
	const texts = Array.from(entries, ([key, value]) => {
		const before = written.get(value);
		if (before !== undefined) return before;
		const text = swapQuotes(JSON.stringify([key, savedForm(value)]));
		written.set(value, text);
		return text;
	});
	return `[${texts.join(',')}]`;
}

/** Its own inverse. */
export function swapQuotes(text: string): string {
	return text.replace(/["']/g, (quote) => (quote === '"' ? "'" : '"'));
}
