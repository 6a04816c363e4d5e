/** Results by build, one for each round, in order. */
export type RoundResults<Key extends string, Result> = Map<Key, Result[]>;

/**
 * Every build has its go in every round. Rounds begin at another build each time, so that none
 * always follows the same one; the first go of each is a warm-up and is not kept.
 */
export async function inRounds<Key extends string, Result>(
	keys: readonly Key[],
	rounds: number,
	go: (key: Key, warmUp: boolean) => Promise<Result>,
): Promise<RoundResults<Key, Result>> {
	const results: RoundResults<Key, Result> = new Map(keys.map((key) => [key, []]));
	for (const key of keys) await go(key, true);
	for (let round = 0; round < rounds; round++) {
		const shift = round % keys.length;
		for (const key of [...keys.slice(shift), ...keys.slice(0, shift)]) {
			results.get(key)?.push(await go(key, false));
		}
	}
	return results;
}

/** One figure of each round of a build. */
export function figuresOf<Key extends string, Result>(
	results: RoundResults<Key, Result>,
	key: Key,
	read: (result: Result) => number,
): number[] {
	return (results.get(key) ?? []).map(read);
}
