/**
 * A map that knows how it is saved, and writes down anew only what has changed: with every turn n8n
 * saves all of it. Values must be replaced, never changed in place.
 */
export class SavedMap<Value extends object> extends Map<string, Value> {
	/** In the order of the map; those of `changed` are out of date. */
	private readonly texts = new Map<string, string>();
	private readonly changed = new Set<string>();

	/** @param savedForm what is saved of a value: anything that JSON can hold. */
	constructor(private readonly savedForm: (value: Value) => unknown) {
		super();
	}

	override set(key: string, value: Value): this {
		if (!this.has(key)) this.texts.set(key, '');
		this.changed.add(key);
		return super.set(key, value);
	}

	override delete(key: string): boolean {
		this.texts.delete(key);
		this.changed.delete(key);
		return super.delete(key);
	}

	override clear(): void {
		this.texts.clear();
		this.changed.clear();
		super.clear();
	}

	/**
	 * A list of pairs in JSON, with its quotes and apostrophes swapped. n8n puts the text into JSON
	 * of its own, and would else have to escape every quote, which takes longer than all the rest.
	 */
	savedText(): string {
		for (const [key, value] of this) {
			if (!this.changed.has(key)) continue;
			try {
				this.texts.set(key, swapQuotes(JSON.stringify([key, this.savedForm(value)])));
			} catch {
				// One that cannot be saved must not keep the others from it; its last text stands.
			}
		}
		this.changed.clear();
		return `[${[...this.texts.values()].filter(Boolean).join(',')}]`;
	}
}

/** Its own inverse. */
export function swapQuotes(text: string): string {
	return text.replace(/["']/g, (quote) => (quote === '"' ? "'" : '"'));
}
