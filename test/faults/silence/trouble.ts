import type { Line, LineOptions } from './line';

/**
 * What goes wrong for one line. Its steps come in this order around the death of a part of n8n,
 * and each resolves when its texts have been delivered, or have not.
 */
export interface Trouble {
	readonly name: string;
	readonly line?: LineOptions;
	/** n8n dies in the middle of what this leaves it. */
	before?(line: Line): Promise<void>;
	/** While the part is dead. */
	during?(line: Line): Promise<void>;
	/** n8n is whole; resolves when nothing else fails any more either. */
	after?(line: Line): Promise<void>;
	/** From then on nobody texts, and everybody has their answer within so many milliseconds. */
	readonly withinMs: number;
	/** Whether somebody may also be handed over to a person, who is told. Default false. */
	readonly mayHandOver?: boolean;
	/** What else is to be true at the end: what is not, in words. */
	check?(line: Line): Promise<string[]>;
}
