/** What every fault has in common. `times` counts down; the fault is gone when it reaches 0. */
export interface QueuedFault {
	readonly kind: string;
	/** HTTP method the fault waits for. Any when left out. */
	readonly method?: string;
	/** Matched against the request's path, or against the webhook's URL. Any when left out. */
	readonly path?: RegExp | string;
	/** How many matching requests it hits. Default 1; with `perSecond` as many as there are. */
	readonly times?: number;
	/** Of the matching requests it hits about this share, which chance chooses: 0.3. Default 1. */
	readonly share?: number;
	/** Of the matching requests it lets so many pass within any second, and hits the others. */
	readonly perSecond?: number;
}

interface Armed<F> {
	readonly fault: F;
	left: number;
	/** When requests passed it within the last second. Milliseconds since 1970. */
	passed: number[];
}

/** Faults in the order they were asked for. A request takes at most one: the first that matches. */
export class FaultQueue<F extends QueuedFault> {
	private armed: Array<Armed<F>> = [];

	/** @param chance from 0, below 1, for faults that hit a share; a seeded one gives the same run again. */
	constructor(private readonly chance: () => number = Math.random) {}

	next(fault: F): void {
		const usual = fault.perSecond === undefined ? 1 : Infinity;
		this.armed.push({ fault, left: fault.times ?? usual, passed: [] });
	}

	/** Takes one occurrence of the first matching fault of these kinds. */
	take(kinds: readonly string[], request: { method?: string; path: string }): F | undefined {
		const found = this.armed.find(
			(one) =>
				kinds.includes(one.fault.kind) && matches(one.fault, request) && this.isDue(one),
		);
		if (!found) return undefined;
		found.left -= 1;
		if (found.left <= 0) this.armed = this.armed.filter((entry) => entry !== found);
		return found.fault;
	}

	private isDue(one: Armed<F>): boolean {
		const { share = 1, perSecond = 0 } = one.fault;
		const now = Date.now();
		one.passed = one.passed.filter((at) => now - at < 1000);
		if (one.passed.length < perSecond) {
			one.passed.push(now);
			return false;
		}
		return share >= 1 || this.chance() < share;
	}

	pending(): Array<F & { left: number }> {
		return this.armed.map(({ fault, left }) => ({ ...fault, left }));
	}

	/** Removes the faults of one kind, or all of them. */
	clear(kind?: string): void {
		this.armed =
			kind === undefined ? [] : this.armed.filter(({ fault }) => fault.kind !== kind);
	}
}

function matches(fault: QueuedFault, request: { method?: string; path: string }): boolean {
	if (fault.method && request.method && fault.method.toUpperCase() !== request.method)
		return false;
	if (fault.path === undefined) return true;
	return new RegExp(fault.path).test(request.path);
}
