/** So many at a time: a web address that is slow for one contact must not keep the others waiting. */
const AT_ONCE = 20;

/** Work that those after it do not wait for, but for its place among so many; one after the other where nobody is asked. */
export class SideBySide {
	private readonly running = new Set<Promise<void>>();

	/**
	 * @param isAsking whether a web address is asked, which may be slow.
	 * @param failed told of what the work rejects with then.
	 */
	constructor(
		private readonly isAsking: boolean,
		private readonly failed: (error: unknown) => void,
	) {}

	/** Resolves once it has begun; where nobody is asked, as the work does. */
	async begin(work: () => Promise<void>): Promise<void> {
		if (!this.isAsking) return await work();
		while (this.running.size >= AT_ONCE) await Promise.race(this.running);
		const running = work()
			.catch(this.failed)
			.finally(() => this.running.delete(running));
		this.running.add(running);
	}
}
