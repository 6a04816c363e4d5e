/** What becomes of one: done with, or to be taken up again later with what follows it in its group. */
export type Progress = 'done' | 'later';

/**
 * Does `work` for each, so many at a time; what is in one group is done one after the other, in order.
 * Begins nothing more once `isOver`. Resolves to what is to be taken up again later. `work` must not
 * reject.
 */
export async function sideBySide<Item>(
	groups: ReadonlyArray<readonly Item[]>,
	atOnce: number,
	work: (item: Item) => Promise<Progress>,
	isOver: () => boolean,
): Promise<Item[][]> {
	const waiting = [...groups];
	const later: Item[][] = [];
	const lane = async () => {
		for (let group = waiting.shift(); group; group = waiting.shift()) {
			for (const [at, item] of group.entries()) {
				if (isOver()) return;
				if ((await work(item)) === 'done') continue;
				later.push(group.slice(at));
				break;
			}
		}
	};
	await Promise.all(Array.from({ length: atOnce }, lane));
	return later;
}
