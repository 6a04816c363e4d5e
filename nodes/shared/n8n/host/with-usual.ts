/** What a collection of options may hold: what the builder left alone is not there, and an expression may give nothing. */
export type Given<T> = { [name in keyof T]?: T[name] | null | undefined };

/** The options the builder set, and `usual` for the rest. Options that `usual` does not know are left out. */
export function withUsual<T extends object>(usual: T, given: Given<T>): T {
	const names = Object.keys(usual) as Array<keyof T>;
	const set = names.flatMap((name) => {
		const value = given[name];
		return value === undefined || value === null ? [] : [[name, value] as const];
	});
	return { ...usual, ...(Object.fromEntries(set) as Partial<T>) };
}
