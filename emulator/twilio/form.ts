/** A decoded form or query: a repeated name holds an array. */
export type Form = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The value of a name; the last one when it is repeated. */
export function one(form: Form, name: string): string | undefined {
	const value = form[name];
	return typeof value === 'string' || value === undefined ? value : value.at(-1);
}

export function many(form: Form, name: string): readonly string[] {
	const value = form[name];
	if (value === undefined) return [];
	return typeof value === 'string' ? [value] : value;
}

/** A value that is present and not empty. */
export function filled(form: Form, name: string): string | undefined {
	return one(form, name) || undefined;
}

export function flag(form: Form, name: string): boolean | undefined {
	const value = one(form, name);
	return value === undefined ? undefined : value.toLowerCase() === 'true';
}
