/** Reads an untrusted JSON object property by property. */
export class JsonReader {
	private readonly source: Readonly<Record<string, unknown>>;

	constructor(source: unknown) {
		this.source = typeof source === 'object' && source !== null ? { ...source } : {};
	}

	text(name: string): string | undefined {
		const value = this.source[name];
		return typeof value === 'string' ? value : undefined;
	}

	required(name: string): string {
		const value = this.text(name);
		if (value === undefined) throw new BadInput(`"${name}" is required`);
		return value;
	}

	number(name: string): number | undefined {
		const value = this.source[name];
		return typeof value === 'number' ? value : undefined;
	}

	flag(name: string): boolean | undefined {
		const value = this.source[name];
		return typeof value === 'boolean' ? value : undefined;
	}

	list(name: string): unknown[] {
		const value = this.source[name];
		return Array.isArray(value) ? value : [];
	}

	/** The object's text properties. */
	texts(name: string): Record<string, string> {
		const value = this.source[name];
		if (typeof value !== 'object' || value === null) return {};
		return Object.fromEntries(
			Object.entries(value).filter(
				(entry): entry is [string, string] => typeof entry[1] === 'string',
			),
		);
	}

	/** Only those of the named text properties that are there, for options with optional properties. */
	pick<K extends string>(...names: K[]): Partial<Record<K, string>> {
		const found: Partial<Record<K, string>> = {};
		for (const name of names) {
			const value = this.text(name);
			if (value !== undefined) found[name] = value;
		}
		return found;
	}
}

/** The caller's fault: answered 400. */
export class BadInput extends Error {}
