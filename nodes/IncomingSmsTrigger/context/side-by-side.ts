/** So many at a time: a web address that is slow for one contact must not keep the others waiting. */
const AT_ONCE = 20;

/** Work that those after it do not wait for, but for its place among so many. */
export class SideBySide {
	private readonly running = new Set<Promise<void>>();

	/** @param failed told of what the work rejects with. */
	constructor(private readonly failed: (error: unknown) => void) {}

	/** Resolves once it has begun. */
	async begin(work: () => Promise<void>): Promise<void> {
		while (this.running.size >= AT_ONCE) await Promise.race(this.running);
		const running = work()
			.catch(this.failed)
			.finally(() => this.running.delete(running));
		this.running.add(running);
	}
}
