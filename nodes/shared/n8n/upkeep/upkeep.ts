import type { Clock } from '../../messaging/clock';
import { processWide } from '../../process/process-wide';

/** Something that a published trigger looks after by itself. */
export interface UpkeepTask {
	/** What `wakeUpkeep` calls it by, and the log. */
	name: string;

	/**
	 * Does what is due, and says when to look next, in milliseconds since 1970; undefined for not before
	 * it is woken. Never runs twice at a time. Where it rejects, that is told and it looks again soon.
	 *
	 * @param signal is aborted when the trigger is unpublished: then nothing new is begun.
	 */
	look(now: number, signal: AbortSignal): Promise<number | undefined>;
}

interface UpkeepPorts {
	clock: Clock;
	/** Told of each look that failed. Must not throw. */
	failed: (task: string, error: unknown) => void;
	/** Whether only somebody who mends something can help: then it looks again less often. */
	isLasting?: (error: unknown) => boolean;
}

/** Milliseconds until a look that failed is tried again. */
const AGAIN_MS = 30_000;
/** And one that fails until somebody mends what is wrong. */
const LASTING_MS = 10 * 60_000;
/** A task that is always due must not keep the process busy. */
const SHORTEST_PAUSE_MS = 1_000;

/** What a trigger looks after in this process, from its publishing to its unpublishing. */
export class Upkeep {
	private readonly stopping = new AbortController();
	private readonly rounds: Round[];

	/** Each task has its first look at once, and then when it says. */
	constructor(tasks: readonly UpkeepTask[], ports: UpkeepPorts) {
		this.rounds = tasks.map((task) => new Round(task, ports, this.stopping.signal));
		for (const round of this.rounds) round.wake(0);
	}

	/** Has the task look in `withinMs` at the latest. */
	wake(task: string, withinMs: number): void {
		for (const round of this.rounds) if (round.name === task) round.wake(withinMs);
	}

	/** Begins no look any more; one that is under way begins nothing new. */
	stop(): void {
		this.stopping.abort();
		for (const round of this.rounds) round.stop();
	}
}

/** The looks of one task, one after the other. */
class Round {
	private looking = false;
	/** By `Clock.elapsed`. */
	private due = Infinity;
	private cancel = () => {};

	constructor(
		private readonly task: UpkeepTask,
		private readonly ports: UpkeepPorts,
		private readonly signal: AbortSignal,
	) {}

	get name(): string {
		return this.task.name;
	}

	wake(withinMs: number): void {
		const due = this.ports.clock.elapsed() + withinMs;
		if (this.signal.aborted || due >= this.due) return;
		this.due = due;
		// At its end a look asks itself when the next one is due.
		if (!this.looking) this.set();
	}

	stop(): void {
		this.cancel();
	}

	private set(): void {
		this.cancel();
		if (this.due === Infinity) return;
		const wait = Math.max(0, this.due - this.ports.clock.elapsed());
		this.cancel = this.ports.clock.after(wait, () => void this.look());
	}

	private async look(): Promise<void> {
		const { clock, failed, isLasting } = this.ports;
		this.looking = true;
		this.due = Infinity;
		let pause: number;
		try {
			const next = await this.task.look(clock.now(), this.signal);
			pause = (next ?? Infinity) - clock.now();
		} catch (error) {
			if (!this.signal.aborted) failed(this.task.name, error);
			pause = isLasting?.(error) ? LASTING_MS : AGAIN_MS;
		}
		this.looking = false;
		if (this.signal.aborted) return;
		const now = clock.elapsed();
		this.due = Math.max(now + SHORTEST_PAUSE_MS, Math.min(this.due, now + pause));
		this.set();
	}
}

const upkeeps = processWide('upkeeps', 1, () => new Map<string, Pick<Upkeep, 'wake' | 'stop'>>());

/**
 * Looks after a trigger from now on, in this process, until the returned function is called. One that
 * was still looked after, by an earlier copy of the package perhaps, is so no more.
 *
 * @param trigger of `triggerKeyOf`.
 */
export function startUpkeep(
	trigger: string,
	tasks: readonly UpkeepTask[],
	ports: UpkeepPorts,
): () => void {
	upkeeps.get(trigger)?.stop();
	const upkeep = new Upkeep(tasks, ports);
	upkeeps.set(trigger, upkeep);
	return () => {
		upkeep.stop();
		if (upkeeps.get(trigger) === upkeep) upkeeps.delete(trigger);
	};
}

/**
 * Has a task of the trigger look in `withinMs` at the latest, where this process looks after it;
 * resolves to whether it does.
 */
export function wakeUpkeep(trigger: string, task: string, withinMs: number): boolean {
	const upkeep = upkeeps.get(trigger);
	upkeep?.wake(task, withinMs);
	return upkeep !== undefined;
}
