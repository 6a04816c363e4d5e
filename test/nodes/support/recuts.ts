/** A form as pairs, in the order of their names. */
export type Cut = ReadonlyArray<readonly [name: string, value: string]>;

export function inOrder(form: Readonly<Record<string, string>>): Cut {
	return Object.entries(form).sort(([one], [other]) => (one < other ? -1 : 1));
}

/** What is signed, without the URL. */
export function rowOf(cut: Cut): string {
	return cut.map(([name, value]) => name + value).join('');
}

/**
 * Every form with the same signature in which one field more, or as many or fewer, stand where some
 * of the form's own stood: from each field on, up to each later one, all letters between are parted
 * anew at every two places, or not parted at all.
 */
export function* everyRecut(form: Readonly<Record<string, string>>): Generator<Cut> {
	const fields = inOrder(form);
	for (const [first, [name]] of fields.entries()) {
		for (let after = first + 1; after <= fields.length; after++) {
			const text = rowOf(fields.slice(first, after)).slice(name.length);
			const next = fields[after]?.[0];
			const with_ = (...some: Cut): Cut => [
				...fields.slice(0, first),
				...some,
				...fields.slice(after),
			];
			if (after > first + 1) yield with_([name, text]);
			for (let from = 0; from < text.length; from++) {
				for (let to = from + 1; to <= text.length; to++) {
					const added = text.slice(from, to);
					// It stays in its place only where it sorts there.
					if (added <= name || (next !== undefined && added >= next)) continue;
					yield with_([name, text.slice(0, from)], [added, text.slice(to)]);
				}
			}
		}
	}
}

/**
 * Forms with the same signature whose fields have known names, parted wherever such a name stands, in
 * the contact's own words too. With many such places some of the cuts, by `isTaken`.
 */
export function* recutsByName(
	form: Readonly<Record<string, string>>,
	names: readonly string[],
	isTaken: () => boolean,
	count: number,
): Generator<Cut> {
	const row = rowOf(inOrder(form));
	const places = [...row].flatMap((_, at) => {
		const found = names.filter((name) => row.startsWith(name, at));
		return found.map((name) => ({ at, name }));
	});
	for (let n = 0; n < count; n++) {
		const cut: Array<[string, string]> = [];
		let begun: { at: number; name: string } | undefined;
		const end = (at: number) => {
			if (begun) cut.push([begun.name, row.slice(begun.at + begun.name.length, at)]);
		};
		for (const place of places) {
			const isFree = begun === undefined || place.at >= begun.at + begun.name.length;
			const isSorted = begun === undefined ? place.at === 0 : place.name > begun.name;
			if (!isFree || !isSorted || (begun !== undefined && !isTaken())) continue;
			end(place.at);
			begun = place;
		}
		end(row.length);
		yield cut;
	}
}
